#include "runtime/cluster/result_receiver.hpp"

#include <array>
#include <atomic>
#include <chrono>
#include <mutex>
#include <optional>
#include <random>
#include <thread>
#include <utility>
#include <vector>

#include <unistd.h>
#include <zmq.hpp>

#include "actors/base/text.hpp"
#include "runtime/bus/wake_up.hpp"
#include "runtime/cluster/heartbeat.hpp"
#include "runtime/cluster/result_wire.hpp"
#include "runtime/cluster/sparse_lines.hpp"
#include "runtime/link/gate.hpp"

namespace camfleet::cluster {
namespace {

constexpr int handshake_ms = 5000;
/// Results of one connection that wait to be taken.
constexpr int most_waiting = 64;
constexpr std::size_t curve_key_bytes = 32;
constexpr std::chrono::milliseconds no_time{0};
constexpr std::chrono::milliseconds short_look{20};
constexpr std::chrono::milliseconds long_look{1000};

/// A public key as ZeroMQ tells it, as its 40 characters.
std::string z85_of(const zmq::message_t& key) {
  std::array<char, curve_key_bytes * 5 / 4 + 1> text{};
  if (zmq_z85_encode(text.data(), static_cast<const std::uint8_t*>(key.data()), key.size()) == nullptr)
    return "";
  return text.data();
}

std::string random_name() {
  std::random_device random;
  return std::to_string(random()) + std::to_string(random());
}

std::vector<zmq::message_t> receive_all(zmq::socket_t& socket) {
  std::vector<zmq::message_t> parts;
  do {
    parts.emplace_back();
    if (!socket.recv(parts.back(), zmq::recv_flags::dontwait)) return {};
  } while (parts.back().more());
  return parts;
}

}  // namespace

class ResultReceiver::Impl {
 public:
  Impl(const Settings& settings, const link::NodeList& list, Hooks hooks)
      : hooks_(std::move(hooks)),
        is_plain_(settings.is_plain),
        zap_(context_, zmq::socket_type::rep),
        socket_(context_, zmq::socket_type::router) {
    set_list(list);
    zap_.set(zmq::sockopt::linger, 0);
    zap_.bind("inproc://zeromq.zap.01");
    socket_.set(zmq::sockopt::linger, 0);
    set_heartbeat(socket_);
    if (is_plain_) {
      // A node that connects again goes on.
      socket_.set(zmq::sockopt::router_handover, true);
    } else {
      socket_.set(zmq::sockopt::curve_server, true);
      socket_.set(zmq::sockopt::curve_secretkey, settings.keys.secret_key);
      socket_.set(zmq::sockopt::zap_domain, "results");
    }
    socket_.set(zmq::sockopt::handshake_ivl, handshake_ms);
    socket_.set(zmq::sockopt::maxmsgsize, static_cast<std::int64_t>(max_result_bytes));
    socket_.set(zmq::sockopt::rcvhwm, most_waiting);
    // Of this user's processes alone.
    const uid_t user = getuid();
    zmq_setsockopt(socket_.handle(), ZMQ_IPC_FILTER_UID, &user, sizeof user);
    socket_.bind("ipc://@" + inner_);
  }
  result<void> begin(const Settings& settings) {
    CAMFLEET_TRY(gate_, link::Gate::open(
                            {.host = settings.host, .port = settings.port, .is_plain = is_plain_}, inner_,
                            [this](const std::string& from, const std::string& why) { refused(from, why); }));
    thread_ = std::thread([this] {
      while (!ending_) turn();
    });
    return success();
  }
  ~Impl() {
    gate_.reset();
    ending_ = true;
    wake_.wake();
    if (thread_.joinable()) thread_.join();
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  [[nodiscard]] std::uint16_t port() const { return gate_->port(); }

  void set_list(const link::NodeList& list) {
    const std::lock_guard lock(mutex_);
    names_.clear();
    for (const auto& [name, node] : list) names_[node.curve_key] = name;
  }

  void committed(const std::string& node, std::uint64_t spool, std::uint64_t number) {
    {
      const std::lock_guard lock(mutex_);
      committed_.push_back({node, spool, number});
    }
    wake_.wake();
  }

 private:
  /// How far the results of one node have come.
  struct Stream {
    std::uint64_t spool = 0;
    std::uint64_t taken = 0;  ///< the last number
    std::uint64_t acknowledged = 0;
    std::string identity;  ///< where it is to be answered
    bool has_gap = false;  ///< and was told so
  };
  struct Committed {
    std::string node;
    std::uint64_t spool;
    std::uint64_t number;
  };

  /// What goes wrong with one message is not to end the others'.
  void turn() {
    try {
      answer_committed();
      wake_.before_sleep();
      std::array<zmq::pollitem_t, 3> items{{{socket_.handle(), 0, ZMQ_POLLIN, 0},
                                            {zap_.handle(), 0, ZMQ_POLLIN, 0},
                                            {nullptr, wake_.fd(), ZMQ_POLLIN, 0}}};
      const bool is_open = takes_more();
      items[0].events = is_open ? ZMQ_POLLIN : 0;
      const bool is_pressing = has_committed() || ending_;
      zmq::poll(items.data(), items.size(), is_pressing ? no_time : is_open ? long_look : short_look);
      wake_.after_sleep();
      if ((items[1].revents & ZMQ_POLLIN) != 0) admit();
      if ((items[0].revents & ZMQ_POLLIN) != 0) receive();
    } catch (const std::exception& error) {
      say(std::string("results: ") + error.what());
    }
  }

  [[nodiscard]] bool takes_more() const { return !hooks_.takes_more || hooks_.takes_more(); }
  [[nodiscard]] bool has_committed() {
    const std::lock_guard lock(mutex_);
    return !committed_.empty() || !committed_here_.empty();
  }

  [[nodiscard]] std::optional<std::string> name_of(const std::string& key) {
    const std::lock_guard lock(mutex_);
    const auto found = names_.find(key);
    return found == names_.end() ? std::nullopt : std::optional(found->second);
  }

  /// Answers whether a key may come in (ZeroMQ's RFC 27).
  void admit() {
    std::vector<zmq::message_t> parts = receive_all(zap_);
    constexpr std::size_t request_parts = 7;
    if (parts.size() < request_parts) return;
    const bool is_curve = parts[5].to_string_view() == "CURVE" && parts[6].size() == curve_key_bytes;
    const std::string key = is_curve ? z85_of(parts[6]) : "";
    const auto name = name_of(key);
    if (!name) say("refused results: their key is not in the list");
    // Whose key is not there may have it put there, and is to try again: 300.
    const std::array<std::string, 6> answer{
        "1.0", parts[1].to_string(), name ? "200" : "300", name ? "" : "no", name ? key : "", ""};
    for (std::size_t i = 0; i < answer.size(); ++i)
      zap_.send(zmq::buffer(answer[i]),
                i + 1 < answer.size() ? zmq::send_flags::sndmore : zmq::send_flags::none);
  }

  void receive() {
    // The others of the loop have their turn.
    for (int i = 0; i < most_waiting && takes_more(); ++i) {
      std::vector<zmq::message_t> parts = receive_all(socket_);
      if (parts.empty()) return;
      if (parts.size() < 2 || parts.size() > 3) continue;
      const auto name = sender_of(parts);
      // It was struck from the list meanwhile.
      if (name) hear(*name, parts);
    }
  }

  /// None: it is in the list no longer, or says no name.
  [[nodiscard]] std::optional<std::string> sender_of(std::vector<zmq::message_t>& parts) {
    if (is_plain_) {
      // As each node calls itself, which ZeroMQ lets be there once.
      std::string name = parts[0].to_string();
      return link::check_node_name(name).has_value() ? std::optional(std::move(name)) : std::nullopt;
    }
    const char* key = parts[1].gets("User-Id");
    return key == nullptr ? std::nullopt : name_of(key);
  }

  void hear(const std::string& name, const std::vector<zmq::message_t>& parts) {
    const std::string identity = parts[0].to_string();
    if (const auto ready = read_ready(parts[1].to_string_view()); ready && parts.size() == 2)
      return begin(name, identity, ready->spool);
    const auto read = read_result(parts[1].to_string_view());
    if (!read || parts.size() != 3) return say(quote(name) + " sends what is no result");
    const auto found = streams_.find(name);
    if (found == streams_.end() || found->second.spool != read->head.spool ||
        found->second.identity != identity)
      return;
    Stream& stream = found->second;
    if (read->head.number <= stream.taken) return;
    // One before it was lost with a connection.
    if (read->head.previous > stream.taken) {
      if (!std::exchange(stream.has_gap, true)) answer(stream, true);
      return;
    }
    stream.has_gap = false;
    stream.taken = read->head.number;
    const auto* picture = parts[2].data<std::uint8_t>();
    if (hooks_.take(name, stream.spool,
                    {read->head.number, std::string(read->record), {picture, picture + parts[2].size()}}))
      committed_here_.push_back({name, stream.spool, read->head.number});
  }

  /// It may be another connection of the same node: what came by the one before counts as far as it was
  /// taken.
  void begin(const std::string& name, const std::string& identity, std::uint64_t spool) {
    Stream& stream = streams_[name];
    if (stream.spool != spool || stream.identity.empty()) {
      const std::uint64_t last = hooks_.last(name, spool);
      stream = {spool, last, last, identity, false};
    }
    stream.identity = identity;
    stream.has_gap = false;
    answer(stream, true);
  }

  void answer(const Stream& stream, bool rewinds) {
    const std::uint64_t number = rewinds ? std::min(stream.taken, stream.acknowledged) : stream.acknowledged;
    const std::string bytes = write_acknowledgement({stream.spool, number, result_credit, rewinds});
    if (socket_.send(zmq::buffer(stream.identity), zmq::send_flags::sndmore | zmq::send_flags::dontwait))
      static_cast<void>(socket_.send(zmq::buffer(bytes), zmq::send_flags::dontwait));
  }

  void answer_committed() {
    std::vector<Committed> committed = std::exchange(committed_here_, {});
    {
      const std::lock_guard lock(mutex_);
      committed.insert(committed.end(), committed_.begin(), committed_.end());
      committed_.clear();
    }
    std::map<std::string, Stream*> moved;
    for (const Committed& one : committed) {
      const auto found = streams_.find(one.node);
      if (found == streams_.end() || found->second.spool != one.spool) continue;
      found->second.acknowledged = std::max(found->second.acknowledged, one.number);
      moved[one.node] = &found->second;
    }
    for (const auto& [name, stream] : moved) answer(*stream, false);
  }

  /// On the gate's thread.
  void refused(const std::string& from, const std::string& why) {
    if (const auto said = at_gate_.add("refused the results of " + from + ": " + why)) hooks_.say(*said);
  }
  void say(const std::string& line) {
    if (const auto said = lines_.add(line)) hooks_.say(*said);
  }

  Hooks hooks_;
  const bool is_plain_;
  zmq::context_t context_;
  zmq::socket_t zap_;
  zmq::socket_t socket_;
  const std::string inner_ = "camfleet-results-" + std::to_string(getpid()) + "-" + random_name();
  bus::WakeUp wake_;
  std::atomic<bool> ending_ = false;
  std::mutex mutex_;
  std::map<std::string, std::string, std::less<>> names_;  ///< by public key
  std::vector<Committed> committed_;
  std::vector<Committed> committed_here_;  ///< on the thread itself
  std::map<std::string, Stream> streams_;  ///< by node
  SparseLines lines_;
  SparseLines at_gate_;
  std::unique_ptr<link::Gate> gate_;
  std::thread thread_;
};

ResultReceiver::ResultReceiver(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
ResultReceiver::~ResultReceiver() = default;

result<std::unique_ptr<ResultReceiver>> ResultReceiver::open(const Settings& settings,
                                                             const link::NodeList& list, Hooks hooks) {
  try {
    auto impl = std::make_unique<Impl>(settings, list, std::move(hooks));
    CAMFLEET_CHECK(impl->begin(settings));
    return std::unique_ptr<ResultReceiver>(new ResultReceiver(std::move(impl)));
  } catch (const zmq::error_t& error) {
    return fail(Errc::io, settings.host + ":" + std::to_string(settings.port),
                std::string("cannot take results there: ") + error.what());
  }
}

std::uint16_t ResultReceiver::port() const {
  return impl_->port();
}
void ResultReceiver::set_list(const link::NodeList& list) {
  impl_->set_list(list);
}
void ResultReceiver::committed(const std::string& node, std::uint64_t spool, std::uint64_t number) {
  impl_->committed(node, spool, number);
}

}  // namespace camfleet::cluster
