#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "actors/machines/executor.hpp"
#include "actors/machines/plant.hpp"
#include "actors/machines/protocol.hpp"
#include "actors/plan/roster.hpp"

namespace camfleet::testing {

/// Time, timers and the plant of one machine in a story: what the machine does with them becomes lines.
class StoryWorld {
 public:
  struct Timer {
    std::uint64_t id = 0;
    Instant at;  ///< of the wall's time, or of the steady one
    TimerTag tag;
    bool after_span = false;
  };

  explicit StoryWorld(std::vector<std::string> timer_names) : timer_names_(std::move(timer_names)) {}

  /// Forgets what was done.
  std::vector<std::string> take_lines() { return std::exchange(lines_, {}); }
  void say(std::string line) { lines_.push_back(std::move(line)); }

  void go_to(Instant now) { now_ = now; }
  void put_clock(Duration by) {
    now_ += by;
    jumped_ += by;
  }
  /// The first timer that is due, which is gone then.
  std::optional<TimerFired> take_timer();
  /// When the next one goes off, by the wall's time; none when there is none.
  [[nodiscard]] std::optional<Instant> next_timer() const;

  void set_full(bool is_full) { is_full_ = is_full; }
  /// The next call of this name throws.
  void fail_next(std::string call) { failing_ = std::move(call); }

  [[nodiscard]] Instant now() const { return now_; }
  [[nodiscard]] Instant steady_now() const { return now_ - jumped_; }
  TimerId set_timer(Instant at, TimerTag tag, bool after_span);
  void cancel_timer(TimerId timer);
  void send(ActorId to, const Message& message) { say("-> " + line_of(to, message)); }
  /// The line of a call; throws where that was asked for.
  void call(const std::string& name, const std::string& arguments);
  bool slice_due(const SliceKey& key, Duration planned);

 private:
  static std::string line_of(ActorId to, const Message& message);
  [[nodiscard]] Instant goes_off(const Timer& timer) const {
    return timer.after_span ? timer.at + jumped_ : timer.at;
  }
  [[nodiscard]] std::string name_of(const TimerTag& tag) const;

  std::vector<std::string> timer_names_;
  std::vector<std::string> lines_;
  std::vector<Timer> timers_;
  std::uint64_t next_id_ = 0;
  Instant now_{};
  Duration jumped_{0};
  bool is_full_ = false;
  std::string failing_;
};

/// The plant in a story.
class StoryPlant {
 public:
  StoryPlant(StoryWorld& world, const Roster& roster) : world_(&world), roster_(&roster) {}

  void open(DeviceIx device, StreamIx stream, std::uint32_t spf_s);
  void read(DeviceIx device, const ReadRequest& request);
  void close(DeviceIx device, StreamIx stream);
  void retain(FrameIx frame);
  void release(FrameIx frame);
  void analyse(AnalyzerIx analyzer, std::uint32_t ticket, const Sample& sample);
  bool slice_due(const SliceKey& key, Duration planned) { return world_->slice_due(key, planned); }
  void slice_ended(const SliceRow& row);
  void slice_runs(const SliceKey& key, Place place);
  void slice_left(const SliceKey& key, Place place, const SampleCount& samples);
  void slice_moved(const SliceKey& key, const SliceSoFar& so_far);
  /// Stories have no store.
  [[nodiscard]] const SliceSoFar* slice_so_far(const SliceKey& /*key*/) const { return nullptr; }
  void instance_ended(InstanceIx instance);
  void answer_dropped(Place from);

  /// How the ledger calls the process of a story without nodes.
  static constexpr std::string_view own_node = "local";

 private:
  [[nodiscard]] bool outlives(std::string_view node) const;

  StoryWorld* world_;
  const Roster* roster_;
};
static_assert(Plant<StoryPlant>);

/// What a machine in a story asks for; chance is half of what is asked for.
class StoryContext {
 public:
  StoryContext(StoryWorld& world, StoryPlant& plant) : world_(&world), plant_(&plant) {}
  [[nodiscard]] Instant now() const { return world_->now(); }
  [[nodiscard]] Instant steady_now() const { return world_->steady_now(); }
  template <class M>
  void send(ActorId to, const M& message) {
    world_->send(to, Message(message));
  }
  TimerId set_timer(Instant at, TimerTag tag) { return world_->set_timer(at, tag, false); }
  TimerId set_timer_after(Duration span, TimerTag tag) {
    return world_->set_timer(world_->steady_now() + span, tag, true);
  }
  void cancel_timer(TimerId timer) { world_->cancel_timer(timer); }
  std::uint64_t random(std::uint64_t bound) { return bound / 2; }
  StoryPlant& plant() { return *plant_; }

 private:
  StoryWorld* world_;
  StoryPlant* plant_;
};
static_assert(Executor<StoryContext>);

}  // namespace camfleet::testing
