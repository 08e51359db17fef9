#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "actors/base/error.hpp"

namespace camfleet::sim {

/// A comparison over the numbers of summary.json: "concurrency.peak <= 1.1 * concurrency.bound". Numbers,
/// dotted names, + - * / ( ), and one of < <= > >= == !=. A reason that never occurred (samples.dropped.X) is
/// 0.
class Expectation {
 public:
  /// Errors: invalid_field, with the place in the text.
  static result<Expectation> parse(std::string text);

  /// What stands on both sides of its comparison. One about a number that is null does not hold.
  struct Weighed {
    double left = 0;
    double right = 0;
    bool is_known = true;  ///< false: a number is null, and both sides say nothing
    bool held = false;
  };
  /// Errors: invalid_field when the summary has no such number.
  [[nodiscard]] result<Weighed> weigh(const nlohmann::json& summary) const;

  /// True when it names this member of the summary, or a part of it.
  [[nodiscard]] bool is_about(std::string_view member) const;

  [[nodiscard]] const std::string& text() const { return text_; }

  static constexpr std::size_t max_length = 1000;

 private:
  friend class ExpectationParser;
  /// In postfix order: a number, a name, or an operator ('<' '>' '=' '!' with 'l', 'g' for <= and >=).
  using Step = std::variant<double, std::string, char>;
  std::string text_;
  std::vector<Step> steps_;
};

}  // namespace camfleet::sim
