#include "tools/camfleet/world_replay.hpp"

#include <algorithm>
#include <chrono>
#include <fstream>
#include <map>
#include <set>
#include <thread>

#include "actors/concurrency.hpp"
#include "actors/ledger_book.hpp"
#include "runtime/media/source.hpp"
#include "runtime/plant/finding_log.hpp"
#include "runtime/plant/inference_pool.hpp"
#include "simulator/kernel.hpp"
#include "simulator/replay_plant.hpp"
#include "simulator/summary.hpp"
#include "tools/camfleet/process.hpp"

namespace camfleet::cli {
namespace {

constexpr std::uint64_t events_between_progress = 8;

/// Everything that one replay is put together from; the parts point at each other, so it stays where it was
/// made.
class ReplayWorld {
 public:
  ReplayWorld(const sim::Scenario& scenario, const ReplayOptions& options)
      : scenario_(&scenario), options_(&options) {}

  result<ReplayReport> run(const ReplayProgress& progress) {
    const Stopwatch watch;
    CAMFLEET_CHECK(fill_roster());
    CAMFLEET_CHECK(start_pool());
    CAMFLEET_CHECK(open_records());
    sim::EventQueue queue(scenario_->from);
    LedgerBook book(roster_, [this](const SliceRow& row, std::string_view line) { record(row, line); });
    const unsigned threads = pool_->threads();
    sim::ReplayPlant plant({&roster_, &queue, &book, &sources_, pool_.get(), &*findings_, &report_.problems},
                           {});
    const sim::KernelSettings settings{scenario_->seed, scenario_->until(), {threads, 64}, {}};
    sim::Kernel<sim::ReplayPlant> kernel(roster_, queue, plant, settings);
    for (std::uint32_t i = 0; i < roster_.instance_count(); ++i) kernel.add_instance(InstanceIx{i});
    while (kernel.step()) {
      if (queue.taken() % events_between_progress == 0) progress(thousandths(queue.now()), ended_);
    }
    progress(1000, ended_);
    CAMFLEET_CHECK(book.closed());
    CAMFLEET_CHECK(findings_->finish());
    sim::RunFacts facts;
    facts.scenario = scenario_->name;
    facts.seed = scenario_->seed;
    facts.world = "replay";
    facts.bound = concurrency_bound(roster_, scenario_->from, scenario_->until());
    facts.events = queue.taken();
    facts.virtual_time = queue.now() - scenario_->from;
    facts.wall = watch.wall();
    facts.cpu = watch.cpu();
    facts.rss_bytes = peak_rss_bytes();
    facts.findings = findings_->total().samples;
    CAMFLEET_TRY(report_.summary, sim::summarise(facts, book.ledger(), scenario_->expectations));
    report_.summary["algorithms"] = algorithms_used();
    CAMFLEET_CHECK(close_records());
    list_devices();
    return std::move(report_);
  }

 private:
  result<void> fill_roster();
  result<void> start_pool();
  result<void> open_records();
  result<void> close_records();
  result<DeviceEntry> device_entry(const sim::ScenarioDevice& device, bool wants_length);
  void measure(DeviceEntry& entry);
  void record(const SliceRow& row, std::string_view line);
  [[nodiscard]] nlohmann::ordered_json algorithms_used() const;
  void list_devices();

  [[nodiscard]] std::uint64_t thousandths(Instant now) const {
    return static_cast<std::uint64_t>(
        std::clamp<std::int64_t>((now - scenario_->from) / (scenario_->span / 1000 + Duration(1)), 0, 1000));
  }

