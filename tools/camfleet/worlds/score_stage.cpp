#include "tools/camfleet/worlds/score_stage.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "runtime/plant/whole_file.hpp"
#include "simulator/score/score_document.hpp"

namespace camfleet::cli {
namespace {

/// The scenes that each algorithm is to look at, by AlgorithmIx.
std::vector<std::set<scene::Scene>> looks_of(const Roster& roster, const Cameras& cameras) {
  std::vector<std::set<scene::Scene>> looks(roster.algorithms().size());
  for (std::uint32_t i = 0; i < roster.instance_count(); ++i) {
    const InstanceEntry& instance = roster[InstanceIx{i}];
    std::set<scene::Scene> scenes;
    for (const DeviceIx device : instance.devices) {
      if (cameras[device.value]) scenes.insert(cameras[device.value]->scene);
    }
    for (const AlgorithmIx algorithm : instance.algorithms)
      looks[algorithm.value].insert(scenes.begin(), scenes.end());
  }
  return looks;
}

}  // namespace

void ScoreStage::set_up(const Roster& roster, const Cameras& cameras, const vision::Catalogue& catalogue,
                        bool counted) {
  const bool has_cameras =
      std::ranges::any_of(cameras, [](const auto& camera) { return camera.has_value(); });
  if (counted || !has_cameras) return;
  roster_ = &roster;
  score::Setting setting;
  setting.cameras = cameras;
  const auto looks = looks_of(roster, cameras);
  for (std::uint32_t i = 0; i < looks.size(); ++i) {
    const std::string& id = roster[AlgorithmIx{i}];
    const vision::Algorithm* algorithm = catalogue.find(id);
    setting.algorithms.push_back({id,
                                  algorithm == nullptr ? score::ClassSet{} : score::classes_of(*algorithm),
                                  {looks[i].begin(), looks[i].end()}});
  }
  for (std::uint32_t i = 0; i < roster.instance_count(); ++i) {
    const InstanceEntry& instance = roster[InstanceIx{i}];
    setting.instances.push_back({static_cast<std::uint32_t>(instance.spec.spf), instance.spec.every_frame});
    names_.instances.push_back(instance.id);
  }
  for (std::uint32_t i = 0; i < roster.device_count(); ++i) names_.devices.push_back(roster[DeviceIx{i}].id);
  scorer_ = std::make_unique<score::Scorer>(std::move(setting));
}

void ScoreStage::add_faults(const std::vector<sim::Fault>& faults) {
  if (!scorer_) return;
  for (const sim::Fault& fault : faults) {
    const bool is_of_camera = sim::victim_of(fault.kind) == sim::Victim::camera;
    if (!is_of_camera || !scorer_->setting().cameras[fault.device.value]) continue;
    const auto kind = sim::fault_names[static_cast<std::size_t>(fault.kind)];
    scorer_->add_fault({fault.device, fault.from, fault.to, std::string(kind)});
  }
}

void ScoreStage::found(const Sample& sample, const media::Frame& frame,
                       const std::vector<vision::Box>& boxes) {
  if (!scorer_) return;
  const AlgorithmIx algorithm = (*roster_)[sample.instance].algorithms[sample.algorithm];
  const score::Finding finding{sample.instance, sample.device, algorithm,    sample.due_at, sample.at,
                               sample.frame_at, frame.width,   frame.height, boxes};
  if (!keeps_) return scorer_->found(finding);
  const std::lock_guard lock(mutex_);
  kept_.emplace_back(KeptFinding{finding, boxes});
}

void ScoreStage::ended(const SliceRow& row) {
  if (!scorer_) return;
  score::EndedSlice slice{row.key, row.ended_at, row.verdict.outcome == Outcome::done, {}};
  const auto& algorithms = (*roster_)[row.key.instance].algorithms;
  for (std::size_t i = 0; i < row.algorithms.size(); ++i)
    slice.algorithms.push_back({algorithms[i], row.algorithms[i].due, row.algorithms[i].analysed});
  if (!keeps_) return scorer_->ended(slice);
  const std::lock_guard lock(mutex_);
  kept_.emplace_back(std::move(slice));
}

void ScoreStage::drain() {
  decltype(kept_) came;
  {
    const std::lock_guard lock(mutex_);
    came.swap(kept_);
  }
  for (auto& one : came) {
    if (auto* slice = std::get_if<score::EndedSlice>(&one)) {
      scorer_->ended(*slice);
    } else {
      auto& [finding, boxes] = std::get<KeptFinding>(one);
      finding.boxes = boxes;
      scorer_->found(finding);
    }
  }
}

nlohmann::ordered_json ScoreStage::document() {
  if (!scorer_) return nullptr;
  drain();
  return score::document_of(*scorer_);
}

result<void> ScoreStage::write(const std::filesystem::path& folder) const {
  if (!scorer_ || folder.empty()) return success();
  score::NamedSetting named = names_;
  named.setting = scorer_->setting();
  return plant::write_whole(folder / "cameras.json", score::camera_file_of(named).dump(1) + "\n",
                            plant::Durability::cached);
}

}  // namespace camfleet::cli
