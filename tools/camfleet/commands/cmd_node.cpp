#include <algorithm>
#include <filesystem>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "runtime/cluster/model_offers.hpp"
#include "runtime/cluster/node.hpp"
#include "runtime/log/log.hpp"
#include "runtime/vision/catalogue.hpp"
#include "simulator/camera/cameras.hpp"
#include "simulator/scenario.hpp"
#include "tools/camfleet/cli/field_option.hpp"
#include "tools/camfleet/cli/host_port.hpp"
#include "tools/camfleet/cli/options.hpp"
#include "tools/camfleet/cli/output.hpp"
#include "tools/camfleet/cli/signals.hpp"
#include "tools/camfleet/commands/commands.hpp"
#include "tools/camfleet/worlds/run_output.hpp"
#include "tools/camfleet/worlds/sources.hpp"
#include "tools/camfleet/worlds/stage.hpp"

namespace camfleet::cli {
namespace {

/// What a node reads and runs.
struct Equipment {
  const media::SourceRegistry* sources = nullptr;
  plant::EngineSet* engines = nullptr;
  std::vector<const vision::Algorithm*> algorithms;  ///< by position; null where one is not used
  std::vector<std::string> ids;                      ///< of all of them
  vision::ModelPath models;
};

/// That of a node by itself: all algorithms whose models are here, and cameras as their URLs say.
class OwnEquipment {
 public:
  OwnEquipment(const RunOptions& options, logging::Log& log)
      : cameras_({camera::Library::standard_folder(), options.camera_cache, options.threads,
                  [&log](const Error& error) {
                    log.warn("synthetic camera", {{"error", error.line()}});
                  }}) {
    sources_.add(std::string(camera::scheme), cameras_.scheme());
  }

  result<Equipment> load(const RunOptions& options, logging::Log& log) {
    catalogue_ = vision::Catalogue::built_in();
    if (!options.catalogue.empty()) CAMFLEET_CHECK(catalogue_.merge_file(options.catalogue));
    Equipment equipment;
    equipment.models = vision::ModelPath::standard(options.models);
    for (const vision::Algorithm& algorithm : catalogue_.all()) {
      const auto variant = vision::choose_variant(algorithm, equipment.models);
      if (!variant.has_value()) log.info("not offered", {{"why", variant.error().line()}});
      equipment.algorithms.push_back(variant.has_value() ? &algorithm : nullptr);
      equipment.ids.push_back(algorithm.id);
    }
    CAMFLEET_TRY(engines_, plant::EngineSet::load(
                               equipment.algorithms,
                               [models = equipment.models](const vision::Algorithm& one) {
                                 return vision::make_engine(one, models);
                               },
                               options.threads));
    equipment.sources = &sources_;
    equipment.engines = engines_.get();
    return equipment;
  }

 private:
  camera::Cameras cameras_;
  media::SourceRegistry sources_ = all_sources();
  vision::Catalogue catalogue_;
  std::unique_ptr<plant::EngineSet> engines_;
};

/// That of a node of `run --nodes`: a scenario's algorithms, and its synthetic cameras with their faults.
class ScenarioEquipment {
 public:
  ScenarioEquipment(sim::Scenario scenario, const RunOptions& options)
      : scenario_(std::move(scenario)), options_(options), stage_(scenario_, options_, report_) {}

  result<Equipment> load() {
    CAMFLEET_CHECK(stage_.set_up(Stage::any_kind));
    Equipment equipment;
    equipment.models = vision::ModelPath::standard(options_.models);
    equipment.algorithms = stage_.used_algorithms();
    equipment.ids = {stage_.roster().algorithms().begin(), stage_.roster().algorithms().end()};
    equipment.sources = &stage_.sources();
    equipment.engines = &stage_.engines();
    return equipment;
  }

