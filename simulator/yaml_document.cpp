#include "simulator/yaml_document.hpp"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <yaml-cpp/yaml.h>

#include "actors/text.hpp"

namespace camfleet::sim {
namespace {

using nlohmann::json;

constexpr std::uintmax_t max_bytes = 16U << 20U;
constexpr std::size_t max_values = 2'000'000;

/// Walks a YAML tree; anchors are expanded, within max_values.
class Converter {
 public:
  Converter(std::string_view name, std::map<std::string, int, std::less<>>& lines)
      : name_(name), lines_(&lines) {}

  result<json> convert(const YAML::Node& node, const std::string& path) {
    const int line = node.Mark().line + 1;
    if (line > 0) lines_->emplace(path, line);
    if (++values_ > max_values)
      return fail(Errc::too_large, std::string(name_), "more than " + std::to_string(max_values) + " values");
    switch (node.Type()) {
      case YAML::NodeType::Scalar:
        return scalar(node);
      case YAML::NodeType::Sequence:
        return sequence(node, path);
      case YAML::NodeType::Map:
        return mapping(node, path);
      default:
        return json();
    }
  }

 private:
  static json scalar(const YAML::Node& node) {
    const std::string& text = node.Scalar();
    // "!" marks a quoted scalar: text, whatever it looks like.
    if (node.Tag() == "!") return text;
    if (const auto truth = parse_bool(text)) return *truth;
    if (text == "null" || text == "~") return nullptr;
    if (const auto whole = parse_int(text)) return *whole;
    return text;
  }

  result<json> sequence(const YAML::Node& node, const std::string& path) {
    json list = json::array();
    for (std::size_t i = 0; i < node.size(); ++i) {
      CAMFLEET_TRY(json entry, convert(node[i], path + "[" + std::to_string(i) + "]"));
      list.push_back(std::move(entry));
    }
    return list;
  }

  result<json> mapping(const YAML::Node& node, const std::string& path) {
    json object = json::object();
    for (const auto& entry : node) {
      const std::string line = std::string(name_) + ":" + std::to_string(entry.first.Mark().line + 1);
      if (!entry.first.IsScalar()) return fail(Errc::invalid_field, line, "a field's name is not text");
      const std::string& name = entry.first.Scalar();
      if (object.contains(name))
        return fail(Errc::invalid_field, line, quote(name) + " is given twice; give it once");
      std::string inner = path.empty() ? "" : path + ".";
      inner += name;
      CAMFLEET_TRY(object[name], convert(entry.second, inner));
    }
    return object;
  }

  std::string_view name_;
  std::map<std::string, int, std::less<>>* lines_;
  std::size_t values_ = 0;
};

}  // namespace

result<YamlDocument> YamlDocument::load(const std::string& path) {
  std::error_code code;
  const auto status = std::filesystem::status(path, code);
  if (!std::filesystem::exists(status))
    return fail(Errc::not_found, path, "no such file; give the path of a YAML file");
  if (!std::filesystem::is_regular_file(status))
    return fail(Errc::unreadable, path, "not a regular file; give the path of a YAML file");
  const auto size = std::filesystem::file_size(path, code);
  if (!code && size > max_bytes)
    return fail(Errc::too_large, path, std::to_string(size) + " bytes; at most 16 MiB");
  std::ifstream file(path, std::ios::binary);
  if (!file) return fail(Errc::unreadable, path, std::string("cannot be read: ") + std::strerror(errno));
  std::ostringstream text;
  text << file.rdbuf();
  return parse(text.view(), path);
}

result<YamlDocument> YamlDocument::parse(std::string_view text, std::string_view name) {
  YamlDocument document;
  document.name_ = name;
  try {
    const YAML::Node root = YAML::Load(std::string(text));
    Converter converter(name, document.lines_);
    CAMFLEET_TRY(document.root_, converter.convert(root, ""));
  } catch (const YAML::Exception& error) {
    return fail(Errc::invalid_field, std::string(name) + ":" + std::to_string(error.mark.line + 1),
                "not YAML: " + error.msg);
  }
  return document;
}

Error YamlDocument::locate(Error error) const {
  std::string path = error.where.substr(0, error.where.find(": "));
  auto found = lines_.find(path);
  while (found == lines_.end() && !path.empty()) {
    const std::size_t cut = path.find_last_of(".[");
    path.resize(cut == std::string::npos ? 0 : cut);
    found = lines_.find(path);
  }
  const int line = found == lines_.end() ? 1 : found->second;
  return within(name_ + ":" + std::to_string(line), std::move(error));
}

}  // namespace camfleet::sim
