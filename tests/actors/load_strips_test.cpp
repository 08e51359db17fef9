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

TEST_F(Strips, ForWhichThereIsNoRoomCountByTheirMean) {
  // While there is no node any number has room.
  std::vector<Lane> lanes;
  for (int every = 20; every < 68; ++every) lanes.push_back(lane(every));
  for (const Lane& own : lanes) ASSERT_TRUE(own.strip.has_value());
  strips_.grow(2);
  for (const Lane& own : lanes) strips_.add(1, own, 0, seconds(1));
  EXPECT_EQ(strips_.peak(1, lanes.back(), 0) - strips_.peak(1, lanes.back(), 1), seconds(1));
  strips_.grow(1000);
  for (const Lane& own : lanes) strips_.add(999, own, 0, seconds(1));
  EXPECT_EQ(strips_.peak(999, lanes.front(), 0) - strips_.peak(999, lanes.front(), 1), seconds(1));
  EXPECT_EQ(strips_.peak(999, lanes.back(), 0), strips_.peak(999, lanes.back(), 1))
      << "no cell tells them apart";
  EXPECT_EQ(strips_.peak(1, lanes.back(), 0), strips_.peak(1, lanes.back(), 1))
      << "what was there before, too";
  const Duration together = strips_.ceiling(999, lane(7), 0);
  EXPECT_GE(together, seconds(1)) << "those that have cells, at their highest, and the means of the others";
  for (const Lane& own : lanes) {
    strips_.add(1, own, 0, -seconds(1));
    strips_.add(999, own, 0, -seconds(1));
  }
  for (const Lane& own : lanes) {
    EXPECT_EQ(strips_.peak(1, own, 0), Duration(0));
    EXPECT_EQ(strips_.ceiling(999, own, 0), Duration(0));
  }
  for (const Lane& own : lanes) strips_.release({own});
  EXPECT_TRUE(lane(61).strip.has_value()) << "what was released makes room";
}

}  // namespace
}  // namespace camfleet
