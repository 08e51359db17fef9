#include "runtime/service/service_world.hpp"

#include <algorithm>

#include "actors/base/text.hpp"
#include "runtime/cluster/model_offers.hpp"

namespace camfleet::service {
result<std::unique_ptr<ServiceWorld>> ServiceWorld::make(const Settings& settings, Sinks sinks) {
  std::unique_ptr<ServiceWorld> made(new ServiceWorld(sinks));
  CAMFLEET_CHECK(made->load(settings));
  shells::Border* border = settings.border ? settings.border(made->roster_) : nullptr;
  if (border != nullptr) CAMFLEET_CHECK(made->roster_.use_placement());
  made->world_ = std::make_unique<world::RealWorld>(
      world::RealWorld::Settings{.start = settings.start,
                                 .speed = settings.speed,
                                 .threads = settings.threads,
                                 .node = settings.node,
                                 .role = border != nullptr ? shells::Role::scheduler : shells::Role::whole,
                                 .costs = settings.costs,
                                 .border = border},
      world::RealWorld::Parts{&made->roster_, &made->sources_, made->engines_.get(), &made->book_,
                              &made->problems_},
      world::RealWorld::Hooks{.plant = std::move(sinks.plant)});
  if (!settings.rehearsal) made->world_->follow_the_machine(std::move(sinks.clock_moved));
  return made;
}

ServiceWorld::ServiceWorld(Sinks& sinks)
    : problems_(std::move(sinks.problem)), book_(roster_, std::move(sinks.ended)) {
  book_.on_due(std::move(sinks.due));
  book_.on_broken([this](const Error& error) { problems_.add(error); });
}

result<void> ServiceWorld::load(const Settings& settings) {
  models_ = vision::ModelPath::standard(settings.models);
  media::register_file_schemes(sources_);
  media::register_network_schemes(sources_);
  if (settings.register_sources) settings.register_sources(sources_);
  catalogue_ = vision::Catalogue::built_in();
  if (!settings.catalogue.empty()) CAMFLEET_CHECK(catalogue_.merge_file(settings.catalogue));
  std::vector<const vision::Algorithm*> offered;
  for (const vision::Algorithm& algorithm : catalogue_.all()) {
    CAMFLEET_CHECK(roster_.add_algorithm(algorithm.id));
    // Nothing is analysed where nodes do it.
    if (settings.border) {
      offered.push_back(nullptr);
      continue;
    }
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

result<void> ServiceWorld::offers(std::string_view algorithm) const {
  const vision::Algorithm* found = catalogue_.find(algorithm);
  if (found == nullptr) {
    // The roster names the unknown ones, and knows some that nobody can have; see stand_in_for.
    if (std::ranges::find(roster_.algorithms(), algorithm) == roster_.algorithms().end()) return success();
    return fail(Errc::unknown_id, "", quote(algorithm) + " is not in the catalogue");
  }
  if (vision::choose_variant(*found, models_).has_value()) return success();
  return fail(Errc::model, "algorithm " + found->id,
              "is not to be had here: its model files are missing; the server's log says which");
}

result<std::map<std::string, std::string, std::less<>>> ServiceWorld::models() const {
  std::vector<const vision::Algorithm*> here;
  for (const vision::Algorithm& algorithm : catalogue_.all()) {
    if (vision::choose_variant(algorithm, models_).has_value()) here.push_back(&algorithm);
  }
  CAMFLEET_TRY(const auto offers, cluster::offers_of(here, models_));
  std::map<std::string, std::string, std::less<>> models;
  for (const cluster::AlgorithmOffer& offer : offers) models.emplace(offer.id, offer.model);
  return models;
}

result<DeviceEntry> ServiceWorld::device(std::string id, std::string region, std::string source,
                                         const plant::SourceFacts& facts) const {
  CAMFLEET_TRY(const media::SourceUrl url, media::parse_source_url(source));
  DeviceEntry entry;
  entry.id = std::move(id);
  entry.region = std::move(region);
  entry.source = std::move(source);
  entry.kind = facts.kind_of(url, sources_);
  return entry;
}

result<void> ServiceWorld::ask(const std::string& source, const DeviceSpec& device) const {
  // An instance keeps the place of a device that is nowhere any more.
  if (source.empty()) return success();
  CAMFLEET_TRY(const media::SourceUrl url, media::parse_source_url(source));
  return sources_.ask(url, device);
}

result<void> ServiceWorld::measure(const std::string& source, plant::SourceFacts& facts) const {
  CAMFLEET_TRY(DeviceEntry entry, device("", "", source, facts));
  return facts.measure(entry, sources_);
}

}  // namespace camfleet::service
