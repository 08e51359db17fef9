#include <cstdlib>
#include <filesystem>

#include "runtime/vision/catalogue.hpp"
#include "runtime/vision/text.hpp"

namespace camfleet::vision {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t max_folders = 64;
constexpr const char* opencv_data = "/usr/share/opencv4/haarcascades";

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

std::string cache_folder() {
  const auto cache = environment("XDG_CACHE_HOME");
  if (cache.starts_with('/')) return cache + "/camfleet/models";
  const auto home = environment("HOME");
  return home.empty() ? "" : home + "/.cache/camfleet/models";
}

bool is_file(const fs::path& path) {
  std::error_code error;
  return fs::is_regular_file(path, error);
}

std::string joined(const std::vector<std::string>& parts) {
  std::string text;
  for (const auto& part : parts) add_item(text, part);
  return text;
}

}  // namespace

ModelPath ModelPath::standard(const std::string& option) {
  ModelPath models;
  const auto add = [&](std::string folder) {
    if (!folder.empty() && models.folders.size() < max_folders) models.folders.push_back(std::move(folder));
  };
  add(option);
  const auto listed = environment("CAMFLEET_MODELS");
  for (std::size_t begin = 0; begin < listed.size();) {
    const auto end = std::min(listed.find(':', begin), listed.size());
    add(listed.substr(begin, end - begin));
    begin = end + 1;
  }
  add(cache_folder());
  add(opencv_data);
  return models;
}

std::string ModelPath::find(const std::string& file) const {
  if (file.empty()) return "";
  if (file.starts_with('/')) return is_file(file) ? file : "";
  for (const auto& folder : folders) {
    const auto path = fs::path(folder) / file;
    if (is_file(path)) return path.string();
  }
  return "";
}

std::vector<std::string> missing_files(const Variant& variant, const ModelPath& models) {
  std::vector<std::string> missing;
  for (const auto& file : variant.model) {
    if (models.find(file).empty()) missing.push_back(file);
  }
  return missing;
}

result<const Variant*> choose_variant(const Algorithm& algorithm, const ModelPath& models) {
  std::string absent;
  for (const auto& variant : algorithm.variants) {
    const auto missing = missing_files(variant, models);
    if (missing.empty()) return &variant;
    add_item(absent, joined(missing), " or ");
  }
  return fail(Errc::model, "algorithm " + algorithm.id + " (" + algorithm.name_en + ")",
              "needs " + absent + ", not found in " +
                  (models.folders.empty() ? "any folder (none is set)" : joined(models.folders)) +
                  "; tools/setup fetches models, --models or CAMFLEET_MODELS names a folder that has them");
}

}  // namespace camfleet::vision