 private:
  const sim::Scenario scenario_;
  const RunOptions options_;
  RunReport report_;
  Stage stage_;
};

/// What a device that a node reaches may be of.
std::vector<std::string> schemes_of(const media::SourceRegistry& sources, bool has_files) {
  std::vector<std::string> schemes = sources.schemes();
  if (!has_files) std::erase_if(schemes, [](const auto& one) { return one == "file" || one == "pictures"; });
  return schemes;
}

result<cluster::Node::Settings> settings_of(const Values& values, const RunOptions& options,
                                            const Equipment& equipment) {
  CAMFLEET_TRY(const auto place, parse_host_port("--join", values.text("join")));
  cluster::Node::Settings settings;
  settings.call.host = place.first;
  settings.call.port = place.second;
  if (values.has("keys") == values.has("plain"))
    return fail(Errc::bad_usage, "--keys",
                "DIR is needed, or --plain NAME for a scheduler with --cluster-plain");
  if (values.has("plain")) {
    settings.call.plain_name = values.text("plain");
    CAMFLEET_CHECK(for_option("NAME", "--plain", link::check_node_name(settings.call.plain_name)));
    if (!is_loopback(settings.call.host))
      return fail(Errc::bad_usage, "--plain", "is for loopback alone, not for " + settings.call.host);
  } else {
    CAMFLEET_TRY(settings.keys, link::read_node_keys(values.text("keys")));
  }
  settings.hello.acu = options.threads;
  if (values.has("acu")) {
    CAMFLEET_TRY(const auto acu, values.whole("acu", 1, 4096));
    settings.hello.acu = static_cast<std::uint32_t>(acu);
  }
  if (values.has("region")) settings.hello.region = values.text("region");
  settings.hello.schemes = schemes_of(*equipment.sources, values.flag("files"));
  CAMFLEET_TRY(settings.hello.algorithms, cluster::offers_of(equipment.algorithms, equipment.models));
  settings.algorithms = equipment.ids;
  settings.threads = options.threads;
  settings.spool = values.text("spool");
  return settings;
}

result<ExitCode> run_node(const Values& values, Output& /*out*/) {
  SignalWatch signals;
  logging::Log log(std::cerr, {});
  CAMFLEET_TRY(RunOptions options, read_run_options(values));
  if (options.threads == 0) options.threads = std::max(1U, std::thread::hardware_concurrency());
  OwnEquipment own(options, log);
  std::optional<ScenarioEquipment> of_scenario;
  if (values.has("scenario")) {
    CAMFLEET_TRY(sim::Scenario scenario, sim::load_scenario(values.text("scenario")));
    if (values.has("seed")) {
      CAMFLEET_TRY(const auto seed, values.whole("seed", 0, INT64_MAX));
      scenario.seed = static_cast<std::uint64_t>(seed);
    }
    of_scenario.emplace(std::move(scenario), options);
  }
  CAMFLEET_TRY(const Equipment equipment, of_scenario ? of_scenario->load() : own.load(options, log));
  CAMFLEET_TRY(const cluster::Node::Settings settings, settings_of(values, options, equipment));
  plant::ProblemLog problems([&log](const Error& error, const auto& /*about*/) {
    log.warn("problem", {{"error", error.line()}});
  });
  const cluster::Node::Hooks hooks{.say = [&](const std::string& line) { log.info(line); },
                                   .wait = [&](Duration span) { return signals.wait(span) != 0; }};
  CAMFLEET_CHECK(cluster::Node::run(settings, {equipment.sources, equipment.engines, &problems}, hooks));
  log.info("stopped");
  return ExitCode::fine;
}

}  // namespace

Command node_command() {
  Command command{
      .name = "node",
      .summary = "carry devices for a scheduler on another machine",
      .about =
          "Joins a scheduler's fleet, pulls and analyses the cameras that it is given, and sends what it "
          "finds. "
          "It keeps the scheduler's time, and joins again when its connection ends. What was found is kept "
          "in a spool until the scheduler has it for good.",
      .options = run_options(),
      .examples = {{"camfleet node --join 10.0.0.1:7400 --keys east-1 --region east",
                    "a node of region east, with the folder that camfleet keys add made"}},
      .run = run_node};
  // A node writes no records, and has no tables.
  std::erase_if(command.options, [](const Option& one) {
    return one.name == "out" || one.name == "no-ledger" || one.name == "json";
  });
  const std::vector<Option> own{
      {.name = "join",
       .argument = "HOST:PORT",
       .help = "where the scheduler listens for nodes",
       .required = true},
      {.name = "keys", .argument = "DIR", .help = "the folder that camfleet keys add made"},
      {.name = "plain",
       .argument = "NAME",
       .help = "this node's name, where the scheduler wants no keys; on loopback alone"},
      {.name = "acu", .argument = "N", .help = "cores that it keeps busy, 1 to 4096; by default its threads"},
      {.name = "region",
       .argument = "NAME",
       .help = "where it is: devices of its region are put there first"},
      {.name = "files", .help = "files and uploads are at the same paths here as on the scheduler's machine"},
      {.name = "spool",
       .argument = "FILE",
       .help = "where findings wait for the scheduler",
       .default_value = "camfleet-node.spool"},
      {.name = "scenario",
       .argument = "FILE",
       .help = "takes part in a run of this scenario, with its synthetic cameras"},
      {.name = "seed", .argument = "N", .help = "takes the place of the scenario's seed"}};
  command.options.insert(command.options.begin(), own.begin(), own.end());
  return command;
}

}  // namespace camfleet::cli
