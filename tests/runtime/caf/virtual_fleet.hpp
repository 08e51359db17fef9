#pragma once

#include <functional>
#include <string>
#include <vector>

#include "runtime/caf/actors.hpp"
#include "simulator/scripted_plant.hpp"
#include "tests/runtime/caf/virtual_system.hpp"

namespace camfleet::shells {

/// The scripted plant behind a port that calls `trip` with the name of each call first; what it throws, the
/// handler throws.
class TrippingPort final : public PlantPort {
 public:
  explicit TrippingPort(sim::ScriptedPlant& plant) : plant_(&plant) {}
  std::function<void(std::string_view call, std::uint32_t number)> trip = [](std::string_view,
                                                                             std::uint32_t) {};

  void open(DeviceIx device, StreamIx stream, std::uint32_t spf_s) override {
    trip("open", device.value);
    plant_->open(device, stream, spf_s);
  }
  void read(DeviceIx device, const ReadRequest& request) override {
    trip("read", device.value);
    plant_->read(device, request);
  }
  void close(DeviceIx device, StreamIx stream) override { plant_->close(device, stream); }
  void retain(FrameIx frame) override { plant_->retain(frame); }
  void release(FrameIx frame) override { plant_->release(frame); }
  void analyse(AnalyzerIx analyzer, std::uint32_t ticket, const Sample& sample) override {
    trip("analyse", sample.device.value);
    plant_->analyse(analyzer, ticket, sample);
  }
  bool slice_due(const SliceKey& key, Duration planned) override {
    const bool is_taken = plant_->slice_due(key, planned);
    trip("slice_due", key.device.value);
    return is_taken;
  }
  void slice_ended(const SliceRow& row) override { plant_->slice_ended(row); }

 private:
  sim::ScriptedPlant* plant_;
};

/// The CAF shells with the scripted plant in virtual time: the kernel's event queue says which message is
/// next, each goes through its actor's mailbox.
class VirtualFleet final : public Post {
 public:
  VirtualFleet(const Roster& roster, Instant start, const sim::Script& script, const ActorSettings& settings)
      : roster_(&roster),
        queue_(start),
        book_(roster, [this](const SliceRow& /*row*/, std::string_view line) { lines.emplace_back(line); }),
        plant_(roster, queue_, book_, script),
        port_(plant_),
        actors_(system_.system(), roster, *this, *this, port_, settings, hooks()) {}

  /// Runs to the end; `before` may post first.
  void run(const std::function<void(sim::EventQueue&)>& before = nullptr) {
    actors_.spawn();
    for (std::uint32_t i = 0; i < roster_->instance_count(); ++i)
      queue_.post(the_scheduler, the_scheduler, queue_.now(), AddInstance{InstanceIx{i}});
    if (before) before(queue_);
    while (const auto event = queue_.take()) {
      actors_.deliver(event->to(), *event->message);
      system_.run();
    }
    actors_.kill();
    system_.run();
  }

  [[nodiscard]] Instant now() const override { return queue_.now(); }
  [[nodiscard]] Instant steady_now() const override { return queue_.steady_now(); }
  void send(ActorId from, ActorId to, const Message& message) override {
    queue_.post(from, to, queue_.now() + Duration(1), message);
  }
  TimerId set_timer(ActorId owner, Instant at, TimerTag tag) override {
    return queue_.set_timer(owner, at, tag);
  }
  TimerId set_timer_after(ActorId owner, Duration span, TimerTag tag) override {
    return queue_.set_timer_after(owner, span, tag);
  }
  void cancel_timer(TimerId timer) override { queue_.cancel_timer(timer); }
  timing::WorkToken take_over() override {
    ++messages;
    return {};
  }

  [[nodiscard]] LedgerBook& book() { return book_; }
  [[nodiscard]] TrippingPort& port() { return port_; }
  [[nodiscard]] const sim::ScriptedPlant& plant() const { return plant_; }

  std::vector<std::string> lines;
  std::vector<std::string> failures;
  std::uint64_t messages = 0;
  bool idle = false;

 private:
  ShellHooks hooks() {
    ShellHooks hooks;
    hooks.idle = [this] { idle = true; };
    hooks.failed = [this](ActorId /*self*/, const std::string& what) { failures.push_back(what); };
    return hooks;
  }

  const Roster* roster_;
  sim::EventQueue queue_;
  LedgerBook book_;
  sim::ScriptedPlant plant_;
  TrippingPort port_;
  VirtualSystem system_;
  Actors actors_;
};

}  // namespace camfleet::shells
