#include "simulator/scenario_score.hpp"

#include <map>
#include <set>
#include <string>
#include <utility>

#include "runtime/media/source_url.hpp"
#include "simulator/camera/camera_spec.hpp"
#include "simulator/score/score_document.hpp"

namespace camfleet::sim {
namespace {

/// What each synthetic camera films, by its device.
std::map<std::string, scene::Scene, std::less<>> scenes_of(const Scenario& scenario) {
  std::map<std::string, scene::Scene, std::less<>> scenes;
  for (const ScenarioDevice& device : scenario.devices) {
    const auto url = media::parse_source_url(device.source);
    if (!url.has_value() || url.value().scheme != camera::scheme) continue;
    const auto camera = camera::parse_camera_url(url.value());
    if (camera.has_value()) scenes.emplace(device.id, camera.value().scene);
  }
  return scenes;
}

score::ClassSet every_class() {
  score::ClassSet classes;
  for (std::size_t i = 0; i < scene::class_names.size(); ++i) classes.add(static_cast<scene::ObjectClass>(i));
  return classes;
}

}  // namespace

nlohmann::ordered_json score_of_no_run(const Scenario& scenario) {
  if (scenario.counted) return nullptr;
  const auto scenes = scenes_of(scenario);
  if (scenes.empty()) return nullptr;
  std::map<std::string, std::set<scene::Scene>> looks;
  for (const InstanceSpec& instance : scenario.instances) {
    std::set<scene::Scene> films;
    for (const DeviceSpec& device : instance.devices) {
      if (const auto found = scenes.find(device.id); found != scenes.end()) films.insert(found->second);
    }
    for (const AlgorithmSpec& algorithm : instance.algorithms)
      looks[algorithm.id].insert(films.begin(), films.end());
  }
  score::Setting setting;
  for (const auto& [id, films] : looks)
    setting.algorithms.push_back({id, every_class(), {films.begin(), films.end()}});
  return score::document_of(score::Scorer(std::move(setting)));
}

}  // namespace camfleet::sim
