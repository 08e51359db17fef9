#include "runtime/vision/catalogue.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "runtime/vision/built_in.hpp"

namespace camfleet::vision {

Catalogue Catalogue::built_in() {
  return parse(built_in_yaml(), "algorithms.yaml").value();
}

result<void> Catalogue::merge_file(const std::string& path) {
  std::error_code error;
  const auto size = std::filesystem::file_size(path, error);
  if (error) return fail(Errc::not_found, path, "cannot be read: " + error.message());
  if (size > max_catalogue_bytes) {
    return fail(Errc::too_large, path,
                std::to_string(size) + " bytes; at most " + std::to_string(max_catalogue_bytes));
  }
  std::ifstream file(path, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  if (!file) return fail(Errc::unreadable, path, "");
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
