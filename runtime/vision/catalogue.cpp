#include "runtime/vision/catalogue.hpp"

#include <algorithm>

#include "runtime/vision/built_in.hpp"
#include "runtime/yaml/text_file.hpp"

namespace camfleet::vision {

Catalogue Catalogue::built_in() {
  return parse(built_in_yaml(), "algorithms.yaml").value();
}

result<void> Catalogue::merge_file(const std::string& path) {
  CAMFLEET_TRY(const std::string text, yaml::read_text_file(path, "a catalogue of algorithms"));
  CAMFLEET_TRY(auto added, parse(text, path));
  auto merged = algorithms_;
  for (auto& algorithm : added.algorithms_) {
    const auto same = std::find_if(merged.begin(), merged.end(),
                                   [&](const Algorithm& known) { return known.id == algorithm.id; });
    if (same == merged.end()) {
      merged.push_back(std::move(algorithm));
    } else {
      *same = std::move(algorithm);
    }
  }
  if (merged.size() > max_algorithms) {
    return fail(
        Errc::limit, path,
        "makes " + std::to_string(merged.size()) + " algorithms; at most " + std::to_string(max_algorithms));
  }
  algorithms_ = std::move(merged);
  return success();
}

const Algorithm* Catalogue::find(std::string_view id) const {
  const auto found = std::find_if(algorithms_.begin(), algorithms_.end(),
                                  [&](const Algorithm& algorithm) { return algorithm.id == id; });
  return found == algorithms_.end() ? nullptr : &*found;
}

}  // namespace camfleet::vision