  const sim::Scenario* scenario_;
  const ReplayOptions* options_;
  Roster roster_;
  vision::Catalogue catalogue_;
  media::SourceRegistry sources_;
  std::map<std::string, std::pair<Duration, std::uint32_t>> measured_;  ///< by URL: length, pictures
  std::unique_ptr<plant::InferencePool> pool_;
  std::optional<plant::FindingLog> findings_;
  std::ofstream ledger_file_;
  std::uint64_t ended_ = 0;
  std::map<std::pair<InstanceIx, DeviceIx>, DeviceReport> by_device_;
  ReplayReport report_;
};

result<void> ReplayWorld::fill_roster() {
  media::register_file_schemes(sources_);
  catalogue_ = vision::Catalogue::built_in();
  if (!options_->catalogue.empty()) CAMFLEET_CHECK(catalogue_.merge_file(options_->catalogue));
  for (const vision::Algorithm& algorithm : catalogue_.all())
    CAMFLEET_CHECK(roster_.add_algorithm(algorithm.id));
  // Only a `once` without times asks how long its footage is.
  std::set<std::string, std::less<>> wants_length;
  for (const InstanceSpec& spec : scenario_->instances) {
    if (spec.schedule.type != ScheduleType::once || !spec.schedule.windows.empty() || spec.polling) continue;
    for (const DeviceSpec& device : spec.devices) wants_length.insert(device.id);
  }
  for (const sim::ScenarioDevice& device : scenario_->devices) {
    CAMFLEET_TRY(DeviceEntry entry, device_entry(device, wants_length.contains(device.id)));
    CAMFLEET_CHECK(roster_.add_device(std::move(entry)));
  }
  for (const InstanceSpec& spec : scenario_->instances) {
    CAMFLEET_CHECK(roster_.add_instance(spec.name, spec, scenario_->from));
  }
  return success();
}

result<DeviceEntry> ReplayWorld::device_entry(const sim::ScenarioDevice& device, bool wants_length) {
  CAMFLEET_TRY(const media::SourceUrl url, media::parse_source_url(device.source));
  DeviceEntry entry;
  entry.id = device.id;
  entry.region = device.region;
  entry.source = device.source;
  if (url.scheme == "file") {
    entry.kind = DeviceKind::recorded;
  } else if (url.scheme == "pictures") {
    entry.kind = DeviceKind::pictures;
  } else {
    return fail(Errc::unsupported, "device " + device.id,
                url.text + " cannot be replayed; replay reads file:// and pictures://");
  }
  if (wants_length) measure(entry);
  return entry;
}

void ReplayWorld::measure(DeviceEntry& entry) {
  if (const auto known = measured_.find(entry.source); known != measured_.end()) {
    std::tie(entry.length, entry.pictures) = known->second;
    return;
  }
  // Looped footage has no end; as long as itself means once through.
  auto url = media::parse_source_url(entry.source).value();
  std::string once = media::file_url(url.path, url.scheme);
  if (const auto start = url.query.find("start"); start != url.query.end()) once += "?start=" + start->second;
  const auto source = sources_.open(once, {});
  if (source.has_value()) {
    const Duration length = source.value()->info().length;
    if (entry.kind == DeviceKind::pictures) {
      entry.pictures = static_cast<std::uint32_t>(length / seconds(1));
    } else {
      entry.length = length;
    }
  }
  // One that cannot be opened is owed one sample; its slice will say why it failed.
  measured_.emplace(entry.source, std::pair(entry.length, entry.pictures));
}

result<void> ReplayWorld::start_pool() {
  std::vector<const vision::Algorithm*> used(roster_.algorithms().size(), nullptr);
  for (std::uint32_t i = 0; i < roster_.instance_count(); ++i) {
    for (const AlgorithmIx ix : roster_[InstanceIx{i}].algorithms)
      used[ix.value] = &catalogue_.all()[ix.value];
  }
  const unsigned cores = std::max(1U, std::thread::hardware_concurrency());
  const auto models = vision::ModelPath::standard(options_->models);
  for (const vision::Algorithm* algorithm : used) {
    if (algorithm == nullptr) continue;
    CAMFLEET_TRY(const vision::Variant* variant, vision::choose_variant(*algorithm, models));
    std::string absent;
    for (const std::string& file : vision::missing_files(algorithm->variants.front(), models))
      absent += (absent.empty() ? "" : ", ") + file;
    report_.algorithms.push_back({algorithm->id, algorithm->name_en, variant->engine, absent});
  }
  CAMFLEET_TRY(pool_, plant::InferencePool::start(std::move(used), models,
                                                  options_->threads > 0 ? options_->threads : cores));
  return success();
}

result<void> ReplayWorld::open_records() {
  CAMFLEET_TRY(findings_, plant::FindingLog::make(roster_, options_->out));
  if (options_->out.empty()) return success();
  ledger_file_.open(options_->out / "ledger.jsonl", std::ios::binary | std::ios::trunc);
  if (!ledger_file_)
    return fail(Errc::io, (options_->out / "ledger.jsonl").string(),
                "cannot be written; give a folder that can, with --out");
  return success();
}

result<void> ReplayWorld::close_records() {
  if (options_->out.empty()) return success();
  ledger_file_.close();
  std::ofstream file(options_->out / "summary.json", std::ios::binary | std::ios::trunc);
  file << report_.summary.dump(2) << '\n';
  file.close();
  if (!ledger_file_ || !file)
    return fail(Errc::io, options_->out.string(), "the records cannot be written; is the disk full?");
  return success();
}

void ReplayWorld::record(const SliceRow& row, std::string_view line) {
  ++ended_;
  if (ledger_file_.is_open()) ledger_file_ << line;
  const Judgement verdict = judge(row);
  DeviceReport& report = by_device_[{row.key.instance, row.key.device}];
  ++report.slices[static_cast<std::size_t>(verdict.outcome)];
  if (verdict.reason != Reason::none) report.reason = verdict.reason;
  for (const AlgorithmAccount& account : row.algorithms) {
    report.due += account.due;
    report.analysed += account.analysed;
  }
}

nlohmann::ordered_json ReplayWorld::algorithms_used() const {
  auto list = nlohmann::ordered_json::array();
  for (const AlgorithmReport& used : report_.algorithms)
    list.push_back({{"algorithm", used.id}, {"name", used.name}, {"engine", used.engine}});
  return list;
}

void ReplayWorld::list_devices() {
  for (auto& [key, report] : by_device_) {
    report.instance = roster_[key.first].id;
    report.device = roster_[key.second].id;
    report.found = findings_->of(key.first, key.second).samples;
    report_.devices.push_back(std::move(report));
  }
}

}  // namespace

result<ReplayReport> run_replay(const sim::Scenario& scenario, const ReplayOptions& options,
                                const ReplayProgress& progress) {
  ReplayWorld world(scenario, options);
  return world.run(progress);
}

}  // namespace camfleet::cli
