#include <algorithm>
#include <array>

#include "runtime/vision/catalogue.hpp"
#include "runtime/vision/decoders.hpp"
#include "runtime/vision/input.hpp"
#include "runtime/vision/yaml_fields.hpp"
#include "runtime/yaml/reader.hpp"

namespace camfleet::vision {
namespace {

using Keys = std::span<const std::string_view>;

constexpr std::string_view file_keys[] = {"algorithms"};
constexpr std::string_view algorithm_keys[] = {"id", "name", "kind", "variants"};
constexpr std::string_view name_keys[] = {"zh", "en"};
constexpr std::string_view network_keys[] = {"engine",          "model",         "input", "output",  "labels",
                                             "score_threshold", "nms_threshold", "cost",  "download"};
constexpr std::string_view cascade_keys[] = {"engine", "model",           "input", "scale",
                                             "labels", "score_threshold", "cost",  "download"};
constexpr std::string_view hog_keys[] = {"engine",          "input",         "scale", "labels",
                                         "score_threshold", "nms_threshold", "cost"};
constexpr std::string_view motion_keys[] = {"engine", "input", "labels", "score_threshold", "cost"};
constexpr std::string_view download_keys[] = {"file", "url", "npm", "path", "sha256"};

/// What an engine takes: its keys, and the endings of its model files in their order.
struct EngineRule {
  std::string_view engine;
  Keys keys;
  std::array<std::string_view, 2> endings;
  bool network;
};

constexpr EngineRule engine_rules[] = {
    {"cascade", cascade_keys, {".xml", ""}, false},
    {"darknet", network_keys, {".cfg", ".weights"}, true},
    {"hog", hog_keys, {"", ""}, false},
    {"motion", motion_keys, {"", ""}, false},
    {"onnx", network_keys, {".onnx", ""}, true},
};

bool is_id(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' ||
           c == '_' || c == '-';
  });
}

