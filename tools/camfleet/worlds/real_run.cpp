#include "tools/camfleet/worlds/real_run.hpp"

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <utility>

#include <fmt/core.h>

#include "actors/machines/recovery.hpp"
#include "tools/camfleet/cli/command.hpp"

namespace camfleet::cli {
namespace {

/// After a signal: what has not ended by then is written as cancelled.
constexpr Duration time_to_cancel = milliseconds(3500);
/// Between two looks at signals and processes.
constexpr Duration usual_patience = milliseconds(100);
constexpr Duration short_patience = milliseconds(20);

/// How long it is remembered of a slice that has ended which findings are there: a node sends what is in its
/// spool when it is there again.
Duration findings_come_within(const RunClock* clock) {
  const Duration hour = hours(1);
  if (clock == nullptr) return hour;
  return std::max(hour, hour / timing::Speed::real_time * *clock->speed().millionths);
}

}  // namespace

RealRun::RealRun(const Parts& parts)
    : parts_(parts),
      found_once_(findings_come_within(parts.clock)),
      loads_(parts.stage->roster(), sim::StreamFormats(&parts.stage->cameras()), Costs{}),
      stored_(parts.stage->roster(), parts.stage->book()),
      faults_(parts.stage->roster().node_count(), parts.stage->process_faults()) {
  if (parts.cluster != nullptr) keep_records();
  make_world(parts.scenario->from);
}

void RealRun::keep_records() {
  parts_.stage->observe({.due =
                             [this](const SliceKey& key) {
                               const std::lock_guard lock(stored_mutex_);
                               stored_.due(key);
                             },
                         .row =
                             [this](const SliceRow& row) {
                               {
                                 const std::lock_guard lock(stored_mutex_);
                                 stored_.ended(row.key);
                               }
                               const std::lock_guard lock(found_mutex_);
                               found_once_.end(row.key, parts_.clock->now());
                             },
                         .found = {}});
}

void RealRun::make_world(Instant start) {
  idle_ = false;
  world_.emplace(
      settings_at(start),
      world::RealWorld::Parts{&parts_.stage->roster(), &parts_.stage->sources(), &parts_.stage->engines(),
                              &parts_.stage->book(), &parts_.report->problems},
      hooks());
}

world::RealWorld::Settings RealRun::settings_at(Instant start) const {
  return {.start = start,
          .speed = parts_.options->speed,
          .threads = parts_.stage->threads(),
          .seed = parts_.scenario->seed,
          .until = parts_.scenario->until(),
          .role = parts_.cluster == nullptr ? shells::Role::whole : shells::Role::scheduler,
          .border = parts_.cluster == nullptr ? nullptr : &parts_.cluster->border()};
}

world::RealWorld::Hooks RealRun::hooks() {
  world::RealWorld::Hooks hooks;
  hooks.idle = [this] { idle_ = true; };
  hooks.plant.found = [this](const Sample& sample, const media::Frame& frame,
                             const std::vector<vision::Box>& boxes) {
    const std::lock_guard lock(findings_mutex_);
    parts_.stage->findings().add(sample, frame, boxes);
  };
  if (parts_.cluster == nullptr) return hooks;
  hooks.plant.instance_ended = [this](InstanceIx instance) { parts_.cluster->instance_ended(instance); };
  hooks.plant.runs = [this](const SliceKey& key, Place place) {
    const std::lock_guard lock(loads_mutex_);
    loads_.begin(key, place, parts_.clock->now());
  };
  hooks.plant.left = [this](const SliceKey& key, Place place, const SampleCount& samples) {
    const std::lock_guard lock(loads_mutex_);
    loads_.end(key, place, samples, parts_.clock->now());
    if (place != home_place) parts_.cluster->slice_left(key, place);
  };
  hooks.plant.moved = [this](const SliceKey& key, const SliceSoFar& so_far) {
    const std::lock_guard lock(stored_mutex_);
    stored_.moved(key, so_far);
  };
  hooks.plant.answer_dropped = [this](Place) { ++answers_dropped_; };
  return hooks;
}

cluster::SchedulerEnd::World RealRun::world_of_cluster() {
  const Roster& roster = parts_.stage->roster();
  return {.deliver = [this](ActorId to, const Message& message) { world_->executor().deliver(to, message); },
          .now = [this] { return world_->now(); },
          .speed = world_->speed(),
          .trouble = [this](const auto& trouble) { take(trouble); },
          .find_device = [&roster](const std::string& id) { return roster.find_device(id); },
          .find_instance = [&roster](const std::string& id) { return roster.find_instance(id); }};
}

result<void> RealRun::gather(SignalWatch& signals) {
  if (parts_.cluster == nullptr) return success();
  return parts_.cluster->start(world_of_cluster(), [this, &signals] {
    if (signal_ == 0) signal_ = signals.wait(Duration(0));
    return signal_ != 0;
  });
}

void RealRun::begin_cluster() {
  world_->start_empty();
  // No fault keeps a node from coming for the first time.
  parts_.cluster->begin();
  parts_.clock->begin(world_->now());
  for (std::uint32_t i = 0; i < parts_.stage->roster().instance_count(); ++i)
    world_->executor().add(AddInstance{InstanceIx{i}});
}

result<void> RealRun::run(SignalWatch& signals, const RunProgress& progress) {
  const Stopwatch watch;
  if (parts_.cluster == nullptr) {
    world_->start();
  } else {
    begin_cluster();
  }
  result<void> went = success();
  while (!idle_ && went.has_value()) {
    went = look(signals, progress);
    if (give_up_ && std::chrono::steady_clock::now() > *give_up_) break;
  }
  lasted_ = watch.wall();
  wind_up();
  return went;
}

int RealRun::next_signal(SignalWatch& signals, Duration span) {
  return signal_ != 0 ? std::exchange(signal_, 0) : signals.wait(span);
}

result<void> RealRun::look(SignalWatch& signals, const RunProgress& progress) {
  if (const int signal = next_signal(signals, patience()); signal != 0) {
    if (give_up_) {
      if (parts_.cluster != nullptr) parts_.cluster->abandon();
      std::_Exit(static_cast<int>(ExitCode::failed));
    }
    // Its actors account for what runs; whether nodes can join does not matter any more.
    if (!world_) {
      if (const auto begun = begin_scheduler(); !begun.has_value())
        parts_.report->problems.add(begun.error());
    }
    stop(signal);
  }
  if (!give_up_) CAMFLEET_CHECK(befall());
  parts_.stage->scoring().drain();
  if (parts_.cluster != nullptr) parts_.cluster->look();
  const Instant now = world_ ? world_->now() : parts_.clock->now();
  progress(parts_.stage->state(now, parts_.options->speed));
  return success();
}

Duration RealRun::patience() const {
  if (give_up_) return short_patience;
  const auto next = faults_.next();
  if (!next) return usual_patience;
  const Duration left = parts_.clock->real(*next) - std::chrono::steady_clock::now();
  return std::clamp(left, Duration(0), Duration(usual_patience));
}

void RealRun::stop(int signal) {
  parts_.report->stopped_by = signal == SIGINT ? "SIGINT" : "SIGTERM";
  // It takes a moment of real time until all have heard of it.
  const timing::Speed speed = world_->speed();
  const Duration moment =
      speed.is_max() ? seconds(1) : Duration(seconds(1)) * *speed.millionths / timing::Speed::real_time;
  parts_.stage->set_stopped(world_->now(), std::max(Duration(seconds(1)), moment));
  world_->stop_instances();
  give_up_ = std::chrono::steady_clock::now() + time_to_cancel;
}

result<void> RealRun::befall() {
  if (faults_.empty()) return success();
  for (const ProcessAction& action : faults_.take_due(parts_.clock->now())) {
    if (action.kind == ProcessAction::Kind::end_scheduler) {
      end_scheduler();
    } else if (action.kind == ProcessAction::Kind::begin_scheduler) {
      CAMFLEET_CHECK(begin_scheduler());
    } else {
      CAMFLEET_CHECK(parts_.cluster->act(action));
    }
  }
  return success();
}

void RealRun::end_scheduler() {
  parts_.cluster->scheduler_ends();
  end_world();
  world_.reset();
  idle_ = false;
  const std::lock_guard lock(loads_mutex_);
  loads_.forget_running(parts_.clock->now());
}

result<void> RealRun::begin_scheduler() {
  parts_.cluster->scheduler_begins();
  make_world(std::max(parts_.clock->now(), totals_.ended_at));
  const Roster& roster = parts_.stage->roster();
  Recovery recovery;
  {
    const std::lock_guard lock(stored_mutex_);
    recovery =
        recover(stored_.stored(), roster, {.now = world_->now(), .settle = Duration::max(), .node = "local"});
    for (const auto& [key, planned] : recovery.reopened) {
      world_->plant().carry_slice(key);
      if (const SliceSoFar* so_far = stored_.so_far(key)) world_->plant().slice_recalled(key, *so_far);
    }
  }
  world_->start_empty();
  for (std::uint32_t i = 0; i < roster.node_count() && !recovery.reopened.empty(); ++i)
    world_->executor().deliver(the_placement, AwaitNode{NodeIx{i}});
  for (const Recovery::Followed& one : recovery.followed) world_->executor().add(one.add, one.slices);
  return parts_.cluster->listen(world_of_cluster());
}

void RealRun::end_world() {
  world_->shut_down();
  totals_.messages += world_->messages();
  totals_.work += world_->work();
  totals_.ended_at = world_->ended_at();
  totals_.has_failed = totals_.has_failed || world_->has_failed();
}

void RealRun::wind_up() {
  if (parts_.cluster != nullptr) processes_ = parts_.cluster->stop();
  end_world();
  totals_.answers_dropped = answers_dropped_;
  parts_.report->work = totals_.work;
  note_lost_frames();
  world_->write_off(parts_.report->stopped_by.empty() ? Reason::node_lost : Reason::cancelled);
  delays_ = world_->plant().delays();
}

void RealRun::take(const cluster::Found& found) {
  const bool every_frame = parts_.stage->roster()[found.sample.instance].spec.every_frame;
  {
    const std::lock_guard lock(found_mutex_);
    if (!found_once_.add(found.sample, every_frame)) return;
  }
  const std::lock_guard lock(findings_mutex_);
  parts_.stage->findings().add(found.sample, found.frame, found.boxes);
}

void RealRun::take(const cluster::NodeReports::Trouble& trouble) {
  if (trouble.device)
    world_->plant().note_trouble(trouble.error, *trouble.device, trouble.reason, trouble.ends_stream,
                                 trouble.at);
  else
    parts_.report->problems.add(within(parts_.stage->roster()[trouble.node].id, trouble.error));
}

std::vector<sim::NodeUse> RealRun::nodes() {
  const std::lock_guard lock(loads_mutex_);
  std::vector<sim::NodeUse> nodes = loads_.of_nodes(lasted_);
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    nodes[i].core_time = i < processes_.size() ? std::optional(processes_[i].cpu) : std::nullopt;
    // What formats cost is the virtual world's to say.
    nodes[i].peak = std::nullopt;
  }
  return nodes;
}

void RealRun::note_lost_frames() {
  // A frame in the message whose handler failed may belong to nobody; what a stop left under way does not
  // count.
  const std::uint32_t held = world_->plant().frames().in_use();
  if (!totals_.has_failed || !parts_.report->stopped_by.empty() || held == 0) return;
  parts_.report->problems.add({Errc::broken_invariant, "frames",
                               fmt::format("{} were not given back after a handler had failed", held)});
}

}  // namespace camfleet::cli
