#include "runtime/cluster/result_sender.hpp"

#include <array>
#include <atomic>
#include <chrono>
#include <deque>
#include <thread>
#include <utility>

#include <zmq.hpp>

#include "runtime/bus/wake_up.hpp"
#include "runtime/cluster/heartbeat.hpp"
#include "runtime/cluster/result_wire.hpp"

namespace camfleet::cluster {
namespace {

using Clock = std::chrono::steady_clock;
/// Without an answer: who asks, asks again; what was sent may be lost with its connection.
constexpr std::chrono::milliseconds patience{2000};
/// Between removals from the spool of what was acknowledged.
constexpr std::chrono::milliseconds removal_pause{50};
/// Until somebody is told that nothing gets through.
constexpr std::chrono::seconds long_silence{10};
/// Nobody tells that a connection has come to be.
constexpr std::chrono::milliseconds look_again{100};
constexpr std::chrono::milliseconds handshake_time{5000};
constexpr std::int64_t most_answer_bytes = 1024;
/// Read from the spool at once.
constexpr std::uint64_t read_bytes = 1U << 20U;

/// Without a copy.
zmq::message_t message_of(std::vector<std::uint8_t> bytes) {
  using Bytes = std::vector<std::uint8_t>;
  auto held = std::make_unique<Bytes>(std::move(bytes));
  Bytes* const hint = held.get();
  zmq::message_t message(
      hint->data(), hint->size(), [](void*, void* of) { delete static_cast<Bytes*>(of); }, hint);
  static_cast<void>(held.release());
  return message;
}

}  // namespace

class ResultSender::Impl {
 public:
  Impl(const Settings& settings, ResultSpool& spool)
      : spool_(&spool),
        problem_(settings.problem),
        place_(settings.host + ":" + std::to_string(settings.port)),
        socket_(context_, zmq::socket_type::dealer) {
    socket_.set(zmq::sockopt::linger, 0);
    set_heartbeat(socket_);
    if (settings.plain_name.empty()) {
      socket_.set(zmq::sockopt::curve_serverkey, settings.scheduler_curve);
      socket_.set(zmq::sockopt::curve_publickey, settings.keys.public_key);
      socket_.set(zmq::sockopt::curve_secretkey, settings.keys.secret_key);
    } else {
      socket_.set(zmq::sockopt::routing_id, settings.plain_name);
    }
    socket_.set(zmq::sockopt::handshake_ivl, static_cast<int>(handshake_time.count()));
    socket_.set(zmq::sockopt::maxmsgsize, most_answer_bytes);
    socket_.set(zmq::sockopt::reconnect_ivl, 100);
    socket_.set(zmq::sockopt::reconnect_ivl_max, 5000);
    // What waits for a connection is for the one that comes: the spool has it anyway.
    socket_.set(zmq::sockopt::immediate, true);
    const bool is_v6 = settings.host.find(':') != std::string::npos;
    socket_.set(zmq::sockopt::ipv6, is_v6);
    socket_.connect("tcp://" + (is_v6 ? "[" + settings.host + "]" : settings.host) + ":" +
                    std::to_string(settings.port));
    thread_ = std::thread([this] {
      while (!ending_) turn();
    });
  }
  ~Impl() {
    ending_ = true;
    wake_.wake();
    thread_.join();
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  void wake() { wake_.wake(); }

 private:
  struct OnItsWay {
    std::uint64_t number;
    std::uint64_t bytes;
  };

  /// What goes wrong once is tried again: everything is in the spool.
  void turn() {
    try {
      ask_if_silent();
      complain_if_silent();
      const bool has_sent = send_more();
      wake_.before_sleep();
      // Who could send nothing though there is something waits for the connection, or the disk, a moment.
      const bool sleeps = !has_sent && !ending_;
      std::array<zmq::pollitem_t, 2> items{
          {{socket_.handle(), 0, ZMQ_POLLIN, 0}, {nullptr, wake_.fd(), ZMQ_POLLIN, 0}}};
      zmq::poll(items.data(), items.size(), sleeps ? look_again : std::chrono::milliseconds(0));
      wake_.after_sleep();
      zmq::message_t message;
      while (socket_.recv(message, zmq::recv_flags::dontwait)) hear(message.to_string_view());
      remove_acknowledged();
    } catch (const std::exception&) {
      std::this_thread::sleep_for(look_again);
    }
  }

  void hear(std::string_view bytes) {
    const auto heard = read_acknowledgement(bytes);
    if (!heard || heard->spool != spool_->id()) return;
    heard_at_ = Clock::now();
    credit_ = heard->credit;
    acknowledged_ = std::max(acknowledged_, heard->number);
    while (!on_its_way_.empty() && on_its_way_.front().number <= heard->number) {
      bytes_on_their_way_ -= on_its_way_.front().bytes;
      on_its_way_.pop_front();
    }
    if (!heard->rewinds) return;
    is_told_ = true;
    sent_ = heard->number;
    on_its_way_.clear();
    bytes_on_their_way_ = 0;
  }

  /// Together, as each removal is a commit.
  void remove_acknowledged() {
    const auto now = Clock::now();
    if (acknowledged_ == removed_ || (now < removed_at_ + removal_pause && !on_its_way_.empty())) return;
    removed_at_ = now;
    if (spool_->acknowledge(acknowledged_)) removed_ = acknowledged_;
  }

  void ask_if_silent() {
    if (is_told_ && on_its_way_.empty()) return;
    const auto now = Clock::now();
    if (now < std::max(heard_at_, asked_at_) + patience) return;
    const std::string ready = write_ready({spool_->id()});
    // Not before there is a connection.
    if (socket_.send(zmq::buffer(ready), zmq::send_flags::dontwait)) asked_at_ = now;
  }

  /// Who joined over one connection need not get through by the other.
  void complain_if_silent() {
    const bool waits = !is_told_ || !on_its_way_.empty();
    if (!waits || Clock::now() < heard_at_ + long_silence) {
      has_complained_ = has_complained_ && waits;
    } else if (!std::exchange(has_complained_, true) && problem_) {
      problem_(
          {Errc::timed_out, "results for " + place_, "do not get through: what is found waits in the spool"});
    }
  }

  [[nodiscard]] bool has_more() const { return bytes_on_their_way_ < credit_ && spool_->durable() > sent_; }

  /// As far as the credit goes. Whether anything was sent.
  bool send_more() {
    if (!is_told_ || !has_more()) return false;
    const std::uint64_t durable = spool_->durable();
    auto next = spool_->read(sent_, std::min<std::uint64_t>(read_bytes, credit_ - bytes_on_their_way_));
    if (!next.has_value()) return false;
    // Those in between gave way.
    if (next.value().empty()) sent_ = std::max(sent_, durable);
    bool has_sent = false;
    for (Result& one : next.value()) {
      const std::string head = write_result({spool_->id(), one.number, sent_}, one.record);
      const auto flags = zmq::send_flags::sndmore | zmq::send_flags::dontwait;
      if (!socket_.send(zmq::buffer(head), flags)) return has_sent;
      has_sent = true;
      const std::size_t picture_bytes = one.picture.size();
      static_cast<void>(socket_.send(message_of(std::move(one.picture)), zmq::send_flags::dontwait));
      if (on_its_way_.empty()) heard_at_ = Clock::now();
      sent_ = one.number;
      on_its_way_.push_back({one.number, head.size() + picture_bytes});
      bytes_on_their_way_ += on_its_way_.back().bytes;
    }
    return has_sent;
  }

  ResultSpool* spool_;
  std::function<void(const Error&)> problem_;
  std::string place_;
  bool has_complained_ = false;
  zmq::context_t context_;
  zmq::socket_t socket_;
  bus::WakeUp wake_;
  std::atomic<bool> ending_ = false;
  bool is_told_ = false;  ///< where to go on
  std::uint64_t sent_ = 0;
  std::uint64_t acknowledged_ = 0;
  std::uint64_t removed_ = 0;  ///< of those, from the spool
  Clock::time_point removed_at_;
  std::uint64_t credit_ = 0;
  std::deque<OnItsWay> on_its_way_;
  std::uint64_t bytes_on_their_way_ = 0;
  Clock::time_point heard_at_ = Clock::now();
  Clock::time_point asked_at_;
  std::thread thread_;
};

ResultSender::ResultSender(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
ResultSender::~ResultSender() = default;

result<std::unique_ptr<ResultSender>> ResultSender::start(const Settings& settings, ResultSpool& spool) {
  try {
    return std::unique_ptr<ResultSender>(new ResultSender(std::make_unique<Impl>(settings, spool)));
  } catch (const zmq::error_t& error) {
    return fail(Errc::invalid_field, "results of " + settings.host + ":" + std::to_string(settings.port),
                std::string("cannot be sent there: ") + error.what());
  }
}

void ResultSender::wake() {
  impl_->wake();
}

}  // namespace camfleet::cluster
