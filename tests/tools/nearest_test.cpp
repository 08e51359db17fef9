#include "tools/camfleet/cli/nearest.hpp"

#include <string>

#include <gtest/gtest.h>

namespace camfleet::cli {
namespace {

TEST(Nearest, FindsTheNameThatWasMeant) {
  struct {
    std::string_view typed;
    std::string_view meant;  // empty: none
  } const cases[] = {
      {"calender", "calendar"},
      {"calendra", "calendar"},
      {"clendar", "calendar"},
      {"rnu", "run"},
      {"rounds", "rounds"},
      {"round", "rounds"},
      {"cal", "calendar"},
      {"c", ""},
      {"", ""},
      {"serve", ""},
      {"xyz", ""},
      {"rendalac", ""},
  };
  constexpr std::string_view names[] = {"calendar", "rounds", "run", "replay"};
  for (const auto& one : cases) EXPECT_EQ(nearest(one.typed, names).value_or(""), one.meant) << one.typed;
}

TEST(Nearest, TheLongestWordsAreNotCompared) {
  constexpr std::string_view names[] = {"calendar"};
  EXPECT_EQ(nearest(std::string(100'000, 'c'), names), std::nullopt);
}

}  // namespace
}  // namespace camfleet::cli
