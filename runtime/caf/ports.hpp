#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>

#include "actors/executor.hpp"
#include "actors/plant.hpp"
#include "actors/protocol.hpp"

namespace camfleet::shells {

/// How shells reach time and each other: real threads and a clock, or a test's virtual time. Thread-safe
/// where the shells run on threads.
class Post {
 public:
  Post() = default;
  virtual ~Post() = default;
  Post(const Post&) = delete;
  Post& operator=(const Post&) = delete;

  [[nodiscard]] virtual Instant now() const = 0;
  [[nodiscard]] virtual Instant steady_now() const = 0;
  virtual void send(ActorId from, ActorId to, const Message& message) = 0;
  /// TimerFired{tag} for `owner` at `at`, or at once when that has passed.
  virtual TimerId set_timer(ActorId owner, Instant at, std::uint64_t tag) = 0;
  /// The same after a span of the steady time.
  virtual TimerId set_timer_after(ActorId owner, Duration span, std::uint64_t tag) = 0;
  /// One that is on its way already may still come; shells see to that.
  virtual void cancel_timer(TimerId timer) = 0;
  /// A message that was sent or a timer that went off has been handled.
  virtual void handled() = 0;
  /// After SamplesWait: what waits for this analyzer outside of its mailbox, see bus::LocalBus::take.
  virtual std::size_t take_samples(ActorId /*self*/, std::span<Sample> /*into*/) { return 0; }
};

/// The plant as the shells see it; see actors/plant.hpp.
class PlantPort {
 public:
  PlantPort() = default;
  virtual ~PlantPort() = default;
  PlantPort(const PlantPort&) = delete;
  PlantPort& operator=(const PlantPort&) = delete;

  virtual void open(DeviceIx device, StreamIx stream, std::uint32_t spf_s) = 0;
  virtual void read(DeviceIx device, const ReadRequest& request) = 0;
  virtual void close(DeviceIx device, StreamIx stream) = 0;
  virtual void retain(FrameIx frame) = 0;
  virtual void release(FrameIx frame) = 0;
  virtual void analyse(AnalyzerIx analyzer, std::uint32_t ticket, const Sample& sample) = 0;
  virtual bool slice_due(const SliceKey& key, Duration planned) = 0;
  virtual void slice_ended(const SliceRow& row) = 0;
  /// Nothing of a removed instance is under way any more.
  virtual void instance_ended(InstanceIx /*instance*/) {}
};

static_assert(Plant<PlantPort>);

/// Any plant behind the port.
template <Plant P>
class PlantAdapter final : public PlantPort {
 public:
  explicit PlantAdapter(P& plant) : plant_(&plant) {}
  void open(DeviceIx device, StreamIx stream, std::uint32_t spf_s) override {
    plant_->open(device, stream, spf_s);
  }
  void read(DeviceIx device, const ReadRequest& request) override { plant_->read(device, request); }
  void close(DeviceIx device, StreamIx stream) override { plant_->close(device, stream); }
  void retain(FrameIx frame) override { plant_->retain(frame); }
  void release(FrameIx frame) override { plant_->release(frame); }
  void analyse(AnalyzerIx analyzer, std::uint32_t ticket, const Sample& sample) override {
    plant_->analyse(analyzer, ticket, sample);
  }
  bool slice_due(const SliceKey& key, Duration planned) override { return plant_->slice_due(key, planned); }
  void slice_ended(const SliceRow& row) override { plant_->slice_ended(row); }
  void instance_ended(InstanceIx instance) override {
    if constexpr (requires { plant_->instance_ended(instance); }) plant_->instance_ended(instance);
  }

 private:
  P* plant_;
};

/// What whoever runs the shells wants to know. Called on the shells' threads.
struct ShellHooks {
  /// A handler threw; the actor has started over.
  std::function<void(ActorId self, const std::string& what)> failed;
  /// No instance has a window to come, and every slice is accounted for.
  std::function<void()> idle;
  /// How long a handler took, in CPU time of its thread; measured only when this is set.
  std::function<void(ActorId self, Duration cpu)> measured;
};

}  // namespace camfleet::shells
