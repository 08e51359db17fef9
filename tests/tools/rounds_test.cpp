// camfleet rounds against plans made by hand.
#include <algorithm>
#include <ostream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/tools/pure_command.hpp"

namespace camfleet::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

struct Slice {
  int device;
  int begins;
  int ends;
  friend bool operator==(const Slice&, const Slice&) = default;
};

std::ostream& operator<<(std::ostream& out, const Slice& slice) {
  return out << slice.device << ":[" << slice.begins << "," << slice.ends << ")";
}

CommandResult rounds(int devices, int slice_s, int every_min, const std::string& window, bool as_json) {
  std::vector<std::string> arguments{"rounds",
                                     "--devices",
                                     std::to_string(devices),
                                     "--slice",
                                     std::to_string(slice_s),
                                     "--every",
                                     std::to_string(every_min),
                                     "--window",
                                     window};
  if (as_json) arguments.emplace_back("--json");
  return pure_command(arguments);
}

std::vector<Slice> slices(int devices, int slice_s, int every_min, const std::string& window) {
  const auto got = rounds(devices, slice_s, every_min, window, true);
  EXPECT_EQ(got.exit_code, 0);
  EXPECT_EQ(got.err, "");
  std::vector<Slice> found;
  for (const std::string& line : lines_of(got.out)) {
    const auto json = nlohmann::json::parse(line, nullptr, false);
    EXPECT_TRUE(json.is_object() && json.size() == 3) << line;
    if (!json.is_object()) continue;
    found.push_back({json.value("device", -1), json.value("begins", -1), json.value("ends", -1)});
  }
  return found;
}

TEST(Rounds, SevenDevicesOfFourMinutesInRoundsOfTen) {
  // Device i begins at i·240 mod 600: 0, 240, 480, 120, 360, 0, 240.
  const std::vector<Slice> round{{0, 0, 240},   {5, 0, 240},   {3, 120, 360}, {1, 240, 480},
                                 {6, 240, 480}, {4, 360, 600}, {2, 480, 720}};
  std::vector<Slice> expected;
  for (int start = 0; start < 3600; start += 600) {
    for (const Slice& slice : round) {
      expected.push_back({slice.device, start + slice.begins, std::min(3600, start + slice.ends)});
    }
  }
  EXPECT_EQ(slices(7, 240, 10, "10:00:00-11:00:00"), expected);
}

TEST(Rounds, LinesAreAsDocumented) {
  EXPECT_EQ(rounds(2, 60, 10, "10:00:00-10:10:00", true).out,
            "{\"device\":0,\"begins\":0,\"ends\":60}\n{\"device\":1,\"begins\":60,\"ends\":120}\n");
}

TEST(Rounds, AWindowShorterThanTheRoundIsTheStrip) {
  // P = 300: the third device wraps to the opening.
  EXPECT_THAT(slices(3, 150, 10, "10:00:00-10:05:00"),
              ElementsAre(Slice{0, 0, 150}, Slice{2, 0, 150}, Slice{1, 150, 300}));
}

TEST(Rounds, ASliceIsCutAtTheClose) {
  // The second round has 100 s: device 1 would begin at its 60th second, device 2 after the close.
  EXPECT_THAT(slices(3, 60, 3, "10:00:00-10:04:40"),
              ElementsAre(Slice{0, 0, 60}, Slice{1, 60, 120}, Slice{2, 120, 180}, Slice{0, 180, 240},
                          Slice{1, 240, 280}));
}

TEST(Rounds, AWindowOverMidnight) {
  EXPECT_THAT(slices(1, 60, 5, "23:55:00-00:05:00"), ElementsAre(Slice{0, 0, 60}, Slice{0, 300, 360}));
  const auto table = rounds(1, 60, 5, "23:55:00-00:05:00", false);
  EXPECT_THAT(table.out, HasSubstr("  23:55:00  23:56:00\n"));
  EXPECT_THAT(table.out, HasSubstr("  00:00:00  00:01:00\n"));
}

TEST(Rounds, AWholeDay) {
  EXPECT_EQ(slices(1, 1, 1, "00:00:00-24:00:00").size(), 1440U);
  EXPECT_EQ(slices(1, 1, 1, "00:00:00-24:00:00").back(), (Slice{0, 86'340, 86'341}));
}

TEST(Rounds, TheTableNamesPeakAndBound) {
  const auto got = rounds(7, 240, 10, "10:00:00-10:20:00", false);
  EXPECT_EQ(got.exit_code, 0);
  EXPECT_EQ(got.err, "");
  const auto lines = lines_of(got.out);
  ASSERT_EQ(lines.size(), 16U);
  EXPECT_EQ(lines[0], "round  device  begins  ends  from      to");
  EXPECT_EQ(lines[1], "    0       0       0   240  10:00:00  10:04:00");
  EXPECT_EQ(lines[14], "    1       2    1080  1200  10:18:00  10:20:00  cut");
  EXPECT_EQ(lines[15], "peak 3, bound 3 concurrent slices");
}

TEST(Rounds, OneRoundMayPeakBelowTheBound) {
  // Begins 0, 240 and 480; what the last one runs beyond the round falls to the close.
  EXPECT_EQ(lines_of(rounds(3, 240, 10, "10:00:00-10:10:00", false).out).back(),
            "peak 1, bound 2 concurrent slices");
}

TEST(Rounds, AsManyDevicesAsAnInstanceMayHave) {
  EXPECT_EQ(slices(10'000, 60, 1, "10:00:00-10:01:00").size(), 10'000U);
}

}  // namespace
}  // namespace camfleet::testing
