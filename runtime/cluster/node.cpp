#include "runtime/cluster/node.hpp"

#include <algorithm>
#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <thread>
#include <utility>

#include "runtime/cluster/cpu_meter.hpp"
#include "runtime/cluster/finding_frames.hpp"
#include "runtime/cluster/result_sender.hpp"
#include "runtime/cluster/result_spool.hpp"
#include "runtime/cluster/sparse_lines.hpp"

namespace camfleet::cluster {
namespace {

constexpr Duration look_at_signals = milliseconds(200);
constexpr std::chrono::seconds settled_after{10};
/// For what runs to go on elsewhere at the end.
constexpr Duration longest_drain = seconds(30);
/// For what was found to get to the scheduler at the end.
constexpr Duration farewell = seconds(5);

/// One that calling again does not mend.
bool is_final(const Error& error) {
  switch (error.code) {
    case Errc::unreachable:
    case Errc::timed_out:
    case Errc::ended:
    case Errc::limit:
    case Errc::io:
    case Errc::not_found:
      return false;
    default:
      return true;
  }
}

/// The session that is under way, which the spool's thread tells how far it is.
class Session {
 public:
  void set(NodeEnd* end) {
    const std::lock_guard lock(mutex_);
    end_ = end;
  }
  void durable(std::uint64_t number) {
    const std::lock_guard lock(mutex_);
    if (end_ != nullptr) end_->durable(number);
  }
  void tell(const Error& error) {
    const std::lock_guard lock(mutex_);
    if (end_ != nullptr) end_->tell(error);
  }

 private:
  std::mutex mutex_;
  NodeEnd* end_ = nullptr;
};

class Runner {
 public:
  Runner(const Node::Settings& settings, const Node::Parts& parts, const Node::Hooks& hooks)
      : settings_(&settings), parts_(&parts), hooks_(&hooks) {}

  ~Runner() {
    drop();
    // The spool's thread may be about to wake it.
    std::unique_ptr<ResultSender> gone;
    const std::lock_guard lock(sender_mutex_);
    gone.swap(sender_);
  }
  Runner(const Runner&) = delete;
  Runner& operator=(const Runner&) = delete;

  result<void> run() {
    CAMFLEET_TRY(spool_, ResultSpool::open(
                             settings_->spool, {},
                             [this](std::uint64_t number) {
                               session_.durable(number);
                               const std::lock_guard lock(sender_mutex_);
                               if (sender_) sender_->wake();
                             },
                             [this](const Error& error) { complain(within("spool", error)); }));
    writer_.emplace(*spool_);
    unsigned failures = 0;
    std::string said;
    do {
      const auto ended = serve_once(failures);
      if (ended.has_value()) return farewell_wait();
      if (is_final(ended.error())) return pass(ended.error());
      // Once, not at each of many calls.
      const std::string line = ended.error().line();
      if (line != std::exchange(said, line)) hooks_->say(line);
      ++failures;
    } while (!hooks_->wait(pause_before_call(is_alone() ? 1 : failures, chance_(random_))));
    drop();
    return farewell_wait();
  }

 private:
  /// From a call to the end of its connection. No error: the node is to end.
  result<void> serve_once(unsigned& failures) {
    NodeEnd::Settings settings{.call = settings_->call,
                               .hello = settings_->hello,
                               .algorithms = settings_->algorithms,
                               .threads = settings_->threads};
    settings.hello.spool = spool_->id();
    NodeEnd::Parts parts{.sources = parts_->sources,
                         .engines = parts_->engines,
                         .problems = parts_->problems,
                         .found =
                             [this](const Roster& roster, const Sample& sample, const media::Frame& frame,
                                    const std::vector<vision::Box>& boxes) {
                               return writer_->add(roster, sample, frame, boxes);
                             },
                         .ended = [this](EndedSlice slice) { return spool_->add(std::move(slice)); },
                         .forgotten = [this](const EndedSlice& slice) { spool_->forget(slice); },
                         .load = [this] { return load(); }};
    CAMFLEET_CHECK(call(settings, parts));
    NodeEnd* const end = end_.get();
    writer_->draw_pictures(end->welcome().draws_pictures);
    if (const std::uint64_t dropped = spool_->belong_to(end->welcome().fleet); dropped > 0)
      hooks_->say(std::to_string(dropped) + " findings of another fleet were in the spool, and are dropped");
    CAMFLEET_CHECK(send_to(end->welcome().results_port));
    session_.set(end);
    end->durable(spool_->durable());
    hooks_->say("joined " + settings_->call.host + ":" + std::to_string(settings_->call.port));
    bool is_to_end = false;
    const auto begun = std::chrono::steady_clock::now();
    while (!is_to_end && !end->is_draining() && !end->wait(Duration(0)))
      is_to_end = hooks_->wait(look_at_signals);
    // One that ends at once each time is not to be made again and again.
    if (std::chrono::steady_clock::now() - begun > settled_after) failures = 0;
    alone_since_ = std::chrono::steady_clock::now();
    if (is_to_end || end->is_draining()) {
      drain(*end);
      drop();
      return success();
    }
    return fail(Errc::ended, "scheduler", end->why());
  }

