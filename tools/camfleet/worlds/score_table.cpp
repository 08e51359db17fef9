#include "tools/camfleet/worlds/score_table.hpp"

#include <algorithm>

#include <fmt/core.h>

#include "simulator/scene/scene.hpp"
#include "tools/camfleet/cli/table.hpp"

namespace camfleet::cli {
namespace {

using nlohmann::ordered_json;

/// With three decimals; a dot where there is none.
std::string ratio(const ordered_json& value) {
  return value.is_null() ? "·" : fmt::format("{:.3f}", value.get<double>());
}

std::string count(const ordered_json& value) {
  return value.dump();
}

}  // namespace

void print_score(const ordered_json& score, std::string& text) {
  if (score.empty()) return;
  Table table({{"algorithm"},
               {"scene"},
               {"samples", Align::right},
               {"objects", Align::right},
               {"boxes", Align::right},
               {"precision", Align::right},
               {"recall", Align::right},
               {"AP", Align::right},
               {"stays seen", Align::right},
               {"of", Align::right}});
  std::uint64_t slices = 0;
  std::uint64_t samples = 0;
  for (const auto& [id, algorithm] : score.items()) {
    slices += algorithm["sums"]["left_out"]["slices"].get<std::uint64_t>();
    samples += algorithm["sums"]["left_out"]["samples"].get<std::uint64_t>();
    for (const std::string_view name : scene::scene_names) {
      const auto found = algorithm.find(name);
      if (found == algorithm.end()) continue;
      const ordered_json& level = *found;
      table.add({id, std::string(name), count(level["sums"]["samples"]), count(level["sums"]["objects"]),
                 count(level["sums"]["boxes"]), ratio(level["precision"]), ratio(level["recall"]),
                 ratio(level["average_precision"]), count(level["stays_seen"]), count(level["stays_due"])});
    }
  }
  text += '\n';
  table.flush(text);
  if (slices > 0)
    text +=
        fmt::format("not scored: {} samples of {} slices that were not done, or had a fault of the camera\n",
                    samples, slices);
}

}  // namespace camfleet::cli
