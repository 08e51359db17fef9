#include "runtime/service/analysis.hpp"

#include <tuple>

namespace camfleet::service {
namespace {

/// Cameras that begin together send their samples together; as many wait as there are frames.
constexpr std::uint32_t samples_waiting = 256;

shells::FleetSettings fleet_settings(const Analysis::Settings& settings) {
  shells::FleetSettings fleet;
  fleet.node = settings.node;
  fleet.analyzer.workers = shells::RealExecutor::analyses_for(settings.threads);
  fleet.analyzer.queue_limit = samples_waiting;
  fleet.device.recorded_credit = settings.threads;
  return fleet;
}

}  // namespace

result<std::unique_ptr<Analysis>> Analysis::make(const Settings& settings, Sinks sinks) {
  std::unique_ptr<Analysis> analysis(new Analysis(settings, sinks));
  CAMFLEET_CHECK(analysis->load(settings));
  analysis->pool_ = std::make_unique<plant::WorkPool>(settings.threads);
  analysis->plant_ = std::make_unique<plant::RealPlant>(analysis->parts(sinks), plant::RealPlant::Settings{});
  analysis->port_ = std::make_unique<shells::PlantAdapter<plant::RealPlant>>(*analysis->plant_);
  return analysis;
}

Analysis::Analysis(const Settings& settings, Sinks sinks)
    : models_(vision::ModelPath::standard(settings.models)),
      problems_(std::move(sinks.problem)),
      book_(roster_, std::move(sinks.ended)),
      time_(settings.start, settings.speed, settings.threads),
      executor_(roster_, time_, fleet_settings(settings), hooks(),
                shells::RealExecutor::threads_for(settings.threads)) {
  book_.on_due(std::move(sinks.due));
  book_.on_broken([this](const Error& error) { problems_.add(error); });
  if (!settings.rehearsal) time_.follow(plant::read_machine_clocks, std::move(sinks.clock_moved));
}

Analysis::~Analysis() {
  stop();
}

result<void> Analysis::load(const Settings& settings) {
  media::register_file_schemes(sources_);
  media::register_network_schemes(sources_);
  if (settings.register_sources) settings.register_sources(sources_);
  catalogue_ = vision::Catalogue::built_in();
  if (!settings.catalogue.empty()) CAMFLEET_CHECK(catalogue_.merge_file(settings.catalogue));
  std::vector<const vision::Algorithm*> offered;
  for (const vision::Algorithm& algorithm : catalogue_.all()) {
    CAMFLEET_CHECK(roster_.add_algorithm(algorithm.id));
    const auto variant = vision::choose_variant(algorithm, models_);
    if (!variant.has_value()) problems_.add(variant.error());
    offered.push_back(variant.has_value() ? &algorithm : nullptr);
  }
  CAMFLEET_TRY(engines_,
               plant::EngineSet::load(
                   std::move(offered),
                   [this](const vision::Algorithm& one) { return vision::make_engine(one, models_); },
                   settings.threads));
  return success();
}

result<void> Analysis::offers(std::string_view algorithm) const {
  const vision::Algorithm* found = catalogue_.find(algorithm);
  if (found == nullptr) return success();  // the roster names the unknown ones
  if (vision::choose_variant(*found, models_).has_value()) return success();
  return fail(Errc::model, "algorithm " + found->id,
              "is not to be had here: its model files are missing; the server's log says which");
}

result<DeviceEntry> Analysis::device(std::string id, std::string region, std::string source,
                                     plant::MeasuredFootage* footage) const {
  CAMFLEET_TRY(const media::SourceUrl url, media::parse_source_url(source));
  DeviceEntry entry;
  entry.id = std::move(id);
  entry.region = std::move(region);
  entry.source = std::move(source);
  entry.kind = plant::kind_of(url, sources_);
  if (footage != nullptr) std::ignore = footage->measure(entry, sources_);
  return entry;
}

result<void> Analysis::ask(const std::string& source, const DeviceSpec& device) const {
  // An instance keeps the place of a device that is nowhere any more.
  if (source.empty()) return success();
  CAMFLEET_TRY(const media::SourceUrl url, media::parse_source_url(source));
  return sources_.ask(url, device);
}

result<void> Analysis::measure(const std::string& source, plant::MeasuredFootage& footage) const {
  CAMFLEET_TRY(DeviceEntry entry, device("", "", source));
  return footage.measure(entry, sources_);
}

shells::ShellHooks Analysis::hooks() {
  shells::ShellHooks hooks;
  hooks.failed = [this](ActorId /*self*/, const std::string& what) {
    problems_.add({Errc::broken_invariant, "actor", "a handler failed and starts over: " + what});
  };
  return hooks;
}

plant::RealPlant::Parts Analysis::parts(Sinks& sinks) {
  return {&roster_,
          &sources_,
          &time_,
          pool_.get(),
          engines_.get(),
          &book_,
          std::move(sinks.found),
          &problems_,
          [this](ActorId to, const Message& message) { executor_.deliver(to, message); },
          std::move(sinks.opened),
          std::move(sinks.reconnecting),
          std::move(sinks.sampled),
          std::move(sinks.instance_ended),
          std::move(sinks.takes_more),
          std::move(sinks.takes_backlog)};
}

void Analysis::start() {
  executor_.start_empty(*port_);
}

void Analysis::stop() {
  if (!pool_) return;
  executor_.shut_down();
  plant_->shut_down();
  pool_.reset();
}

}  // namespace camfleet::service
