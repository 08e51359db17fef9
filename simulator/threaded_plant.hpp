#pragma once

#include <functional>
#include <mutex>
#include <utility>

#include "runtime/caf/ports.hpp"
#include "runtime/time/timekeeper.hpp"
#include "simulator/scripted_plant.hpp"

namespace camfleet::sim {

/// The scripted plant for actors on threads: behind a lock, with the timekeeper's time.
class ThreadedPlant final : public shells::PlantPort {
 public:
  using Deliver = std::function<void(ActorId to, const Message& message)>;

  /// `deliver` gets the answers, on the timekeeper's thread.
  ThreadedPlant(const Roster& roster, timing::Timekeeper& time, Deliver deliver, LedgerBook& book,
                Script script)
      : time_(&time),
        deliver_(std::move(deliver)),
        plant_(roster,
               {[this] { return time_->now(); }, [this](ActorId /*from*/, ActorId to, Instant at,
                                                        const Message& message) { post(to, at, message); }},
               book, std::move(script)) {}

  void open(DeviceIx device, StreamIx stream, std::uint32_t spf_s) override {
    const std::lock_guard lock(mutex_);
    plant_.open(device, stream, spf_s);
  }
  void read(DeviceIx device, const ReadRequest& request) override {
    const std::lock_guard lock(mutex_);
    plant_.read(device, request);
  }
  void close(DeviceIx device, StreamIx stream) override {
    const std::lock_guard lock(mutex_);
    plant_.close(device, stream);
  }
  void retain(FrameIx frame) override {
    const std::lock_guard lock(mutex_);
    plant_.retain(frame);
  }
  void release(FrameIx frame) override {
    const std::lock_guard lock(mutex_);
    plant_.release(frame);
  }
  void analyse(AnalyzerIx analyzer, std::uint32_t ticket, const Sample& sample) override {
    const std::lock_guard lock(mutex_);
    plant_.analyse(analyzer, ticket, sample);
  }
  bool slice_due(const SliceKey& key, Duration planned) override {
    const std::lock_guard lock(mutex_);
    return plant_.slice_due(key, planned);
  }
  void slice_ended(const SliceRow& row) override {
    const std::lock_guard lock(mutex_);
    plant_.slice_ended(row);
  }

 private:
  void post(ActorId to, Instant at, const Message& message) {
    time_->call(at, [this, to, message] { deliver_(to, message); });
  }

  std::mutex mutex_;
  timing::Timekeeper* time_;
  Deliver deliver_;
  ScriptedPlant plant_;
};

}  // namespace camfleet::sim
