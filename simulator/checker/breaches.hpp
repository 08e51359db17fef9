#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace camfleet::check {

/// What does not hold, by the name of the rule.
class Breaches {
 public:
  static constexpr std::size_t most_kept = 100;

  void add(std::string_view rule, std::string what) {
    ++counts_[std::string(rule)];
    ++total_;
    if (kept_.size() < most_kept) kept_.push_back(std::string(rule) + ": " + std::move(what));
  }
  [[nodiscard]] std::uint64_t total() const { return total_; }
  /// By rule.
  [[nodiscard]] const std::map<std::string, std::uint64_t, std::less<>>& counts() const { return counts_; }
  /// The first of them, a line each.
  [[nodiscard]] const std::vector<std::string>& lines() const { return kept_; }

 private:
  std::map<std::string, std::uint64_t, std::less<>> counts_;
  std::uint64_t total_ = 0;
  std::vector<std::string> kept_;
};

}  // namespace camfleet::check
