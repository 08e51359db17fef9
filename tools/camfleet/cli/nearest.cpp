#include "tools/camfleet/cli/nearest.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

namespace camfleet::cli {
namespace {

constexpr std::size_t longest = 40;

/// Optimal string alignment distance of two words of at most `longest` characters.
std::size_t edits(std::string_view a, std::string_view b) {
  std::array<std::array<std::size_t, longest + 1>, longest + 1> cost{};
  for (std::size_t i = 0; i <= a.size(); ++i) {
    for (std::size_t j = 0; j <= b.size(); ++j) {
      if (i == 0 || j == 0) {
        cost[i][j] = i + j;
        continue;
      }
      const std::size_t replaced = cost[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      cost[i][j] = std::min({cost[i - 1][j] + 1, cost[i][j - 1] + 1, replaced});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        cost[i][j] = std::min(cost[i][j], cost[i - 2][j - 2] + 1);
      }
    }
  }
  return cost[a.size()][b.size()];
}

}  // namespace

std::optional<std::string_view> nearest(std::string_view typed, std::span<const std::string_view> names) {
  if (typed.empty() || typed.size() > longest) return std::nullopt;
  std::optional<std::string_view> best;
  std::size_t fewest = longest;
  for (const std::string_view name : names) {
    if (name.size() > longest) continue;
    const std::size_t distance = edits(typed, name);
    if (distance > std::max(typed.size(), name.size()) / 3 || distance >= fewest) continue;
    fewest = distance;
    best = name;
  }
  if (best || typed.size() < 3) return best;
  const auto begun =
      std::ranges::find_if(names, [&](std::string_view name) { return name.starts_with(typed); });
  return begun == names.end() ? std::nullopt : std::optional(*begun);
}

}  // namespace camfleet::cli
