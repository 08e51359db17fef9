// camfleet calendar against windows made by hand.
#include <algorithm>
#include <array>
#include <cstdio>
#include <ostream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/tools/pure_command.hpp"

namespace camfleet::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::MatchesRegex;

std::string times(const std::vector<std::pair<std::string, std::string>>& windows) {
  auto list = nlohmann::json::array();
  for (const auto& [start, end] : windows) list.push_back({{"StartTime", start}, {"EndTime", end}});
  return list.dump();
}

std::vector<std::string> query(const std::vector<std::string>& schedule, const std::string& from,
                               const std::string& to) {
  std::vector<std::string> arguments{"calendar"};
  arguments.insert(arguments.end(), schedule.begin(), schedule.end());
  arguments.insert(arguments.end(), {"--from", from, "--to", to});
  return arguments;
}

struct Case {
  std::string name;
  std::vector<std::string> schedule;
  std::string from;
  std::string to;
  std::vector<std::string> windows;  // "opens/closes"
};

std::ostream& operator<<(std::ostream& out, const Case& one) {
  return out << one.name;
}

class CalendarCommand : public ::testing::TestWithParam<Case> {};

TEST_P(CalendarCommand, PrintsTheWindows) {
  auto arguments = query(GetParam().schedule, GetParam().from, GetParam().to);
  arguments.emplace_back("--json");
  const auto got = pure_command(arguments);
  EXPECT_EQ(got.exit_code, 0);
  EXPECT_EQ(got.err, "");
  std::string expected;
  for (const std::string& window : GetParam().windows) {
    const std::size_t slash = window.find('/');
    const nlohmann::json opens = window.substr(0, slash);
    const std::string closes = window.substr(slash + 1);
    expected.append("{\"opens\":").append(opens.dump()).append(",\"closes\":");
    expected.append(closes == "null" ? closes : nlohmann::json(closes).dump()).append("}\n");
  }
  EXPECT_EQ(got.out, expected);
}

const std::string morning = times({{"10:00:00", "11:00:00"}});
const std::string night = times({{"22:00:00", "06:00:00"}});

INSTANTIATE_TEST_SUITE_P(
    Cases, CalendarCommand,
    ::testing::Values(
        Case{"every_day_in_shanghai",
             {"--type", "EVERYDAY", "--times", morning},
             "2026-03-01T00:00:00+08:00",
             "2026-03-03T00:00:00+08:00",
             {"2026-03-01T02:00:00Z/2026-03-01T03:00:00Z", "2026-03-02T02:00:00Z/2026-03-02T03:00:00Z"}},
        Case{"the_span_is_half_open",
             {"--type", "EVERYDAY", "--times", morning},
             "2026-03-01T02:00:00Z",
             "2026-03-02T02:00:00Z",
             {"2026-03-01T02:00:00Z/2026-03-01T03:00:00Z"}},
        Case{"an_empty_span",
             {"--type", "EVERYDAY", "--times", morning},
             "2026-03-01T02:00:00Z",
             "2026-03-01T02:00:00Z",
             {}},
        Case{"a_window_that_is_open_at_from_is_not_listed_and_one_that_closes_after_to_is_whole",
             {"--type", "EVERYDAY", "--times", night, "--zone", "UTC"},
             "2026-03-01T01:00:00Z",
             "2026-03-01T23:00:00Z",
             {"2026-03-01T22:00:00Z/2026-03-02T06:00:00Z"}},
        Case{"dates_are_ignored_for_every_day",
             {"--type", "EVERYDAY", "--times", morning, "--dates", "nonsense", "--zone", "UTC"},
             "2026-03-01T00:00:00Z",
             "2026-03-02T00:00:00Z",
             {"2026-03-01T10:00:00Z/2026-03-01T11:00:00Z"}},
        Case{"weekend_nights_over_a_change_to_summer_time",
             {"--type", "EVERY_WEEK", "--dates", "6,7", "--times", night, "--zone", "Europe/Berlin"},
             "2026-03-27T00:00:00Z",
             "2026-04-01T00:00:00Z",
             {"2026-03-28T21:00:00Z/2026-03-29T04:00:00Z", "2026-03-29T20:00:00Z/2026-03-30T04:00:00Z"}},
        Case{"months_without_the_day_are_passed_over",
             {"--type", "EVERY_MONTH", "--dates", "31", "--times", morning, "--zone", "UTC"},
             "2026-01-01T00:00:00Z",
             "2026-06-01T00:00:00Z",
             {"2026-01-31T10:00:00Z/2026-01-31T11:00:00Z", "2026-03-31T10:00:00Z/2026-03-31T11:00:00Z",
              "2026-05-31T10:00:00Z/2026-05-31T11:00:00Z"}},
        Case{"day_0_never_fires",
             {"--type", "EVERY_MONTH", "--dates", "0", "--times", morning},
             "2026-01-01T00:00:00Z",
             "2027-01-01T00:00:00Z",
             {}},
        Case{"once_starts_at_from",
             {"--type", "ONCE"},
             "2026-03-01T08:00:00.25+08:00",
             "2026-03-02T00:00:00Z",
             {"2026-03-01T00:00:00.250Z/null"}},
        Case{"once_lists_the_open_window_whole_and_first",
             {"--type", "ONCE", "--times", times({{"08:00:00", "09:00:00"}, {"10:00:00", "11:00:00"}}),
              "--zone", "UTC"},
             "2026-03-01T10:30:00Z",
             "2026-03-09T00:00:00Z",
             {"2026-03-01T10:00:00Z/2026-03-01T11:00:00Z", "2026-03-02T08:00:00Z/2026-03-02T09:00:00Z"}},
        Case{"once_does_not_list_what_opens_later_than_to",
             {"--type", "ONCE", "--times", morning, "--zone", "UTC"},
             "2026-03-01T11:00:00Z",
             "2026-03-02T10:00:00Z",
             {}}),
    [](const auto& one) { return one.param.name; });

