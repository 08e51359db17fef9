#include "simulator/score/score_document.hpp"

#include <string>

namespace camfleet::score {
namespace {

using nlohmann::ordered_json;

ordered_json ratio(std::uint64_t part, std::uint64_t whole) {
  return whole == 0 ? ordered_json(nullptr)
                    : ordered_json(static_cast<double>(part) / static_cast<double>(whole));
}

void put_sums(ordered_json& sums, const BoxSums& boxes) {
  sums["objects"] = boxes.objects;
  sums["found"] = boxes.found;
  sums["boxes"] = boxes.right + boxes.wrong + boxes.ignored;
  sums["right"] = boxes.right;
  sums["false"] = boxes.wrong;
  sums["ignored"] = boxes.ignored;
}

void put_ratios(ordered_json& level, const BoxSums& boxes) {
  level["precision"] = ratio(boxes.right, boxes.right + boxes.wrong);
  level["recall"] = ratio(boxes.found, boxes.objects);
  const auto average = boxes.scores.average_precision(boxes.objects);
  level["average_precision"] = average ? ordered_json(*average) : ordered_json(nullptr);
}

/// A scene, or all scenes of an algorithm.
ordered_json level_of(const SceneSums& scene) {
  const BoxSums boxes = scene.boxes();
  const SampleSums& samples = scene.samples;
  ordered_json level;
  ordered_json& sums = level["sums"];
  sums["samples"] = samples.samples;
  put_sums(sums, boxes);
  sums["unscored"] = samples.unscored;
  sums["left_out"] = {{"slices", samples.left_out_slices},
                      {"samples", samples.left_out_samples},
                      {"findings", samples.left_out_findings}};
  put_ratios(level, boxes);
  level["stays_seen"] = samples.stays_seen;
  level["stays_due"] = samples.stays_due;
  const ordered_json us = ratio(samples.first_sight_us, samples.stays_seen);
  level["first_sight_s"] = us.is_null() ? us : ordered_json(us.get<double>() / 1e6);
  level["count_error"] = ratio(samples.count_error, samples.samples);
  return level;
}

ordered_json level_of(const BoxSums& height) {
  ordered_json level;
  put_sums(level["sums"], height);
  put_ratios(level, height);
  return level;
}

}  // namespace

ordered_json document_of(const Scorer& scorer) {
  ordered_json document = ordered_json::object();
  for (std::uint32_t i = 0; i < scorer.sums().size(); ++i) {
    SceneSums all;
    ordered_json scenes = ordered_json::object();
    for (std::size_t k = 0; k < scene::scene_names.size(); ++k) {
      const auto& sums = scorer.sums()[i][k];
      if (!sums) continue;
      SceneSums one = *sums;
      one.samples.add(scorer.unended({i}, static_cast<scene::Scene>(k)));
      all.add(one);
      ordered_json& level = scenes[std::string(scene::scene_names[k])] = level_of(one);
      for (std::size_t h = 0; h < height_classes; ++h)
        level[std::string(height_names[h])] = level_of(one.heights[h]);
    }
    if (scenes.empty()) continue;
    ordered_json& level = document[scorer.setting().algorithms[i].id] = level_of(all);
    level.update(scenes);
  }
  return document;
}

}  // namespace camfleet::score
