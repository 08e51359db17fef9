#pragma once

#include <map>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "actors/base/error.hpp"

namespace camfleet::sim {

/// A YAML file as JSON that still knows its lines.
class YamlDocument {
 public:
  /// Errors: those of read_text_file and read_yaml.
  static result<YamlDocument> load(const std::string& path);
  static result<YamlDocument> parse(std::string_view text, std::string_view name);

  [[nodiscard]] const nlohmann::json& root() const { return root_; }

  /// The error with "NAME:LINE: " before its field; the line is that of the field, or of the nearest one
  /// around it.
  [[nodiscard]] Error locate(Error error) const;

 private:
  std::string name_;
  nlohmann::json root_;
  std::map<std::string, int, std::less<>> lines_;  ///< by path, "instances[0].Devices[2]"
};

}  // namespace camfleet::sim
