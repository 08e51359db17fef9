#include "tools/camfleet/worlds/stage.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <iterator>
#include <map>
#include <set>
#include <thread>

#include "actors/plan/concurrency.hpp"
#include "runtime/media/source_url.hpp"
#include "runtime/plant/whole_file.hpp"

namespace camfleet::cli {
namespace {

/// Without links and dots, as far as it is there.
std::filesystem::path real_path(const std::filesystem::path& path) {
  std::error_code code;
  const auto absolute = std::filesystem::absolute(path, code);
  auto real = std::filesystem::weakly_canonical(absolute, code);
  return code ? absolute.lexically_normal() : real;
}

bool is_within(const std::filesystem::path& path, const std::filesystem::path& folder) {
  return std::mismatch(folder.begin(), folder.end(), path.begin(), path.end()).first == folder.end();
}

/// Errors: bad_usage: the pictures of the findings would take the place of what is analysed.
result<void> check_out(const std::filesystem::path& out, const std::vector<sim::ScenarioDevice>& devices,
                       const media::SourceRegistry& sources) {
  const auto pictures = real_path(out / "pictures");
  for (const sim::ScenarioDevice& device : devices) {
    CAMFLEET_TRY(const media::SourceUrl url, media::parse_source_url(device.source));
    const auto traits = sources.traits_of(url);
    if (!traits.has_value() || !traits.value().is_here) continue;
    const std::filesystem::path path(url.path);
    // A link is in its folder, wherever it points to.
    if (is_within(real_path(path), pictures) || is_within(real_path(path.parent_path()), pictures))
      return fail(Errc::bad_usage, "--out",
                  (out / "pictures").string() + " holds the source of device " + device.id +
                      ", and findings would be written over it; give another folder");
  }
  return success();
}

}  // namespace

Stage::Stage(const sim::Scenario& scenario, const RunOptions& options, RunReport& report)
    : scenario_(&scenario),
      options_(&options),
      report_(&report),
      threads_(options.threads > 0 ? options.threads : std::max(1U, std::thread::hardware_concurrency())),
      films_({camera::Library::standard_folder(), options.camera_cache, threads_,
              [&report](const Error& error) { report.problems.add(error); }}),
      book_(
          roster_, [this](const SliceRow& row, std::string_view line) { record(row, line); },
          options.ledger) {}

result<void> Stage::set_up(const KindOf& kind_of, Engines engines) {
  sources_.add(std::string(camera::scheme), films_.scheme());
  CAMFLEET_CHECK(fill_roster(kind_of, engines));
  const bool has_nodes = engines == Engines::modelled ? scenario_->nodes.size() > 1 : options_->nodes > 0;
  if (has_nodes) {
    CAMFLEET_CHECK(sim::add_nodes(scenario_->nodes, roster_));
  }
  CAMFLEET_CHECK(set_cameras());
  scoring_.set_up(roster_, cameras_, catalogue_, scenario_->counted);
  scoring_.add_faults(faults_);
  if (engines == Engines::loaded) {
    if (options_->nodes > 0) set_process_faults_apart();
    CAMFLEET_CHECK(load_algorithms());
    CAMFLEET_CHECK(make_loops());
  } else {
    for (const vision::Algorithm* algorithm : algorithms_of_instances()) {
      if (algorithm != nullptr)
        report_->algorithms.push_back({algorithm->id, algorithm->name_en, "a model of its cost", ""});
    }
  }
  by_algorithm_.resize(roster_.algorithms().size());
  meter_.emplace(roster_, scenario_->from, scenario_->until());
  book_.on_due([this](const SliceKey& key, Duration /*planned*/) {
    meter_->due(key);
    if (observer_.due) observer_.due(key);
  });
  return open_records();
}

result<void> Stage::fill_roster(const KindOf& kind_of, Engines engines) {
  catalogue_ = vision::Catalogue::built_in();
  if (!options_->catalogue.empty()) CAMFLEET_CHECK(catalogue_.merge_file(options_->catalogue));
  for (const vision::Algorithm& algorithm : catalogue_.all())
    CAMFLEET_CHECK(roster_.add_algorithm(algorithm.id));
  // A plant that reads footage comes to its end by itself; a `once` without times must know it beforehand.
  const bool reads_none = engines == Engines::modelled;
  std::set<std::string, std::less<>> wants_length;
  for (const InstanceSpec& spec : scenario_->instances) {
    if (!reads_none && !spec.is_whole()) continue;
    for (const DeviceSpec& device : spec.devices) wants_length.insert(device.id);
  }
  for (const sim::ScenarioDevice& device : scenario_->devices) {
    CAMFLEET_TRY(DeviceEntry entry, device_entry(device, kind_of));
    if (entry.kind != DeviceKind::live && wants_length.contains(device.id)) measure(entry, reads_none);
    CAMFLEET_CHECK(roster_.add_device(std::move(entry)));
  }
  for (std::size_t i = 0; i < scenario_->instances.size(); ++i) {
    const InstanceSpec& spec = scenario_->instances[i];
    const auto added = roster_.add_instance(spec.name, spec, scenario_->from);
    if (!added.has_value()) return pass(within("instances[" + std::to_string(i) + "]", added.error()));
  }
  return success();
}

result<void> Stage::set_cameras() {
  CAMFLEET_TRY(cameras_, cameras_of(roster_, report_->problems));
  CAMFLEET_TRY(faults_, sim::draw_faults(scenario_->faults, roster_, scenario_->seed, scenario_->from,
                                         scenario_->until()));
  if (options_->film_faults_alone) keep_film_faults();
  camera::align_faults(faults_, cameras_);
  std::map<std::uint32_t, std::vector<sim::Fault>> by_device;
  for (const sim::Fault& fault : faults_) {
    if (sim::victim_of(fault.kind) == sim::Victim::camera) by_device[fault.device.value].push_back(fault);
  }
  for (std::uint32_t i = 0; i < roster_.device_count(); ++i) {
    if (cameras_[i]) films_.add(roster_[DeviceIx{i}].id, *cameras_[i], camera::CameraFaults(by_device[i]));
  }
  return success();
}

void Stage::set_process_faults_apart() {
  const auto is_of_process = [](const sim::Fault& fault) {
    return sim::victim_of(fault.kind) == sim::Victim::node || fault.kind == sim::FaultKind::scheduler_restart;
  };
  std::ranges::copy_if(faults_, std::back_inserter(process_faults_), is_of_process);
  std::erase_if(faults_, is_of_process);
}

std::size_t Stage::keep_film_faults() {
  return std::erase_if(faults_, [&](const sim::Fault& fault) {
    return sim::victim_of(fault.kind) != sim::Victim::camera || !cameras_[fault.device.value];
  });
}

result<void> Stage::make_loops() {
  const std::size_t others = keep_film_faults();
  if (others > 0)
    report_->problems.add({Errc::unsupported, "faults",
                           std::to_string(others) +
                               " of them befall no synthetic camera, and are simulated with "
                               "--world virtual; those of nodes and links befall processes with --nodes N"});
  return films_.library().make(films_.loops(), [this](const camera::Library::Progress& progress) {
    return !options_->filming || options_->filming(progress.made, progress.all);
  });
}

result<DeviceEntry> Stage::device_entry(const sim::ScenarioDevice& device, const KindOf& kind_of) const {
  CAMFLEET_TRY(const media::SourceUrl url, media::parse_source_url(device.source));
  DeviceEntry entry;
  entry.id = device.id;
  entry.region = device.region;
  entry.source = device.source;
  const auto kind = kind_of(url, sources_);
  if (!kind.has_value()) return pass(within("device " + device.id, kind.error()));
  entry.kind = kind.value();
  return entry;
}

void Stage::measure(DeviceEntry& entry, bool says_problems) {
  plant::SourceFacts& footage = options_->footage == nullptr ? own_footage_ : *options_->footage;
  const auto measured = footage.measure(entry, sources_);
  if (!measured.has_value() && says_problems)
    report_->problems.add(within("device " + entry.id, measured.error()));
}

std::vector<const vision::Algorithm*> Stage::algorithms_of_instances() const {
  std::vector<const vision::Algorithm*> used(roster_.algorithms().size(), nullptr);
  for (std::uint32_t i = 0; i < roster_.instance_count(); ++i) {
    for (const AlgorithmIx ix : roster_[InstanceIx{i}].algorithms)
      used[ix.value] = &catalogue_.all()[ix.value];
  }
  return used;
}

result<void> Stage::load_algorithms() {
  std::vector<const vision::Algorithm*> used = algorithms_of_instances();
  const auto models = vision::ModelPath::standard(options_->models);
  for (const vision::Algorithm* algorithm : used) {
    if (algorithm == nullptr) continue;
    CAMFLEET_TRY(const vision::Variant* variant, vision::choose_variant(*algorithm, models));
    std::string absent;
    for (const std::string& file : vision::missing_files(algorithm->variants.front(), models))
      absent += (absent.empty() ? "" : ", ") + file;
    report_->algorithms.push_back({algorithm->id, algorithm->name_en, variant->engine, absent});
  }
  CAMFLEET_TRY(
      engines_,
      plant::EngineSet::load(
          std::move(used),
          [models](const vision::Algorithm& one) { return vision::make_engine(one, models); }, threads_));
  return success();
}

result<void> Stage::open_records() {
  if (!options_->out.empty()) CAMFLEET_CHECK(check_out(options_->out, scenario_->devices, sources_));
  CAMFLEET_TRY(findings_, plant::FindingLog::make(roster_, options_->out));
  findings_->on_added(
      [this](const Sample& sample, const media::Frame& frame, const std::vector<vision::Box>& boxes) {
        scoring_.found(sample, frame, boxes);
        if (observer_.found) observer_.found(sample);
      });
  if (options_->out.empty()) return success();
  if (!options_->ledger) return success();
  ledger_file_.open(options_->out / "ledger.jsonl", std::ios::binary | std::ios::trunc);
  if (!ledger_file_)
    return fail(Errc::io, (options_->out / "ledger.jsonl").string(),
                "cannot be written; give a folder that can, with --out");
  return success();
}

result<void> Stage::close_records() {
  if (options_->out.empty()) return success();
  const auto ledger = close_ledger();
  CAMFLEET_CHECK(plant::write_whole(options_->out / "summary.json", report_->summary.dump(2) + "\n",
                                    plant::Durability::cached));
  CAMFLEET_CHECK(ledger);
  if (options_->ledger)
    CAMFLEET_CHECK(plant::write_whole(options_->out / "plan.json", check::to_json(plan()).dump() + "\n",
                                      plant::Durability::cached));
  CAMFLEET_CHECK(scoring_.write(options_->out));
  return findings_->finish();
}

check::CheckedPlan Stage::plan() const {
  check::CheckedPlan plan = check::plan_of(roster_, scenario_->from, scenario_->until());
  plan.healed = healed_;
  if (!stopped_) return plan;
  plan.around_end = stopped_->second;
  for (check::CheckedInstance& one : plan.instances) one.ended = stopped_->first;
  return plan;
}

result<void> Stage::close_ledger() {
  if (!ledger_file_.is_open()) return success();
  ledger_file_.close();
  note_ledger();
  if (ledger_reason_ == 0) return success();
  plant::keep_whole_lines(options_->out / "ledger.jsonl");
  return fail(Errc::io, (options_->out / "ledger.jsonl").string(),
              std::string("cannot be written: ") + std::strerror(ledger_reason_));
}

void Stage::note_ledger() {
  // Only now the system's reason is there.
  if (!ledger_file_ && ledger_reason_ == 0) ledger_reason_ = errno == 0 ? EIO : errno;
}

void Stage::record(const SliceRow& row, std::string_view line) {
  ++ended_;
  meter_->ended(row);
  scoring_.ended(row);
  if (!row.given_up.empty()) findings_->give_up(row.key, row.given_up);
  if (observer_.row) observer_.row(row);
  if (ledger_file_.is_open()) {
    ledger_file_ << line;
    note_ledger();
  }
  for (const SlicePart& part : row.parts) {
    if (!part.why.empty()) ++report_->moved[part.why];
  }
  const Judgement verdict = row.verdict;
  DeviceReport& report = by_device_[(std::uint64_t{row.key.instance.value} << 32U) | row.key.device.value];
  ++report.slices[static_cast<std::size_t>(verdict.outcome)];
  if (verdict.reason != Reason::none) {
    report.reason = verdict.reason;
    report.detail = row.detail;
  }
  const auto& algorithms = roster_[row.key.instance].algorithms;
  for (std::size_t i = 0; i < row.algorithms.size(); ++i) {
    const AlgorithmAccount& account = row.algorithms[i];
    report.due += account.due;
    report.analysed += account.analysed;
    SampleSums& sums = by_algorithm_[algorithms[i].value];
    sums.due += account.due;
    sums.analysed += account.analysed;
    sums.gated += account.gated;
  }
}

nlohmann::ordered_json Stage::algorithms_used() const {
  auto list = nlohmann::ordered_json::array();
  for (const AlgorithmReport& used : report_->algorithms) {
    auto labels = nlohmann::ordered_json::object();
    for (const auto& [label, count] : used.found.labels)
      labels[label] = {{"findings", count.samples}, {"boxes", count.boxes}};
    list.push_back(
        {{"algorithm", used.id},
         {"name", used.name},
         {"engine", used.engine},
         {"samples",
          {{"due", used.samples.due}, {"analysed", used.samples.analysed}, {"gated", used.samples.gated}}},
         {"findings", used.found.all.samples},
         {"boxes", used.found.all.boxes},
         {"labels", labels}});
  }
  return list;
}

void Stage::list_algorithms() {
  const auto& known = roster_.algorithms();
  for (AlgorithmReport& used : report_->algorithms) {
    const auto at = std::ranges::find(known, used.id) - known.begin();
    const AlgorithmIx ix{static_cast<std::uint32_t>(at)};
    used.samples = by_algorithm_[ix.value];
    used.found = findings_->of(ix);
  }
}

void Stage::list_devices() {
  std::vector<std::uint64_t> keys;
  for (const auto& [key, report] : by_device_) keys.push_back(key);
  std::ranges::sort(keys);
  for (const std::uint64_t key : keys) {
    const InstanceIx instance{static_cast<std::uint32_t>(key >> 32U)};
    const DeviceIx device{static_cast<std::uint32_t>(key)};
    DeviceReport& report = by_device_[key];
    report.instance = roster_[instance].id;
    report.device = roster_[device].id;
    report.found = findings_->of(instance, device).samples;
    report_->devices.push_back(std::move(report));
  }
}

RunState Stage::state(Instant now, const timing::Speed& speed) const {
  RunState state{meter_->done(now), ended_, std::nullopt};
  // Time that passes by itself cannot be hurried by work that is done.
  if (!speed.is_max()) {
    constexpr double longest = 1e18;
    const auto left = static_cast<double>(std::max(Duration(0), meter_->ends() - now).count());
    const double factor = static_cast<double>(*speed.millionths) / timing::Speed::real_time;
    state.left = Duration(static_cast<std::int64_t>(std::min(left / factor, longest)));
  }
  return state;
}

result<void> Stage::wind_up(sim::RunFacts facts) {
  if (const auto closed = book_.closed(); !closed.has_value()) {
    Error error = closed.error();
    for (const std::string& wait : facts.waits) error.what += "; " + wait;
    return pass(std::move(error));
  }
  facts.scenario = scenario_->name;
  if (facts.is_repeatable && !scenario_->counted) facts.findings_fingerprint = findings_->fingerprint();
  facts.is_repeatable = facts.is_repeatable && options_->ledger;
  facts.seed = scenario_->seed;
  facts.bound = concurrency_bound(roster_, scenario_->from, scenario_->until());
  facts.wall = watch_.wall();
  facts.cpu = watch_.cpu();
  facts.rss_bytes = peak_rss_bytes();
  facts.findings += findings_->total().samples;
  facts.score = scoring_.document();
  if (facts.nodes.empty())
    facts.nodes.push_back(
        {.id = "local", .acu = threads_, .core_time = facts.core, .lasted = facts.wall, .peak = {}});
  if (!roster_.has_placement()) facts.nodes.front() = sim::whole_of(facts.nodes.front(), book_.ledger());
  CAMFLEET_TRY(report_->summary, sim::summarise(facts, book_.ledger(), scenario_->expectations));
  list_algorithms();
  report_->summary["algorithms"] = algorithms_used();
  CAMFLEET_CHECK(close_records());
  list_devices();
  return success();
}

}  // namespace camfleet::cli
