#include "simulator/yaml_document.hpp"

#include "actors/base/text.hpp"
#include "runtime/yaml/reader.hpp"
#include "runtime/yaml/text_file.hpp"
#include "runtime/yaml/value.hpp"

namespace camfleet::sim {
namespace {

using nlohmann::json;

/// Walks a document, and notes where its values stand.
class Converter {
 public:
  explicit Converter(std::map<std::string, int, std::less<>>& lines) : lines_(&lines) {}

  json convert(const yaml::Value& value, const std::string& path) {
    lines_->emplace(path, value.line());
    switch (value.kind()) {
      case yaml::Value::Kind::text:
        return scalar(value);
      case yaml::Value::Kind::list:
        return list(value, path);
      case yaml::Value::Kind::mapping:
        return mapping(value, path);
      case yaml::Value::Kind::nothing:
        break;
    }
    return nullptr;
  }

 private:
  static json scalar(const yaml::Value& value) {
    const std::string& text = value.text();
    if (value.is_quoted()) return text;
    if (const auto truth = parse_bool(text)) return *truth;
    if (const auto whole = parse_int(text)) return *whole;
    return text;
  }

  json list(const yaml::Value& value, const std::string& path) {
    json list = json::array();
    for (const yaml::Value& item : value.items())
      list.push_back(convert(item, path + "[" + std::to_string(list.size()) + "]"));
    return list;
  }

  json mapping(const yaml::Value& value, const std::string& path) {
    json object = json::object();
    for (const auto& [name, line, inner] : value.entries()) {
      std::string at = path.empty() ? "" : path + ".";
      at += name;
      object[name] = convert(inner, at);
    }
    return object;
  }

  std::map<std::string, int, std::less<>>* lines_;
};

}  // namespace

result<YamlDocument> YamlDocument::load(const std::string& path) {
  CAMFLEET_TRY(const std::string text, yaml::read_text_file(path, "a YAML file"));
  return parse(text, path);
}

result<YamlDocument> YamlDocument::parse(std::string_view text, std::string_view name) {
  CAMFLEET_TRY(const yaml::Value value, yaml::read_yaml(text, name));
  YamlDocument document;
  document.name_ = name;
  document.root_ = Converter(document.lines_).convert(value, "");
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
