#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "actors/base/error.hpp"
#include "simulator/checker/checker.hpp"

namespace camfleet::check {

/// Gives a checker what lines of ledger.jsonl and findings.jsonl say. A line that names what the plan does
/// not have, or has it otherwise, is a breach; one that is none is an error (invalid_field, missing_field).
class RecordLines {
 public:
  explicit RecordLines(Checker& checker);

  result<void> row(const nlohmann::json& line, const std::string& where);
  result<void> finding(const nlohmann::json& line, const std::string& where);

  [[nodiscard]] std::optional<std::uint32_t> instance(std::string_view id) const;
  [[nodiscard]] std::optional<std::uint32_t> device(std::string_view id) const;

 private:
  /// A row accounts for its instance's algorithms, in their order.
  void check_algorithms(const nlohmann::json& line, std::uint32_t instance, const std::string& where);

  using Numbers = std::map<std::string, std::uint32_t, std::less<>>;

  Checker* checker_;
  Numbers instances_;
  Numbers devices_;
};

}  // namespace camfleet::check
