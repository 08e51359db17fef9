#include "simulator/expectation.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <optional>

#include <nlohmann/json.hpp>

#include "actors/base/text.hpp"
#include "actors/ledger/outcome.hpp"

namespace camfleet::sim {
namespace {

bool is_name_char(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '.';
}

bool is_reason(std::string_view name) {
  for (std::size_t i = 1; i < reason_count; ++i) {
    if (name == to_text(static_cast<Reason>(i))) return true;
  }
  return false;
}

/// The number of that name; nothing where the run has none to show, as a ratio of nothing to nothing.
result<std::optional<double>> look_up(const nlohmann::json& summary, const std::string& name) {
  const nlohmann::json* at = &summary;
  std::string_view rest = name;
  while (!rest.empty()) {
    const std::size_t dot = std::min(rest.find('.'), rest.size());
    const std::string key(rest.substr(0, dot));
    rest.remove_prefix(std::min(dot + 1, rest.size()));
    if (!at->is_object() || !at->contains(key)) {
      if (name.starts_with("samples.dropped.") && is_reason(key)) return std::optional(0.0);
      return fail(Errc::invalid_field, "", quote(name) + " is not a number of the summary");
    }
    at = &(*at)[key];
  }
  if (at->is_null()) return std::optional<double>();
  if (!at->is_number()) return fail(Errc::invalid_field, "", quote(name) + " is not a number of the summary");
  return std::optional(at->get<double>());
}

double apply(char op, double a, double b) {
  switch (op) {
    case '+':
      return a + b;
    case '-':
      return a - b;
    case '*':
      return a * b;
    case '/':
      return a / b;
    case '<':
      return a < b ? 1 : 0;
    case '>':
      return a > b ? 1 : 0;
    case 'l':
      return a <= b ? 1 : 0;
    case 'g':
      return a >= b ? 1 : 0;
    case '=':
      return a == b ? 1 : 0;
    default:
      return a != b ? 1 : 0;
  }
}

}  // namespace

/// Recursive descent: comparison, sum, product, factor.
class ExpectationParser {
 public:
  explicit ExpectationParser(Expectation& into) : into_(&into), text_(into.text_) {}

  result<void> comparison() {
    CAMFLEET_CHECK(sum());
    skip_spaces();
    struct Operator {
      std::string_view text;
      char code;
    };
    constexpr Operator operators[] = {{"<=", 'l'}, {">=", 'g'}, {"==", '='},
                                      {"!=", '!'}, {"<", '<'},  {">", '>'}};
    for (const Operator& candidate : operators) {
      if (!text_.substr(at_).starts_with(candidate.text)) continue;
      at_ += candidate.text.size();
      CAMFLEET_CHECK(sum());
      skip_spaces();
      if (at_ != text_.size()) return wrong("nothing more after the comparison");
      into_->steps_.emplace_back(candidate.code);
      return success();
    }
    return wrong("one of < <= > >= == !=");
  }

 private:
  static constexpr int max_depth = 32;

  result<void> sum() { return chain("+-", &ExpectationParser::product); }
  result<void> product() { return chain("*/", &ExpectationParser::factor); }

  result<void> chain(std::string_view operators, result<void> (ExpectationParser::*operand)()) {
    CAMFLEET_CHECK((this->*operand)());
    for (skip_spaces(); at_ < text_.size() && operators.find(text_[at_]) != std::string_view::npos;
         skip_spaces()) {
      const char op = text_[at_++];
      CAMFLEET_CHECK((this->*operand)());
      into_->steps_.emplace_back(op);
    }
    return success();
  }

  result<void> factor() {
    skip_spaces();
    if (at_ < text_.size() && text_[at_] == '(') {
      if (++depth_ > max_depth) return wrong("fewer brackets");
      ++at_;
      CAMFLEET_CHECK(sum());
      skip_spaces();
      if (at_ == text_.size() || text_[at_] != ')') return wrong("a closing bracket");
      ++at_;
      --depth_;
      return success();
    }
    const std::size_t start = at_;
    while (at_ < text_.size() && is_name_char(text_[at_])) ++at_;
    const std::string word(text_.substr(start, at_ - start));
    if (word.empty()) return wrong("a number or a name of the summary");
    if (std::isdigit(static_cast<unsigned char>(word[0])) == 0) {
      into_->steps_.emplace_back(word);
      return success();
    }
    double number = 0;
    const auto [end, code] = std::from_chars(word.data(), word.data() + word.size(), number);
    if (code != std::errc{} || end != word.data() + word.size()) return wrong("a number", start);
    into_->steps_.emplace_back(number);
    return success();
  }

  void skip_spaces() {
    while (at_ < text_.size() && text_[at_] == ' ') ++at_;
  }

  result<void> wrong(std::string_view expected) { return wrong(expected, at_); }
  result<void> wrong(std::string_view expected, std::size_t at) {
    return fail(Errc::invalid_field, "",
                quote(text_) + " is not a comparison: at character " + std::to_string(at + 1) +
                    " there should be " + std::string(expected));
  }

  Expectation* into_;
  std::string_view text_;
  std::size_t at_ = 0;
  int depth_ = 0;
};

result<Expectation> Expectation::parse(std::string text) {
  if (text.size() > max_length)
    return fail(Errc::limit, "", "an expectation of more than " + std::to_string(max_length) + " characters");
  Expectation expectation;
  expectation.text_ = std::move(text);
  CAMFLEET_CHECK(ExpectationParser(expectation).comparison());
  return expectation;
}

result<Expectation::Weighed> Expectation::weigh(const nlohmann::json& summary) const {
  std::vector<double> stack;
  Weighed weighed;
  for (const Step& step : steps_) {
    if (const auto* number = std::get_if<double>(&step)) {
      stack.push_back(*number);
    } else if (const auto* name = std::get_if<std::string>(&step)) {
      CAMFLEET_TRY(const std::optional<double> value, look_up(summary, *name));
      weighed.is_known = weighed.is_known && value.has_value();
      stack.push_back(value.value_or(0));
    } else {
      // The last one is the comparison.
      weighed.right = stack.back();
      stack.pop_back();
      weighed.left = stack.back();
      stack.back() = apply(std::get<char>(step), weighed.left, weighed.right);
    }
  }
  weighed.held = weighed.is_known && stack.back() != 0;
  return weighed;
}

bool Expectation::is_about(std::string_view member) const {
  return std::ranges::any_of(steps_, [&](const Step& step) {
    const auto* name = std::get_if<std::string>(&step);
    return name != nullptr && std::string_view(*name).substr(0, name->find('.')) == member;
  });
}

}  // namespace camfleet::sim
