#include <atomic>
#include <chrono>
#include <memory>
#include <random>
#include <thread>

#include <zmq.hpp>

#include "runtime/cluster/result_receiver.hpp"
#include "runtime/cluster/result_sender.hpp"
#include "runtime/service/picture_folder.hpp"
#include "runtime/service/recorder.hpp"
#include "tools/camfleet/bench/bench_link.hpp"
#include "tools/camfleet/cli/process.hpp"

namespace camfleet::cli {
namespace {

constexpr int findings = 4000;
/// Of them, in the spool.
constexpr std::uint64_t most_waiting = 256;
constexpr std::size_t picture_bytes = 50'000;
constexpr std::chrono::seconds patience{120};

/// As a JPEG: nothing in it can be made smaller.
std::vector<std::uint8_t> picture() {
  std::minstd_rand random(1);
  std::vector<std::uint8_t> bytes(picture_bytes);
  for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(random());
  return bytes;
}

/// CPU of sending as many messages of that size, with CURVE, over the loopback.
Duration bare_loop(const link::CurveKeys& server, const link::CurveKeys& client) {
  zmq::context_t context;
  zmq::socket_t to(context, zmq::socket_type::pull);
  to.set(zmq::sockopt::curve_server, true);
  to.set(zmq::sockopt::curve_secretkey, server.secret_key);
  to.bind("tcp://127.0.0.1:*");
  zmq::socket_t from(context, zmq::socket_type::push);
  from.set(zmq::sockopt::curve_serverkey, server.public_key);
  from.set(zmq::sockopt::curve_publickey, client.public_key);
  from.set(zmq::sockopt::curve_secretkey, client.secret_key);
  from.set(zmq::sockopt::sndhwm, 64);
  const std::vector<std::uint8_t> one = picture();
  const Stopwatch watch;
  std::thread sender([&] {
    from.connect(to.get(zmq::sockopt::last_endpoint));
    for (int i = 0; i < findings; ++i) from.send(zmq::buffer(one), zmq::send_flags::none);
  });
  zmq::message_t message;
  for (int i = 0; i < findings; ++i) static_cast<void>(to.recv(message));
  sender.join();
  return watch.cpu();
}

/// A node's spool and a service's store and pictures.
class Way {
 public:
  result<void> open(const std::filesystem::path& folder, const link::OwnKeys& own, const link::NodeList& list,
                    const link::NodeKeys& node) {
    CAMFLEET_TRY(store_, store::open_sqlite((folder / "store.db").string()));
    CAMFLEET_TRY(pictures_, service::PictureFolder::open(folder / "pictures", {}));
    commits_ = std::make_unique<store::CommitQueue>(
        *store_, [](const Error&) {},
        [this](Duration, std::span<const store::Change> changes, const result<store::Committed>&) {
          for (const store::Change& change : changes) acknowledge(change);
        });
    service::Recorder::Hooks hooks;
    hooks.keep = [this](const auto& jpeg) { return pictures_->keep(jpeg); };
    hooks.picture_lost = [](const Error&) {};
    hooks.behind = [](bool, std::size_t) {};
    recorder_ = std::make_unique<service::Recorder>(*commits_, service::Recorder::Limits{}, std::move(hooks));
    CAMFLEET_TRY(receiver_,
                 cluster::ResultReceiver::open(
                     {.keys = own.curve}, list,
                     {.last = [](const auto&, auto) { return std::uint64_t{0}; },
                      .take = [this](const std::string& name, std::uint64_t spool,
                                     cluster::Result result) { return take(name, spool, std::move(result)); },
                      .say = [](const std::string&) {},
                      .takes_more = [this] { return recorder_->takes_pictures(); }}));
    CAMFLEET_TRY(spool_, cluster::ResultSpool::open((folder / "spool").string(), {}, [](auto) {},
                                                    [](const Error&) {}));
    CAMFLEET_TRY(sender_,
                 cluster::ResultSender::start(
                     {"127.0.0.1", receiver_->port(), node.own.curve, node.scheduler_curve}, *spool_));
    return success();
  }
  ~Way() {
    sender_.reset();
    receiver_.reset();
    recorder_.reset();
    commits_.reset();
  }

