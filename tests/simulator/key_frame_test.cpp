// Cameras whose key frames are far apart: nothing can be decoded before the first one.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "actors/plan/lead.hpp"
#include "tests/simulator/scripted_world.hpp"

namespace camfleet::sim {
namespace {

using nlohmann::json;

constexpr Duration apart = seconds(40);

/// A camera with a key frame every 40 s, the last one 17 s before 01:00:00.
struct Camera : ScriptedWorld {
  Camera() {
    script.key_distances[device("gop40", DeviceKind::live)] = apart;
    script.a_key = opens - seconds(17);
  }
  [[nodiscard]] std::string outcome(std::size_t row) const {
    const json& line = lines.at(row);
    const std::string reason = line["reason"].is_null() ? "" : line["reason"].get<std::string>();
    return line["outcome"].get<std::string>() + "(" + reason + ")";
  }
  /// How long after 01:00:00 the connection was asked for, without the nanoseconds that messages take.
  [[nodiscard]] Duration opened(std::size_t index) const {
    return std::chrono::floor<milliseconds>(plant().opened().at(index) - opens);
  }

  const Instant opens = start() + hours(1);
};

TEST(KeyFrames, TheDistanceIsTheLeadWithTimeToConnect) {
  EXPECT_EQ(lead_seconds(Duration(0)), 0);
  EXPECT_EQ(lead_seconds(seconds(2)), 0);
  EXPECT_EQ(lead_seconds(milliseconds(2001)), 6);
  EXPECT_EQ(lead_seconds(seconds(40)), 43);
  EXPECT_EQ(lead_seconds(seconds(57)), 60);
  EXPECT_EQ(lead_seconds(hours(24)), 60);
  EXPECT_EQ(lead_seconds(Duration::max()), 60);
}

TEST(KeyFrames, ASliceWithoutOneSaysSoAndLaterOnesConnectEarlier) {
  Camera world;
  world.instance("i", {{"IsPolling", true}, {"SliceExecutionTime", 10}, {"OverallExecutionTime", 5}});
  world.run();
  ASSERT_EQ(world.lines.size(), 12U);
  EXPECT_EQ(world.outcome(0), "missed(stream_corrupt)") << world.lines[0];
  EXPECT_EQ(world.lines[0]["algorithms"][0]["dropped"], json({{"stream_corrupt", 10}}));
  for (std::size_t i = 1; i < 12; ++i) EXPECT_EQ(world.outcome(i), "done()") << world.lines[i];
  ASSERT_EQ(world.plant().opens(), 12U);
  EXPECT_EQ(world.opened(0), -seconds(5));
  EXPECT_EQ(world.opened(1), minutes(5) - seconds(60)) << "how far they are apart is not known yet";
  for (std::size_t i = 2; i < 12; ++i) EXPECT_EQ(world.opened(i), i * minutes(5) - seconds(43)) << i;
}

TEST(KeyFrames, AnotherWindowIsConnectedEarlyToo) {
  Camera world;
  world.instance("i", {{"ScheduleTimes",
                        {{{"StartTime", "01:00:00"}, {"EndTime", "01:00:10"}},
                         {{"StartTime", "01:30:00"}, {"EndTime", "01:30:10"}},
                         {{"StartTime", "02:00:00"}, {"EndTime", "02:00:10"}}}}});
  world.run();
  ASSERT_EQ(world.lines.size(), 3U);
  EXPECT_EQ(world.outcome(0), "missed(stream_corrupt)");
  EXPECT_EQ(world.outcome(1), "done()");
  EXPECT_EQ(world.outcome(2), "done()");
  EXPECT_EQ(world.opened(1), minutes(30) - seconds(60));
  EXPECT_EQ(world.opened(2), minutes(60) - seconds(43));
}

TEST(KeyFrames, SamplesFromTheFirstOneOnAreAnalysed) {
  Camera world;
  // The next one comes 23 s after the opening.
  world.instance("sampled", {{"IsPolling", true}, {"SliceExecutionTime", 60}, {"OverallExecutionTime", 60}});
  world.instance("every", {{"IsPolling", true},
                           {"SliceExecutionTime", 60},
                           {"OverallExecutionTime", 60},
                           {"IsFrameExtraction", 1}});
  world.run();
  ASSERT_EQ(world.lines.size(), 2U);
  for (const json& line : world.lines) {
    const bool sampled = line["instance"] == "sampled";
    EXPECT_EQ(line["outcome"], sampled ? "partial" : "done") << line;
    if (!sampled) continue;
    EXPECT_EQ(line["algorithms"][0]["dropped"], json({{"stream_corrupt", 23}})) << line;
    EXPECT_EQ(line["algorithms"][0]["analysed"], 37);
  }
}

TEST(KeyFrames, NoneInAWholeEveryFrameSliceIsItsFaultToo) {
  Camera world;
  world.instance("every", {{"IsPolling", true},
                           {"SliceExecutionTime", 10},
                           {"OverallExecutionTime", 30},
                           {"IsFrameExtraction", 1}});
  world.run();
  ASSERT_EQ(world.lines.size(), 2U);
  EXPECT_EQ(world.outcome(0), "missed(stream_corrupt)") << world.lines[0];
  EXPECT_EQ(world.outcome(1), "done()") << world.lines[1];
}

TEST(KeyFrames, EachDeviceHasItsOwnLead) {
  Camera world;
  world.device("near", DeviceKind::live);
  world.instance("i", {{"IsPolling", true}, {"SliceExecutionTime", 10}, {"OverallExecutionTime", 5}});
  world.run();
  const auto closed = world.book().closed();
  EXPECT_TRUE(closed.has_value()) << closed.error().line();
  ASSERT_EQ(world.plant().opens(), 24U);
  for (std::size_t round = 2; round < 12; ++round) {
    EXPECT_EQ(world.opened(2 * round), round * minutes(5) - seconds(43)) << round;
    EXPECT_EQ(world.opened(2 * round + 1), round * minutes(5) + seconds(10) - seconds(5)) << round;
  }
  EXPECT_EQ(world.plant().streams_open(), 0U);
}

}  // namespace
}  // namespace camfleet::sim
