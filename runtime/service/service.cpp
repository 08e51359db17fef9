#include "runtime/service/service.hpp"

#include <algorithm>
#include <charconv>
#include <tuple>

#include <nlohmann/json.hpp>

#include "actors/capacity.hpp"
#include "actors/text.hpp"
#include "runtime/plant/finding_log.hpp"
#include "runtime/service/device_fields.hpp"
#include "runtime/vision/draw.hpp"

namespace camfleet::service {
namespace {

constexpr int jpeg_quality = 85;

store::Nanoseconds count_of(Instant at) {
  return at.time_since_epoch().count();
}

std::vector<store::Nanoseconds> counts_of(const std::vector<Duration>& spans) {
  std::vector<store::Nanoseconds> counts;
  counts.reserve(spans.size());
  for (const Duration span : spans) counts.push_back(span.count());
  return counts;
}

}  // namespace

Service::Service(Settings settings, const Observers& observers)
    : settings_(std::move(settings)), observers_(observers) {
  sinks_.push_back(std::make_unique<EventLog>(*observers.log));
  sinks_.push_back(std::make_unique<EventMetrics>(*observers.metrics));
}

Service::~Service() {
  // Slices that are under way stay open in the store; what has ended is still committed.
  if (analysis_) analysis_->stop();
  recorder_.reset();
  if (commits_ && is_recovered_) commits_->submit({life_now()});
  commits_.reset();
}

result<void> Service::has_room() const {
  const std::size_t waiting = recorder_->waiting();
  if (waiting < settings_.recorder.changes) return success();
  return fail(Errc::io, "store",
              std::to_string(waiting) + " changes wait for the disk already; try again later");
}

result<std::unique_ptr<Service>> Service::start(Settings settings, const Observers& observers) {
  std::unique_ptr<Service> service(new Service(std::move(settings), observers));
  CAMFLEET_CHECK(service->open());
  return service;
}

result<void> Service::open() {
  CAMFLEET_TRY(lock_, StoreLock::take(settings_.store));
  settings_.opening.migrates = [log = observers_.log](std::int32_t from, std::int32_t to) {
    log->info("store is brought to a newer schema, which can take minutes", {{"from", from}, {"to", to}});
  };
  CAMFLEET_TRY(store_, store::open_sqlite(settings_.store, settings_.opening));
  CAMFLEET_TRY(
      pictures_,
      PictureFolder::open(settings_.pictures, settings_.picture_limits,
                          [log = observers_.log](std::size_t count, std::uint64_t bytes) {
                            log->warn("pictures removed for space", {{"pictures", count}, {"bytes", bytes}});
                          }));
  CAMFLEET_TRY(uploads_, UploadFolder::open(settings_.uploads, settings_.upload_limits));
  Analysis::Sinks sinks;
  sinks.due = [this](const SliceKey& key, Duration planned) { slice_due(key, planned); };
  sinks.ended = [this](const SliceRow& row, std::string_view line) { slice_ended(row, line); };
  sinks.found = [this](const Sample& sample, const media::Frame& frame,
                       const std::vector<vision::Box>& boxes) { found(sample, frame, boxes); };
  sinks.problem = [this](const Error& error, const plant::ProblemSubject& about) { report(error, about); };
  sinks.sampled = [this](InstanceIx ix) { has_begun(ix); };
  sinks.instance_ended = [this](InstanceIx ix) { instance_ended(ix); };
  sinks.takes_more = [this] { return recorder_->takes_more(); };
  sinks.takes_backlog = [this] { return recorder_->takes_backlog(); };
  sinks.opened = [this](DeviceIx device) { tell(StreamUp{roster()[device].id}); };
  sinks.reconnecting = [this](DeviceIx device) { tell(StreamRetried{roster()[device].id}); };
  sinks.clock_moved = [this](const plant::ClockMove& move, Instant at) { return report_clock(move, at); };
  CAMFLEET_TRY(analysis_, Analysis::make(settings_.analysis, std::move(sinks)));
  for (const vision::Algorithm& algorithm : catalogue().all())
    observers_.metrics->algorithm_offered(algorithm.id);
  commits_ = std::make_unique<store::CommitQueue>(
      *store_, [this](const Error& error) { report_refused(error); },
      [this](Duration took, std::span<const store::Change> changes, const result<store::Committed>& outcome) {
        report_committed(took, outcome);
        if (outcome.has_value()) report_findings(changes, outcome.value().repeated);
      });
  Recorder::Hooks hooks;
  hooks.keep = [this](const std::vector<std::uint8_t>& jpeg) { return pictures_->keep(jpeg); };
  hooks.picture_lost = [this](const Error& error) { report_lost_picture(error); };
  hooks.behind = [this](bool is_behind, std::size_t waiting) { report_behind(is_behind, waiting); };
  recorder_ = std::make_unique<Recorder>(*commits_, settings_.recorder, std::move(hooks));
  CAMFLEET_CHECK(recover());
  is_recovered_ = true;
  commits_->submit({store::Probe{}});
  commits_->flush();
  return success();
}

result<void> Service::know_device(const std::string& id, const std::string& region, const std::string& source,
                                  plant::MeasuredFootage* footage) {
  if (roster().find_device(id)) return success();
  CAMFLEET_CHECK(check_device(id, source));
  CAMFLEET_TRY(DeviceEntry entry, analysis_->device(id, region, source, footage));
  CAMFLEET_TRY(const DeviceIx added, analysis_->roster().add_device(std::move(entry)));
  // Should the instance that names it be refused, nobody does; those of a fleet and of calls stay all the
  // same.
  if (!settings_.fleet && !devices_.contains(id)) idle_devices_.insert(added);
  return success();
}

result<void> Service::check_device(const std::string& id, const std::string& source) const {
  const auto entry = analysis_->device(id, "", source);
  if (!entry.has_value()) return BOOST_OUTCOME_V2_NAMESPACE::failure(within("device " + id, entry.error()));
  if (settings_.analysis.speed.is_real_time()) return success();
  CAMFLEET_TRY(const media::SourceUrl url, media::parse_source_url(source));
  const auto traits = analysis_->sources().traits_of(url);
  if (traits.has_value() && !traits.value().films_really()) return success();
  return fail(Errc::unsupported, "device " + id,
              "is live, and films in real time; a rehearsal with --speed has recorded footage and pictures");
}

result<void> Service::check_pulled(const media::SourceUrl& url) const {
  CAMFLEET_CHECK(analysis_->sources().traits_of(url));
  return success();
}

std::string Service::source_of_new(const std::string& device) const {
  const auto made = devices_.find(device);
  std::string source = made == devices_.end() ? "" : source_of(made->second);
  return source.empty() && !settings_.fleet ? settings_.demo_source : source;
}

void Service::measure(const InstanceSpec& spec, plant::MeasuredFootage& footage) const {
  if (!spec.is_whole()) return;
  std::set<std::string> sources;
  {
    const std::lock_guard lock(mutex_);
    for (const DeviceSpec& device : spec.devices) {
      const auto known = roster().find_device(device.id);
      sources.insert(known ? roster()[*known].source : source_of_new(device.id));
    }
  }
  for (const std::string& source : sources) std::ignore = analysis_->device("", "", source, &footage);
}

result<void> Service::know_devices(const InstanceSpec& spec, plant::MeasuredFootage& footage) {
  const bool whole = spec.is_whole();
  std::vector<std::string> demo;
  for (const DeviceSpec& device : spec.devices) {
    if (const auto known = roster().find_device(device.id)) {
      CAMFLEET_CHECK(analysis_->ask(roster()[*known].source, device));
      if (whole) CAMFLEET_CHECK(measure_again(*known, footage));
      continue;
    }
    const std::string source = source_of_new(device.id);
    if (source.empty()) continue;  // the roster names what it does not know
    CAMFLEET_CHECK(know_device(device.id, device.region, source, whole ? &footage : nullptr));
    CAMFLEET_CHECK(analysis_->ask(source, device));
    if (!devices_.contains(device.id)) demo.push_back(device.id);
  }
  report_demo(demo);
  return success();
}

result<void> Service::measure_again(DeviceIx device, plant::MeasuredFootage& footage) {
  const DeviceEntry& known = roster()[device];
  if (known.kind == DeviceKind::live) return success();
  CAMFLEET_TRY(const DeviceEntry now, analysis_->device(known.id, known.region, known.source, &footage));
  analysis_->roster().set_footage(device, now);
  return success();
}

result<void> Service::check_devices(const InstanceSpec& spec, const Projects& projects) const {
  for (std::size_t i = 0; i < spec.devices.size(); ++i) {
    const std::string& id = spec.devices[i].id;
    const auto made = devices_.find(id);
    // One that is about to go is nobody's any more, also while the roster still knows it.
    const bool is_known = made != devices_.end() ? is_made(id) && is_among(made->second.project, projects)
                                                 : !settings_.fleet || roster().find_device(id).has_value();
    if (!is_known)
      return fail(Errc::unknown_id, "Devices[" + std::to_string(i) + "].DeviceId",
                  quote(id) + " is no device of the fleet file, nor one that was created here");
  }
  return success();
}

result<InstanceIx> Service::admit(std::int64_t id, InstanceSpec spec, Instant created,
                                  std::optional<std::vector<Duration>> phases,
                                  plant::MeasuredFootage& footage) {
  for (std::size_t i = 0; i < spec.algorithms.size(); ++i) {
    const auto offered = analysis_->offers(spec.algorithms[i].id);
    if (!offered.has_value()) {
      return BOOST_OUTCOME_V2_NAMESPACE::failure(
          within("Algorithms[" + std::to_string(i) + "].AlgorithmId", offered.error()));
    }
  }
  CAMFLEET_CHECK(know_devices(spec, footage));
  CAMFLEET_TRY(const InstanceIx ix, analysis_->roster().add_instance(std::to_string(id), std::move(spec),
                                                                     created, std::move(phases)));
  if (id_of_.size() <= ix.value) id_of_.resize(ix.value + 1);
  id_of_[ix.value] = id;
  const std::lock_guard begun(begun_mutex_);
  if (begun_.size() <= ix.value) begun_.resize(ix.value + 1);
  begun_[ix.value] = false;
  return ix;
}

StatusFacts Service::new_facts(InstanceIx ix, const std::vector<DeviceIx>& removed) const {
  return {.first = first_window(roster()[ix], roster(), removed)};
}

void Service::create(const std::string& project, const Projects& projects, const nlohmann::json& fields,
                     std::function<void(const result<Created>&)> done) {
  auto spec = parse_instance(fields, {settings_.zone});
  if (!spec.has_value()) return done(BOOST_OUTCOME_V2_NAMESPACE::failure(spec.error()));
  const std::string name = spec.value().name;
  // A server that is started with another zone must not move what exists.
  nlohmann::json kept = fields;
  kept["Zone"] = spec.value().schedule.zone;
  const Created created{0, acu_used(spec.value(), spec.value().schedule, settings_.costs)};
  plant::MeasuredFootage footage;
  measure(spec.value(), footage);
  if (const auto room = has_room(); !room.has_value())
    return done(BOOST_OUTCOME_V2_NAMESPACE::failure(room.error()));
  std::unique_lock lock(mutex_);
  const std::int64_t id = last_id_ + 1;
  const Instant at = analysis_->now();
  const auto ix = [&]() -> result<InstanceIx> {
    CAMFLEET_CHECK(check_devices(spec.value(), projects));
    return admit(id, std::move(spec).value(), at, std::nullopt, footage);
  }();
  if (!ix.has_value()) {
    lock.unlock();
    return done(BOOST_OUTCOME_V2_NAMESPACE::failure(ix.error()));
  }
  last_id_ = id;
  instances_.emplace(id, Entry{name, project, ix.value(), created.acu, false, new_facts(ix.value()), {}});
  store::InstanceRecord record{
      id, project, name, kept.dump(), counts_of(roster()[ix.value()].phases), count_of(at)};
  // Under the lock, so that ids are stored in their order.
  commits_->submit({store::PutInstance{std::move(record)}},
                   [this, id, created, project, done = std::move(done)](const result<void>& stored) {
                     if (!stored.has_value()) {
                       {
                         const std::lock_guard guard(mutex_);
                         // Nobody was told of it.
                         const InstanceIx ended = instances_.at(id).ix;
                         idle_devices_.insert(roster()[ended].devices.begin(), roster()[ended].devices.end());
                         analysis_->roster().release_instance(ended);
                         instances_.erase(id);
                       }
                       return done(BOOST_OUTCOME_V2_NAMESPACE::failure(stored.error()));
                     }
                     {
                       const std::lock_guard guard(mutex_);
                       Entry& entry = instances_.at(id);
                       entry.durable = true;
                       ++durable_in_[entry.project];
                       analysis_->add({entry.ix});
                       tell_switched(entry);
                     }
                     tell(InstanceCreated{id, project, false});
                     done(Created{id, created.acu});
                   });
}

const Service::Entry* Service::seen(std::int64_t id, const Projects& projects) const {
  const auto found = instances_.find(id);
  if (found == instances_.end() || !found->second.durable || !is_among(found->second.project, projects))
    return nullptr;
  return &found->second;
}

void Service::remove(const std::vector<std::int64_t>& ids, const Projects& projects,
                     std::function<void(const result<void>&)> done) {
  if (const auto room = has_room(); !room.has_value())
    return done(BOOST_OUTCOME_V2_NAMESPACE::failure(room.error()));
  std::unique_lock lock(mutex_);
  std::vector<store::Change> changes;
  const store::Nanoseconds at = count_of(analysis_->now());
  for (const std::int64_t id : ids) {
    const Entry* entry = seen(id, projects);
    if (entry == nullptr || entry->facts.stopping) {
      lock.unlock();
      return done(fail(Errc::unknown_id, "InstanceIds",
                       quote(std::to_string(id)) + " is no instance here; nothing was deleted"));
    }
    changes.emplace_back(store::EndInstance{id, at});
  }
  for (const std::int64_t id : ids) instances_.at(id).facts.stopping = true;
  commits_->submit(std::move(changes), [this, ids, done = std::move(done)](const result<void>& stored) {
    {
      const std::lock_guard guard(mutex_);
      for (const std::int64_t id : ids) {
        if (stored.has_value()) {
          forget(id);
        } else {
          instances_.at(id).facts.stopping = false;
        }
      }
    }
    done(stored);
  });
}

void Service::forget(std::int64_t id) {
  const auto gone = instances_.extract(id);
  if (gone.empty()) return;
  const Entry& entry = gone.mapped();
  --durable_in_[entry.project];
  ending_.insert(entry.ix);
  analysis_->remove(entry.ix);
  tell(InstanceDeleted{id, entry.project});
}

InstanceView Service::view(std::int64_t id, const Entry& entry) const {
  const InstanceEntry& instance = roster()[entry.ix];
  StatusFacts facts = entry.facts;
  {
    const std::lock_guard lock(begun_mutex_);
    facts.begun = begun_[entry.ix.value];
  }
  return {id,        entry.name, entry.project, status_of(instance.calendar, now(), facts), instance.created,
          entry.acu, entry.ix,   entry.removed};
}

void Service::has_begun(InstanceIx ix) {
  const std::lock_guard lock(begun_mutex_);
  begun_[ix.value] = true;
}

void Service::slice_due(const SliceKey& key, Duration planned) {
  const std::int64_t id = std::stoll(roster()[key.instance].id);
  const std::string& device = roster()[key.device].id;
  tell(SliceBecameDue{id, device, key.due_at, planned, now() - key.due_at, recovering_});
  // What is open again is in the store.
  if (!recovering_) recorder_->add(store::SliceDue{{id, device, count_of(key.due_at)}, planned.count()});
}

void Service::slice_ended(const SliceRow& row, std::string_view line) {
  while (line.ends_with('\n')) line.remove_suffix(1);
  const Judgement verdict = judge(row);
  const std::int64_t id = std::stoll(roster()[row.key.instance].id);
  recorder_->add(store::SliceEnded{{{id, roster()[row.key.device].id, count_of(row.key.due_at)},
                                    std::string(to_text(verdict.outcome)),
                                    std::string(line)}});
  tell(SliceEnded{id, roster()[row.key.device].id, &row, verdict, line});
  has_begun(row.key.instance);
  const std::lock_guard lock(mutex_);
  const auto found = instances_.find(id);
  if (found == instances_.end()) return;
  Entry& entry = found->second;
  const auto window = roster()[row.key.instance].calendar.at(row.key.due_at);
  const Instant opens = window ? window->opens : row.key.due_at;
  if (opens > entry.last_window) {
    entry.last_window = opens;
    entry.facts.unreachable = verdict.reason == Reason::camera_offline;
  }
  entry.facts.unreachable &= !row.started_at && verdict.reason == Reason::camera_offline;
}

void Service::found(const Sample& sample, const media::Frame& frame, const std::vector<vision::Box>& boxes) {
  store::FindingRecord finding;
  const InstanceEntry& instance = roster()[sample.instance];
  finding.slice = {std::stoll(instance.id), roster()[sample.device].id, count_of(sample.due_at)};
  finding.algorithm = roster()[instance.algorithms[sample.algorithm]];
  finding.at = count_of(sample.at);
  plant::append_finding_line(finding.line, sample, frame, boxes, roster());
  auto jpeg =
      vision::draw_findings({frame.pixels(), frame.width, frame.height, frame.stride}, boxes, jpeg_quality);
  if (!jpeg.has_value()) report(jpeg.error());
  recorder_->add(std::move(finding),
                 jpeg.has_value() ? std::move(jpeg).value() : std::vector<std::uint8_t>{});
}

}  // namespace camfleet::service