  /// Others go on with what runs here, as long as there is somebody who has them do it.
  void drain(NodeEnd& end) {
    hooks_->say(end.is_draining() ? "is drained by its scheduler" : "is drained, to end");
    if (!end.is_draining()) end.drain();
    const auto give_up = std::chrono::steady_clock::now() + std::chrono::nanoseconds(longest_drain);
    while (!end.is_drained() && !end.wait(look_at_signals / 4)) {
      if (std::chrono::steady_clock::now() < give_up) continue;
      return hooks_->say("still has slices, which are lost with it");
    }
  }

  /// Joins for the first time, or once more.
  result<void> call(const NodeEnd::Settings& settings, NodeEnd::Parts parts) {
    if (end_) {
      const auto again = end_->rejoin(settings_->keys.own);
      if (again.has_value()) return success();
      if (again.error().code == Errc::unreachable) end_->note_refused();
      if (!is_final(again.error())) return pass(again.error());
      // Whoever answers has no use for what runs here, and may have for this node.
      drop();
      if (again.error().code == Errc::unknown_id) return fail(Errc::ended, "scheduler", again.error().what);
      return pass(again.error());
    }
    ResultSpool::Former former = spool_->former();
    has_former_ = !former.ended.empty();
    parts.former = std::move(former.ended);
    parts.former_fleet = former.fleet;
    CAMFLEET_TRY(end_, NodeEnd::join(settings, settings_->keys.own, parts));
    return success();
  }
  void drop() {
    session_.set(nullptr);
    end_.reset();
  }
  /// It works on, and must call often, so that it knows that nobody is there; or it has what a scheduler that
  /// begins anew waits for.
  [[nodiscard]] bool is_alone() const {
    return (end_ || has_former_) &&
           std::chrono::steady_clock::now() - alone_since_ < std::chrono::minutes(10);
  }

  /// To whoever operates this node, and the scheduler; both need not hear the same again and again.
  void complain(const Error& error) {
    session_.tell(error);
    if (const auto line = complaints_.add(error.line())) hooks_->say(*line);
  }

  NodeLoad load() {
    const ResultSpool::Counts spooled = spool_->counts();
    return {.cpu = cpu_.measure(),
            .spooled = spooled.results,
            .spooled_bytes = spooled.bytes,
            .findings_lost = spooled.findings_lost,
            .pictures_lost = spooled.pictures_lost};
  }

  result<void> send_to(std::uint16_t port) {
    const std::lock_guard lock(sender_mutex_);
    if (sender_ && port == sender_port_) return success();
    sender_.reset();
    CAMFLEET_TRY(sender_, ResultSender::start({settings_->call.host, port, settings_->keys.own.curve,
                                               settings_->keys.scheduler_curve, settings_->call.plain_name,
                                               [this](const Error& error) { complain(error); }},
                                              *spool_));
    sender_port_ = port;
    return success();
  }

  result<void> farewell_wait() {
    Duration waited{0};
    for (; waited < farewell && spool_->counts().results > 0; waited += look_at_signals / 10) {
      std::this_thread::sleep_for(look_at_signals / 10);
    }
    const ResultSpool::Counts left = spool_->counts();
    if (left.results + left.findings_lost + left.pictures_lost == 0) return success();
    return fail(Errc::io, settings_->spool,
                std::to_string(left.results) + " findings stay there until the node joins again, " +
                    std::to_string(left.findings_lost) + " findings and " +
                    std::to_string(left.pictures_lost) + " pictures were lost for want of room");
  }

  const Node::Settings* settings_;
  const Node::Parts* parts_;
  const Node::Hooks* hooks_;
  std::minstd_rand random_{std::random_device{}()};
  std::uniform_real_distribution<double> chance_{0.0, 1.0};
  Session session_;
  SparseLines complaints_;
  CpuMeter cpu_;
  std::mutex sender_mutex_;
  std::unique_ptr<ResultSpool> spool_;
  std::optional<FindingWriter> writer_;
  std::uint16_t sender_port_ = 0;
  std::unique_ptr<ResultSender> sender_;
  std::unique_ptr<NodeEnd> end_;  ///< what works, also between two connections; it uses the others
  bool has_former_ = false;       ///< slices that ended in an earlier life
  std::chrono::steady_clock::time_point alone_since_ = std::chrono::steady_clock::now();
};

}  // namespace

result<void> Node::run(const Settings& settings, const Parts& parts, const Hooks& hooks) {
  return Runner(settings, parts, hooks).run();
}

Duration pause_before_call(unsigned failures, double chance) {
  constexpr Duration first = milliseconds(200);
  constexpr Duration most = seconds(10);
  constexpr unsigned most_doublings = 6;
  const Duration whole = std::min(most, first * (std::int64_t{1} << std::min(failures, most_doublings)));
  return whole - Duration(static_cast<std::int64_t>(static_cast<double>(whole.count()) / 2 * chance));
}

}  // namespace camfleet::cluster