  /// CPU of all of it, until nothing is in the spool any more. Errors: timed_out.
  result<Duration> send() {
    const std::vector<std::uint8_t> one = picture();
    const auto give_up = std::chrono::steady_clock::now() + patience;
    const Stopwatch watch;
    std::uint64_t last = 0;
    for (int i = 0; i < findings; ++i) {
      // As a node does that finds no more than its disk takes.
      while (last > spool_->durable() + most_waiting || spool_->counts().results > most_waiting) {
        if (std::chrono::steady_clock::now() > give_up)
          return fail(Errc::timed_out, "findings", "do not arrive");
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
      }
      last = spool_->add(std::string(200, 'r'), one);
      if (i % 16 == 0) sender_->wake();
    }
    while (spool_->durable() < static_cast<std::uint64_t>(findings) || spool_->counts().results > 0) {
      if (std::chrono::steady_clock::now() > give_up)
        return fail(Errc::timed_out, "findings", "do not arrive");
      sender_->wake();
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    return watch.cpu();
  }
  [[nodiscard]] std::uint64_t pictures() const { return pictures_->bytes() / picture_bytes; }

 private:
  bool take(const std::string& node, std::uint64_t spool, cluster::Result result) {
    store::FindingRecord finding;
    finding.slice = {1, "camera", 1};
    finding.algorithm = "1";
    finding.at = static_cast<std::int64_t>(result.number);
    finding.line = R"({"boxes":[{"label":"person"}]})";
    recorder_->add(store::PutFinding{std::move(finding)}, std::move(result.picture),
                   store::PutSpool{{node, spool, result.number}});
    return false;
  }
  void acknowledge(const store::Change& change) {
    const auto* spool = std::get_if<store::PutSpool>(&change);
    if (spool != nullptr) receiver_->committed(spool->spool.node, spool->spool.spool, spool->spool.number);
  }

  std::unique_ptr<store::Store> store_;
  std::unique_ptr<service::PictureFolder> pictures_;
  std::unique_ptr<store::CommitQueue> commits_;
  std::unique_ptr<service::Recorder> recorder_;
  std::unique_ptr<cluster::ResultReceiver> receiver_;
  std::unique_ptr<cluster::ResultSpool> spool_;
  std::unique_ptr<cluster::ResultSender> sender_;
};

}  // namespace

result<void> bench_results(Figures& figures) {
  const BenchFolder folder("camfleet-bench-results");
  const link::ClusterKeys keys(folder.path() / "keys");
  CAMFLEET_CHECK(keys.init());
  CAMFLEET_TRY(const auto own_folder, keys.add("a"));
  CAMFLEET_TRY(const link::OwnKeys own, keys.scheduler());
  CAMFLEET_TRY(const link::NodeList list, keys.nodes());
  CAMFLEET_TRY(const link::NodeKeys node, link::read_node_keys(own_folder));
  Way way;
  CAMFLEET_CHECK(way.open(folder.path(), own, list, node));
  CAMFLEET_TRY(const Duration ours, way.send());
  const Duration bare = bare_loop(own.curve, node.own.curve);
  const auto micros = [](Duration cpu) { return static_cast<double>(cpu.count()) / 1e3 / findings; };
  figures.push_back({"pictures kept", static_cast<double>(way.pictures()), "", findings, false});
  figures.push_back({"CPU a finding of 50 KB, spool to store", micros(ours), "µs", 0, true});
  figures.push_back({"CPU a message of 50 KB, bare CURVE", micros(bare), "µs", 0, true});
  figures.push_back({"a bare message against a finding", micros(bare) / micros(ours), "×", 0.3, false});
  return success();
}

}  // namespace camfleet::cli
