#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "actors/spec/spec.hpp"

namespace camfleet::api {

/// Of the cloud API that is spoken.
inline constexpr std::string_view api_version = "2020-05-15";

/// One HTTP request as it came, its parameters decoded and not merged.
struct Request {
  std::string method;                                        ///< as sent: "GET", "POST"
  std::string path;                                          ///< without the query
  std::vector<std::pair<std::string, std::string>> headers;  ///< names in lower case, as often as they came
  Parameters query;
  Parameters form;       ///< of the body
  bool is_json = false;  ///< the body is a JSON object, not a form
  std::string body;      ///< raw
  bool from_loopback = false;

  /// The first header of that lower-case name, or nullptr.
  [[nodiscard]] const std::string* header(std::string_view name) const {
    for (const auto& [key, value] : headers) {
      if (key == name) return &value;
    }
    return nullptr;
  }
};

}  // namespace camfleet::api
