#include "runtime/service/service.hpp"

#include <algorithm>

#include <malloc.h>

#include "runtime/plant/finding_log.hpp"
#include "runtime/vision/draw.hpp"

namespace camfleet::service {
namespace {

constexpr int jpeg_quality = 85;

/// A bad change is refused by a store that works.
bool shows_working_store(const result<store::Committed>& outcome) {
  return outcome.has_value() || outcome.error().code == Errc::broken_invariant;
}

}  // namespace

Service::Service(Settings settings, const Observers& observers)
    : settings_(std::move(settings)), reporter_(observers) {}

Service::~Service() {
  // Slices that are under way stay open in the store; what has ended is still committed.
  if (cluster_) cluster_->close();
  if (world_) world_->stop();
  recorder_.reset();
  if (commits_ && is_recovered_) commits_->submit({life_now()});
  commits_.reset();
}

result<std::unique_ptr<Service>> Service::start(Settings settings, const Observers& observers) {
  std::unique_ptr<Service> service(new Service(std::move(settings), observers));
  CAMFLEET_CHECK(service->open());
  return service;
}

result<void> Service::open() {
  CAMFLEET_TRY(lock_, StoreLock::take(settings_.store));
  settings_.opening.migrates = [this](std::int32_t from, std::int32_t to) { reporter_.migrates(from, to); };
  CAMFLEET_TRY(store_, store::open_sqlite(settings_.store, settings_.opening));
  const auto gave_way = [this](std::size_t count, std::uint64_t bytes) {
    reporter_.pictures_gave_way(count, bytes);
  };
  CAMFLEET_TRY(pictures_, PictureFolder::open(settings_.pictures, settings_.picture_limits, gave_way));
  CAMFLEET_TRY(uploads_, UploadFolder::open(settings_.uploads, settings_.upload_limits));
  make_cluster();
  CAMFLEET_TRY(world_, ServiceWorld::make(settings_.world, sinks()));
  for (const vision::Algorithm& algorithm : world_->catalogue().all())
    reporter_.metrics().algorithm_offered(algorithm.id);
  const bool in_real_time = settings_.world.speed.is_real_time();
  devices_ =
      std::make_unique<DeviceRegistry>(DeviceRegistry::Settings{settings_.fleet, settings_.demo_source,
                                                                in_real_time, settings_.opening.give_up},
                                       *world_, *uploads_, reporter_);
  instances_ = std::make_unique<InstanceTable>(roster(), settings_.costs);
  commits_ = make_commits();
  recorder_ = std::make_unique<Recorder>(*commits_, settings_.recorder, recorder_hooks());
  changes_.emplace(*commits_, *recorder_, settings_.recorder.changes);
  CAMFLEET_CHECK(recover());
  is_recovered_ = true;
  commits_->submit({store::Probe{}});
  commits_->flush();
  return success();
}

ServiceWorld::Sinks Service::sinks() {
  ServiceWorld::Sinks sinks;
  sinks.due = [this](const SliceKey& key, Duration planned) { slice_due(key, planned); };
  sinks.ended = [this](const SliceRow& row, std::string_view line) { slice_ended(row, line); };
  sinks.plant.found = [this](const Sample& sample, const media::Frame& frame,
                             const std::vector<vision::Box>& boxes) { found(sample, frame, boxes); };
  sinks.problem = [this](const Error& error, const plant::ProblemSubject& about) {
    reporter_.trouble(error, about.device ? std::string_view(roster()[*about.device].id) : "",
                      about.ends_stream, about.reason);
  };
  sinks.plant.sampled = [this](InstanceIx ix) { instances_->has_begun(ix); };
  sinks.plant.instance_ended = [this](InstanceIx ix) {
    instance_ended(ix);
    if (cluster_) cluster_->instance_ended(ix);
  };
  sinks.plant.takes_more = [this] { return recorder_->takes_more(); };
  sinks.plant.takes_backlog = [this] { return recorder_->takes_backlog(); };
  sinks.plant.opened = [this](DeviceIx device) { reporter_.tell(StreamUp{roster()[device].id}); };
  sinks.plant.reconnecting = [this](DeviceIx device) { reporter_.tell(StreamRetried{roster()[device].id}); };
  sinks.clock_moved = [this](const timing::ClockMove& move, Instant at) { return clock_moved(move, at); };
  follow_nodes(sinks);
  return sinks;
}

std::unique_ptr<store::CommitQueue> Service::make_commits() {
  const auto refused = [this](const Error& error) {
    // What failed with its whole commit was said then.
    if (error.code == Errc::broken_invariant) reporter_.trouble(error);
  };
  const auto tried = [this](Duration took, std::span<const store::Change> changes,
                            const result<store::Committed>& outcome) {
    store_works_ = shows_working_store(outcome);
    reporter_.committed(took, outcome, store_works_);
    if (outcome.has_value()) stored(changes, outcome.value());
  };
  return std::make_unique<store::CommitQueue>(*store_, refused, tried);
}

Recorder::Hooks Service::recorder_hooks() {
  Recorder::Hooks hooks;
  hooks.keep = [this](const std::vector<std::uint8_t>& jpeg) { return pictures_->keep(jpeg); };
  hooks.picture_lost = [this](const Error& error) { reporter_.picture_lost(error); };
  hooks.behind = [this](bool is_behind, std::size_t waiting) { reporter_.behind(is_behind, waiting); };
  return hooks;
}

store::SliceName Service::name_of(const SliceKey& key) const {
  return {roster()[key.instance].number, roster()[key.device].id, key.due_at.time_since_epoch().count()};
}

void Service::slice_due(const SliceKey& key, Duration planned) {
  store::SliceName name = name_of(key);
  reporter_.tell(
      SliceBecameDue{name.instance, name.device, key.due_at, planned, now() - key.due_at, recovering_});
  // What is open again is in the store.
  if (!recovering_) recorder_->add(store::SliceDue{std::move(name), planned.count()});
}

void Service::slice_ended(const SliceRow& row, std::string_view line) {
  while (line.ends_with('\n')) line.remove_suffix(1);
  store::SliceName name = name_of(row.key);
  reporter_.tell(SliceEnded{name.instance, name.device, &row, line});
  recorder_->add(
      store::SliceEnded{{std::move(name), std::string(to_text(row.verdict.outcome)), std::string(line)}});
  // Of devices and instances that are gone: they say nothing of how those do that are there.
  if (!recovering_) instances_->slice_ended(row);
}

void Service::found(const Sample& sample, const media::Frame& frame, const std::vector<vision::Box>& boxes) {
  store::FindingRecord finding;
  finding.slice = name_of({sample.instance, sample.device, sample.due_at});
  finding.algorithm = roster()[roster()[sample.instance].algorithms[sample.algorithm]];
  finding.at = sample.at.time_since_epoch().count();
  plant::append_finding_line(finding.line, sample, frame, boxes, roster());
  auto jpeg =
      vision::draw_findings({frame.pixels(), frame.width, frame.height, frame.stride}, boxes, jpeg_quality);
  if (!jpeg.has_value()) reporter_.trouble(jpeg.error());
  recorder_->add(store::PutFinding{std::move(finding)},
                 jpeg.has_value() ? std::move(jpeg).value() : std::vector<std::uint8_t>{});
}

bool Service::clock_moved(const timing::ClockMove& move, Instant at) {
  reporter_.clock_moved(move, at);
  begins_anew_ = std::chrono::abs(move.stepped) + move.suspended >= longest_move;
  return !begins_anew_;
}

void Service::stored(std::span<const store::Change> changes, const store::Committed& committed) {
  for (std::size_t i = 0; i < changes.size(); ++i) {
    if (const auto* put = std::get_if<store::PutFinding>(&changes[i]))
      finding_stored(put->finding, std::ranges::binary_search(committed.repeated, i),
                     std::ranges::binary_search(committed.orphaned, i));
    const auto* spool = std::get_if<store::PutSpool>(&changes[i]);
    if (spool != nullptr && cluster_) cluster_->committed(spool->spool);
    const auto* ended = std::get_if<store::SliceEnded>(&changes[i]);
    if (ended != nullptr && cluster_) cluster_->slice_stored(ended->slice.name);
  }
}

void Service::finding_stored(const store::FindingRecord& finding, bool is_repeated, bool is_orphaned) {
  if (!is_repeated && !is_orphaned) return reporter_.tell(FindingStored{&finding});
  if (!finding.picture.empty()) pictures_->drop(finding.picture);
  if (is_orphaned) reporter_.orphaned(finding);
}

result<void> Service::ready() {
  if (store_works_) return success();
  // Nothing may be due that would show that it works again.
  if (commits_->waiting() == 0 && !probing_.exchange(true))
    commits_->submit({store::Probe{}}, [this](const result<void>&) { probing_ = false; });
  return fail(Errc::io, "store", "the last commit failed");
}

void Service::measure() const {
  reporter_.metrics().set_streams_open(measure_nodes() + world_->streams_open());
  reporter_.metrics().set_changes_waiting(recorder_->waiting());
}

void Service::note_alive() {
  const auto when = std::chrono::steady_clock::now();
  const Instant at = now();
  const bool is_due =
      when - noted_when_ >= minutes(1) || at >= noted_alive_ + minutes(1) || at < noted_alive_;
  if (!is_due) return;
  noted_when_ = when;
  noted_alive_ = at;
  commits_->submit({life_now()});
}

store::PutLife Service::life_now() const {
  return {{now().time_since_epoch().count(), settings_.world.rehearsal}};
}

void Service::instance_ended(InstanceIx ix) {
  const std::lock_guard lock(ended_mutex_);
  ended_.push_back({ix, std::chrono::steady_clock::now()});
}

void Service::reclaim() {
  const auto now = std::chrono::steady_clock::now();
  std::vector<InstanceIx> through;
  {
    const std::lock_guard lock(ended_mutex_);
    std::erase_if(ended_, [&](const Ended& one) {
      const bool is_through = now - one.at >= rest_time && !world_->is_looked_at(one.ix);
      if (is_through) through.push_back(one.ix);
      return is_through;
    });
  }
  const auto guard = locks();
  for (const InstanceIx ix : through) {
    devices_->are_idle(roster()[ix].devices);
    ending_.erase(ix);
    world_->roster().release_instance(ix);
  }
  const auto listed = [this] {
    std::vector<bool> is_listed(roster().device_count());
    instances_->mark_listed(is_listed);
    for (const InstanceIx ix : ending_) {
      for (const DeviceIx device : roster()[ix].devices) is_listed[device.value] = true;
    }
    return is_listed;
  };
  // What many small pieces leave between those that stay goes back to the system.
  if (devices_->reclaim(now, listed)) ::malloc_trim(0);
}

}  // namespace camfleet::service