TEST(Calendar, TheTableHasLocalTimeAndUtc) {
  const auto got = pure_command(query({"--type", "EVERYDAY", "--times", morning, "--zone", "Europe/Berlin"},
                                      "2026-03-28T00:00:00Z", "2026-03-30T00:00:00Z"));
  EXPECT_EQ(got.exit_code, 0);
  EXPECT_EQ(got.err, "");
  const auto lines = lines_of(got.out);
  ASSERT_EQ(lines.size(), 4U);
  EXPECT_EQ(lines[0],
            "opens (Europe/Berlin)           closes                          opens (UTC)           closes    "
            "          "
            "  seconds");
  EXPECT_EQ(lines[1],
            "Sat 2026-03-28 10:00:00 +01:00  Sat 2026-03-28 11:00:00 +01:00  2026-03-28T09:00:00Z  "
            "2026-03-28T10:00:00Z"
            "     3600");
  EXPECT_EQ(lines[2],
            "Sun 2026-03-29 10:00:00 +02:00  Sun 2026-03-29 11:00:00 +02:00  2026-03-29T08:00:00Z  "
            "2026-03-29T09:00:00Z"
            "     3600");
  EXPECT_THAT(lines[3],
              MatchesRegex("2 windows from 2026-03-28T00:00:00Z to 2026-03-30T00:00:00Z; zone files .+"));
}

TEST(Calendar, ATableWithoutWindowsSaysSo) {
  const auto got = pure_command(
      query({"--type", "EVERYDAY", "--times", morning}, "2026-03-01T00:00:00Z", "2026-03-01T00:00:00Z"));
  EXPECT_EQ(got.exit_code, 0);
  EXPECT_THAT(got.out, MatchesRegex("0 windows from [^\n]*\n"));
}

TEST(Calendar, AWindowWithoutEnd) {
  const auto got = pure_command(query({"--type", "ONCE"}, "2026-03-01T00:00:00Z", "2026-03-02T00:00:00Z"));
  EXPECT_THAT(got.out, HasSubstr("Sun 2026-03-01 08:00:00 +08:00  never   2026-03-01T00:00:00Z  never\n"));
}

TEST(Calendar, NoMoreThanAMillionWindows) {
  std::vector<std::pair<std::string, std::string>> windows;
  for (int i = 0; i < 288; ++i) {
    const auto time = [](int minute) {
      std::array<char, 16> text{};
      std::snprintf(text.data(), text.size(), "%02d:%02d:00", minute / 60 % 24, minute % 60);
      return std::string(text.data());
    };
    windows.emplace_back(time(i * 5), time(i * 5 + 1));
  }
  auto arguments = query({"--type", "EVERYDAY", "--times", times(windows), "--zone", "UTC"},
                         "2026-01-01T00:00:00Z", "2036-01-01T00:00:00Z");
  arguments.emplace_back("--json");
  const auto got = pure_command(arguments);
  EXPECT_EQ(got.exit_code, 2);
  EXPECT_EQ(std::count(got.out.begin(), got.out.end(), '\n'), 1'000'000);
  EXPECT_EQ(got.err,
            "camfleet calendar: --to: more than 1000000 windows open before 2036-01-01T00:00:00Z; choose a "
            "shorter span\n");
}

}  // namespace
}  // namespace camfleet::testing
