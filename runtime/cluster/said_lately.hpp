#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <string>

namespace camfleet::cluster {

/// Whether a line is to be told again: not within 5 s, so that a camera that fails again and again does not
/// fill the link.
class SaidLately {
 public:
  static constexpr std::chrono::seconds pause{5};
  static constexpr std::size_t most_lines = 1000;

  bool is_due(const std::string& line, std::chrono::steady_clock::time_point now) {
    if (said_.size() >= most_lines)
      std::erase_if(said_, [&](const auto& one) { return now - one.second >= pause; });
    const auto found = said_.find(line);
    if (found != said_.end() && now - found->second < pause) return false;
    // As many different ones within 5 s say nothing that more would not.
    if (found == said_.end() && said_.size() >= most_lines) return false;
    said_[line] = now;
    return true;
  }

 private:
  std::map<std::string, std::chrono::steady_clock::time_point> said_;
};

}  // namespace camfleet::cluster