bool is_sha256(std::string_view text) {
  return text.size() == 64 && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

result<Download> read_download(const yaml::Value& node, std::string_view origin, const std::string& path,
                               const std::vector<std::string>& models) {
  CAMFLEET_TRY(const auto fields, Fields::open(node, origin, path, download_keys));
  Download download;
  CAMFLEET_TRY(download.file, fields.text("file", 256));
  if (std::find(models.begin(), models.end(), download.file) == models.end()) {
    return fields.wrong("file", in_quotes(download.file) + " is no file of this variant's model");
  }
  CAMFLEET_TRY(download.sha256, fields.text("sha256", 64));
  if (!is_sha256(download.sha256)) {
    return fields.wrong("sha256", in_quotes(download.sha256) + " is wrong; it is 64 digits of 0-9 and a-f");
  }
  const bool from_npm = fields.find("npm") != nullptr;
  if (from_npm == (fields.find("url") != nullptr)) {
    return fields.wrong("url", "either url, or npm with path, says where the file comes from");
  }
  if (from_npm) {
    CAMFLEET_TRY(download.npm, fields.text("npm", 256));
    CAMFLEET_TRY(download.path, fields.text("path", 256));
    return download;
  }
  CAMFLEET_TRY(download.url, fields.text("url", 1024));
  if (!download.url.starts_with("https://") && !download.url.starts_with("http://")) {
    return fields.wrong("url", in_quotes(download.url) + " is wrong; it begins with https:// or http://");
  }
  return download;
}

result<void> read_models(const Fields& fields, const EngineRule& rule, Variant& variant) {
  const auto count = static_cast<std::size_t>(
      std::count_if(rule.endings.begin(), rule.endings.end(), [](auto ending) { return !ending.empty(); }));
  if (count == 0) return success();
  CAMFLEET_TRY(variant.model, fields.texts("model", count, count));
  for (std::size_t i = 0; i < count; ++i) {
    if (!variant.model[i].ends_with(rule.endings[i])) {
      return fields.wrong("model", in_quotes(variant.model[i]) + " is wrong; engine " + variant.engine +
                                       " takes a file whose name ends in " + std::string(rule.endings[i]) +
                                       (count > 1 ? " at place " + std::to_string(i + 1) : ""));
    }
  }
  return success();
}

result<void> read_input(const Fields& fields, std::string_view origin, Variant& variant) {
  CAMFLEET_TRY(const auto pairs, fields.flat("input"));
  variant.input = FieldMap(pairs.begin(), pairs.end());
  const auto checked = check_input(variant.engine, variant.input);
  if (checked) return success();
  const auto& error = checked.error();
  const auto* input = fields.find("input");
  if (input == nullptr) return fields.wrong("input." + error.where, error.what, error.code);
  int line = input->line();
  for (const yaml::Value::Entry& entry : input->entries()) {
    if (entry.name == error.where) line = entry.line;
  }
  return fail(error.code, place_of(origin, line) + ": " + fields.path_of("input." + error.where), error.what);
}

result<void> read_labels(const Fields& fields, const EngineRule& rule, Variant& variant) {
  CAMFLEET_TRY(variant.labels, fields.texts("labels", 1, rule.network ? max_labels : 1, rule.network));
  const auto empty = [](const std::string& label) { return label.empty(); };
  if (std::all_of(variant.labels.begin(), variant.labels.end(), empty)) {
    return fields.wrong("labels", "are all empty; an empty label is a class that is not reported");
  }
  return success();
}

result<Variant> read_variant(const yaml::Value& node, std::string_view origin, const std::string& path) {
  constexpr std::string_view engine_only[] = {"engine"};
  if (!node.is_mapping()) return Fields::open(node, origin, path, engine_only).error();
  Variant variant;
  const auto named = std::find_if(std::begin(engine_rules), std::end(engine_rules), [&](const auto& rule) {
    const auto* engine = node.find("engine");
    return engine != nullptr && engine->text() == rule.engine;
  });
  const bool known = named != std::end(engine_rules);
  CAMFLEET_TRY(const auto fields, Fields::open(node, origin, path, known ? named->keys : Keys(network_keys)));
  CAMFLEET_TRY(variant.engine, fields.text("engine", 64));
  if (!known) {
    return fields.wrong("engine",
                        in_quotes(variant.engine) + " is no engine; engines are " + listed(engine_names()));
  }
  CAMFLEET_CHECK(read_models(fields, *named, variant));
  CAMFLEET_CHECK(read_input(fields, origin, variant));
  CAMFLEET_CHECK(read_labels(fields, *named, variant));
  if (named->network) {
    CAMFLEET_TRY(variant.layout, fields.text("output", 64));
    if (find_layout(variant.layout) == nullptr) {
      return fields.wrong("output",
                          in_quotes(variant.layout) + " is no output layout; layouts are " + layout_names());
    }
  }
  CAMFLEET_TRY(const auto score, fields.number("score_threshold", 0, 1, variant.score_threshold));
  CAMFLEET_TRY(const auto nms, fields.number("nms_threshold", 0, 1, variant.nms_threshold));
  variant.score_threshold = static_cast<float>(score);
  variant.nms_threshold = static_cast<float>(nms);
  CAMFLEET_TRY(variant.scale, fields.number("scale", 0.1, 4, variant.scale));
  CAMFLEET_TRY(variant.cost_core_seconds, fields.number("cost", 0, 3600));
  if (fields.find("download") == nullptr) return variant;
  CAMFLEET_TRY(const auto* const downloads, fields.list("download", 1, variant.model.size()));
  for (std::size_t i = 0; i < downloads->size(); ++i) {
    const auto place = fields.path_of("download") + "[" + std::to_string(i) + "]";
    CAMFLEET_TRY(auto download, read_download((*downloads)[i], origin, place, variant.model));
    variant.download.push_back(std::move(download));
  }
  return variant;
}

result<Algorithm> read_algorithm(const yaml::Value& node, std::string_view origin, const std::string& path) {
  CAMFLEET_TRY(const auto fields, Fields::open(node, origin, path, algorithm_keys));
  Algorithm algorithm;
  CAMFLEET_TRY(algorithm.id, fields.text("id", 64));
  if (!is_id(algorithm.id)) {
    return fields.wrong(
        "id", in_quotes(algorithm.id) + " is wrong; it is made of letters, digits, '.', '_' and '-'");
  }
  if (fields.find("name") == nullptr) {
    return fields.wrong("name", "is absent; it is a mapping with zh, en", Errc::missing_field);
  }
  CAMFLEET_TRY(const auto name,
               Fields::open(*fields.find("name"), origin, fields.path_of("name"), name_keys));
  CAMFLEET_TRY(algorithm.name_zh, name.text("zh", 128));
  CAMFLEET_TRY(algorithm.name_en, name.text("en", 128));
  CAMFLEET_TRY(algorithm.kind, fields.text("kind", 64));
  if (algorithm.kind != "detector" && algorithm.kind != "motion") {
    return fields.wrong("kind", in_quotes(algorithm.kind) + " is no kind; kinds are detector, motion");
  }
  CAMFLEET_TRY(const auto* const variants, fields.list("variants", 1, max_variants));
  for (std::size_t i = 0; i < variants->size(); ++i) {
    const auto place = fields.path_of("variants") + "[" + std::to_string(i) + "]";
    CAMFLEET_TRY(auto variant, read_variant((*variants)[i], origin, place));
    if ((variant.engine == "motion") != (algorithm.kind == "motion")) {
      return fields.wrong("kind", in_quotes(algorithm.kind) + " does not fit engine " +
                                      in_quotes(variant.engine) +
                                      "; kind motion and engine motion go together");
    }
    algorithm.variants.push_back(std::move(variant));
  }
  return algorithm;
}

result<std::vector<Algorithm>> read_file(std::string_view text, std::string_view origin) {
  CAMFLEET_TRY(const yaml::Value root, yaml::read_yaml(text, origin));
  CAMFLEET_TRY(const auto fields, Fields::open(root, origin, "", file_keys));
  CAMFLEET_TRY(const auto* const nodes, fields.list("algorithms", 1, max_algorithms));
  std::vector<Algorithm> algorithms;
  for (std::size_t i = 0; i < nodes->size(); ++i) {
    const auto path = "algorithms[" + std::to_string(i) + "]";
    CAMFLEET_TRY(auto algorithm, read_algorithm((*nodes)[i], origin, path));
    const bool twice = std::any_of(algorithms.begin(), algorithms.end(),
                                   [&](const Algorithm& other) { return other.id == algorithm.id; });
    if (twice) {
      return fail(Errc::invalid_field, place_of(origin, (*nodes)[i].find("id")->line()) + ": " + path + ".id",
                  in_quotes(algorithm.id) + " is given twice; each algorithm has an id of its own");
    }
    algorithms.push_back(std::move(algorithm));
  }
  return algorithms;
}

}  // namespace

result<Catalogue> Catalogue::parse(std::string_view yaml, std::string_view origin) {
  if (yaml.size() > max_catalogue_bytes) {
    return fail(Errc::too_large, std::string(origin),
                std::to_string(yaml.size()) + " bytes; at most " + std::to_string(max_catalogue_bytes));
  }
  CAMFLEET_TRY(auto algorithms, read_file(yaml, origin));
  Catalogue catalogue;
  catalogue.algorithms_ = std::move(algorithms);
  return catalogue;
}

}  // namespace camfleet::vision
