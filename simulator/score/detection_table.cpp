#include "simulator/score/detection_table.hpp"

#include <cassert>
#include <set>

#include "simulator/score/detection_table_text.hpp"
#include "simulator/score/line_fields.hpp"

namespace camfleet::score {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

constexpr std::int64_t whole = 1000;
constexpr std::int64_t most_false = 20'000;

/// `otherwise`: the recall of a height that has none; null: it must have one.
result<DetectionRow> read_row(const json& object, const std::string& where, const DetectionRow* otherwise) {
  CAMFLEET_TRY(const LineFields fields, LineFields::of(object, where));
  DetectionRow row;
  CAMFLEET_TRY(const json* recall, fields.object("recall_per_mille"));
  CAMFLEET_TRY(const LineFields heights, LineFields::of(*recall, fields.place("recall_per_mille")));
  for (std::size_t i = 0; i < height_classes; ++i) {
    CAMFLEET_TRY(const json* value, heights.member(height_names[i]));
    if (value->is_null() && otherwise != nullptr) {
      row.recall_per_mille[i] = otherwise->recall_per_mille[i];
      continue;
    }
    CAMFLEET_TRY(const auto given, heights.whole(height_names[i], 0, whole));
    row.recall_per_mille[i] = static_cast<std::uint32_t>(given);
  }
  CAMFLEET_TRY(const auto wrong, fields.whole("false_per_mille", 0, most_false));
  CAMFLEET_TRY(const auto edges, fields.whole("edges_per_mille", 0, whole));
  row.false_per_mille = static_cast<std::uint32_t>(wrong);
  row.edges_per_mille = static_cast<std::uint32_t>(edges);
  return row;
}

std::uint64_t per_mille(std::uint64_t part, std::uint64_t of) {
  return of == 0 ? 0 : (part * whole + of / 2) / of;
}

ordered_json row_of(const SceneSums& scene) {
  ordered_json row;
  ordered_json& recall = row["recall_per_mille"];
  for (std::size_t i = 0; i < height_classes; ++i) {
    const BoxSums& height = scene.heights[i];
    const bool is_known = height.objects >= least_objects;
    recall[std::string(height_names[i])] =
        is_known ? ordered_json(per_mille(height.found, height.objects)) : ordered_json(nullptr);
  }
  const BoxSums boxes = scene.boxes();
  row["false_per_mille"] = std::min<std::uint64_t>(per_mille(boxes.wrong, scene.samples.samples), most_false);
  row["edges_per_mille"] =
      boxes.right == 0
          ? DetectionTable::built_in().by_default().edges_per_mille
          : std::min<std::uint64_t>((boxes.edges_per_mille + boxes.right / 2) / boxes.right, whole);
  return row;
}

}  // namespace

result<DetectionTable> DetectionTable::parse(std::string_view text, const std::string& where) {
  const json content = json::parse(text, nullptr, false);
  if (content.is_discarded()) return fail(Errc::invalid_field, where, "is not JSON");
  CAMFLEET_TRY(const LineFields fields, LineFields::of(content, where));
  DetectionTable table;
  CAMFLEET_TRY(const auto lines, fields.whole("lines", 90, 2160));
  table.lines_ = static_cast<int>(lines);
  CAMFLEET_TRY(const json* usual, fields.object("default"));
  CAMFLEET_TRY(table.default_, read_row(*usual, fields.place("default"), nullptr));
  CAMFLEET_TRY(const json* algorithms, fields.object("algorithms"));
  for (const auto& [id, scenes] : algorithms->items()) {
    const std::string place = fields.place("algorithms." + id);
    CAMFLEET_TRY(const LineFields of_algorithm, LineFields::of(scenes, place));
    for (const auto& [name, row] : scenes.items()) {
      const auto scene = scene::parse_scene(name);
      if (!scene.has_value()) return pass(within(place, scene.error()));
      CAMFLEET_TRY(table.rows_[std::pair(id, scene.value())],
                   read_row(row, of_algorithm.place(name), &table.default_));
    }
  }
  return table;
}

const DetectionTable& DetectionTable::built_in() {
  static const DetectionTable table = [] {
    auto parsed = parse(detection_table_text, "detection_table.json");
    assert(parsed.has_value());
    return std::move(parsed).value();
  }();
  return table;
}

const DetectionRow& DetectionTable::row(const std::string& algorithm, scene::Scene scene) const {
  const auto found = rows_.find({algorithm, scene});
  return found == rows_.end() ? default_ : found->second;
}

result<ordered_json> measured(const Scorer& scorer) {
  std::set<int> lines;
  for (const auto& camera : scorer.setting().cameras) {
    if (camera) lines.insert(camera->size.height);
  }
  if (lines.size() != 1)
    return fail(Errc::unsupported, "--table",
                "the cameras have " + std::to_string(lines.size()) +
                    " heights of frames; measure with cameras of one, like size=1280x720");
  ordered_json table;
  table["lines"] = *lines.begin();
  table["default"] = ordered_json::parse(detection_table_text)["default"];
  ordered_json& algorithms = table["algorithms"] = ordered_json::object();
  for (std::size_t i = 0; i < scorer.sums().size(); ++i) {
    for (std::size_t k = 0; k < scene::scene_names.size(); ++k) {
      const auto& scene = scorer.sums()[i][k];
      if (!scene || scene->samples.samples == 0) continue;
      algorithms[scorer.setting().algorithms[i].id][std::string(scene::scene_names[k])] = row_of(*scene);
    }
  }
  return table;
}

}  // namespace camfleet::score
