#include "runtime/bus/local_bus.hpp"

#include <cassert>
#include <cstring>
#include <mutex>
#include <thread>
#include <type_traits>

#include <zmq.hpp>

namespace camfleet::bus {
namespace {

constexpr const char* endpoint = "inproc://samples";

struct Parcel {
  ActorId to;
  Sample sample;
};
static_assert(std::is_trivially_copyable_v<Parcel>);

}  // namespace

class LocalBus::Impl {
 public:
  explicit Impl(Deliver deliver) : out_(context_, zmq::socket_type::push), deliver_(std::move(deliver)) {
    // Bounded by the pool of frames: every parcel holds one.
    out_.set(zmq::sockopt::sndhwm, 0);
    zmq::socket_t in(context_, zmq::socket_type::pull);
    in.set(zmq::sockopt::rcvhwm, 0);
    in.bind(endpoint);
    out_.connect(endpoint);
    thread_ = std::thread([this, socket = std::move(in)]() mutable { run(socket); });
  }
  ~Impl() { stop(); }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  void send(ActorId to, const Sample& sample) {
    const Parcel parcel{to, sample};
    const std::lock_guard lock(mutex_);
    if (stopped_) return;
    out_.send(zmq::buffer(&parcel, sizeof parcel), zmq::send_flags::none);
  }

  void stop() {
    {
      const std::lock_guard lock(mutex_);
      if (!stopped_) out_.send(zmq::message_t(), zmq::send_flags::none);
      stopped_ = true;
    }
    if (thread_.joinable()) thread_.join();
  }

 private:
  void run(zmq::socket_t& in) {
    zmq::message_t message;
    while (in.recv(message, zmq::recv_flags::none)) {
      if (message.size() == 0) return;
      assert(message.size() == sizeof(Parcel));
      Parcel parcel;
      std::memcpy(&parcel, message.data(), sizeof parcel);
      deliver_(parcel.to, parcel.sample);
    }
  }

  zmq::context_t context_{0};
  std::mutex mutex_;  ///< a socket is one thread's at a time
  zmq::socket_t out_;
  bool stopped_ = false;
  Deliver deliver_;
  std::thread thread_;
};

LocalBus::LocalBus(Deliver deliver) : impl_(std::make_unique<Impl>(std::move(deliver))) {}
LocalBus::~LocalBus() = default;
void LocalBus::send(ActorId to, const Sample& sample) {
  impl_->send(to, sample);
}
void LocalBus::stop() {
  impl_->stop();
}

}  // namespace camfleet::bus
