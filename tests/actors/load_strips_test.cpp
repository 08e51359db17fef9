#include "actors/plan/load_strips.hpp"

#include <gtest/gtest.h>

namespace camfleet {
namespace {

/// Instances of one device with a slice of ten seconds every ten minutes.
class Strips : public ::testing::Test {
 protected:
  Strips() {
    roster_.add_algorithm("2").value();
    roster_.add_device({"cam", "", "rtsp://cam", DeviceKind::live, Duration(0), 0}).value();
  }
  Lane lane(int every_min = 10) {
    InstanceSpec spec;
    spec.devices.emplace_back();
    spec.devices.back().id = "cam";
    spec.algorithms = {{"2", "person"}};
    spec.polling = Polling{seconds(10), minutes(every_min)};
    spec.schedule.windows = {{0, 7200}};
    spec.schedule.zone = "UTC";
    const std::string name = std::to_string(roster_.instance_count());
    const InstanceIx ix = roster_.add_instance(name, spec, Instant(), std::vector{Duration(0)}).value();
    return strips_.take_lanes(roster_[ix]).front();
  }

  Roster roster_;
  LoadStrips strips_;
};

TEST_F(Strips, GrowWhileTheyAreUsed) {
  strips_.grow(1);
  const Lane own = lane();
  strips_.add(0, own, 0, seconds(1));
  strips_.grow(1000);
  strips_.add(999, own, 0, seconds(2));
  EXPECT_EQ(strips_.peak(0, own, 0), seconds(1));
  EXPECT_EQ(strips_.peak(999, own, 0), seconds(2));
  EXPECT_EQ(strips_.peak(999, own, 1), Duration(0)) << "the next device's turn";
  EXPECT_EQ(strips_.peak(500, own, 0), Duration(0));
}

TEST_F(Strips, WithoutRoomForCellsARowCountsByItsMean) {
  strips_.grow(1);
  // As few rows as there are when they are taken, each of these has its cells.
  std::vector<Lane> lanes;
  for (int every = 60; every < 90; ++every) lanes.push_back(lane(every));
  strips_.grow(1000);
  for (const Lane& own : lanes) {
    ASSERT_TRUE(own.strip.has_value());
    for (std::uint32_t row = 0; row < 1000; ++row) strips_.add(row, own, 0, seconds(1));
  }
  const Lane& last = lanes.back();
  EXPECT_EQ(strips_.peak(0, lanes.front(), 0) - strips_.peak(0, lanes.front(), 1), seconds(1));
  EXPECT_EQ(strips_.peak(999, last, 0), strips_.peak(999, last, 1)) << "no cell tells one from the other";
  for (const Lane& own : lanes) {
    for (std::uint32_t row = 0; row < 1000; ++row) strips_.add(row, own, 0, -seconds(1));
  }
  for (std::uint32_t row = 0; row < 1000; ++row)
    EXPECT_EQ(strips_.peak(row, last, 0), Duration(0)) << "row " << row;
}

}  // namespace
}  // namespace camfleet
