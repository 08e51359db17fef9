#include "runtime/bus/local_bus.hpp"

#include <atomic>
#include <cassert>
#include <cstring>
#include <deque>
#include <mutex>
#include <string>
#include <type_traits>
#include <utility>

#include <zmq.hpp>

namespace camfleet::bus {

static_assert(std::is_trivially_copyable_v<Sample>);

/// The way to one analyzer.
struct LocalBus::Lane {
  Lane(zmq::context_t& context, std::uint32_t number)
      : out(context, zmq::socket_type::push), in(context, zmq::socket_type::pull) {
    const std::string endpoint = "inproc://samples-" + std::to_string(number);
    // Bounded by the pool of frames: every message holds one.
    out.set(zmq::sockopt::sndhwm, 0);
    in.set(zmq::sockopt::rcvhwm, 0);
    in.bind(endpoint);
    out.connect(endpoint);
  }

  std::mutex mutex;  ///< a socket is one thread's at a time
  zmq::socket_t out;
  zmq::socket_t in;
  std::atomic<bool> told = false;
};

class LocalBus::Impl {
 public:
  Impl(std::uint32_t analyzers, Tell tell) : tell_(std::move(tell)) {
    for (std::uint32_t i = 0; i < analyzers; ++i) lanes_.emplace_back(context_, i);
  }

  void send(ActorId to, const Sample& sample) {
    assert(to.kind == ActorKind::analyzer && to.number < lanes_.size());
    Lane& lane = lanes_[to.number];
    {
      const std::lock_guard lock(lane.mutex);
      lane.out.send(zmq::buffer(&sample, sizeof sample), zmq::send_flags::none);
    }
    if (!lane.told.exchange(true)) tell_(AnalyzerIx{to.number});
  }

  std::size_t take(AnalyzerIx analyzer, std::span<Sample> into) {
    assert(analyzer.value < lanes_.size());
    Lane& lane = lanes_[analyzer.value];
    // Before the look: what is sent after it tells again.
    lane.told = false;
    for (std::size_t taken = 0; taken < into.size(); ++taken) {
      const auto got = lane.in.recv(zmq::buffer(&into[taken], sizeof into[taken]), zmq::recv_flags::dontwait);
      if (!got) return taken;
      assert(got->size == sizeof into[taken]);
    }
    lane.told = true;
    return into.size();
  }

 private:
  Tell tell_;
  zmq::context_t context_{0};
  std::deque<Lane> lanes_;
};

LocalBus::LocalBus(std::uint32_t analyzers, Tell tell)
    : impl_(std::make_unique<Impl>(analyzers, std::move(tell))) {}
LocalBus::~LocalBus() = default;
void LocalBus::send(ActorId to, const Sample& sample) {
  impl_->send(to, sample);
}
std::size_t LocalBus::take(AnalyzerIx analyzer, std::span<Sample> into) {
  return impl_->take(analyzer, into);
}

}  // namespace camfleet::bus
