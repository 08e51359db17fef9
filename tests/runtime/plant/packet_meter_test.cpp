#include "runtime/plant/packet_meter.hpp"

#include <gtest/gtest.h>

namespace camfleet::plant {
namespace {

TEST(PacketMeter, MeasuresTheRateThatComesNotTheOneThatIsSaid) {
  for (const int per_minute : {6, 30, 60, 120, 1500}) {
    PacketMeter meter;
    const Duration apart = Duration(minutes(1)) / per_minute;
    for (int i = 0; i < 40; ++i) meter.add(seconds(100) + apart * i, i % 10 == 0);
    EXPECT_EQ(meter.frame_interval(), apart) << per_minute;
    EXPECT_EQ(meter.key_distance(), apart * 10) << per_minute;
  }
}

TEST(PacketMeter, IsSilentUntilItKnows) {
  PacketMeter meter;
  EXPECT_EQ(meter.frame_interval(), Duration(0));
  meter.add(seconds(5), true);
  EXPECT_EQ(meter.frame_interval(), Duration(0));
  EXPECT_EQ(meter.key_distance(), Duration(0));
  // Some cameras begin with a burst of what they had kept.
  meter.add(seconds(5) + milliseconds(1), false);
  EXPECT_EQ(meter.frame_interval(), Duration(0));
  meter.add(seconds(7), false);
  EXPECT_EQ(meter.frame_interval(), seconds(1));
}

TEST(PacketMeter, KeepsTheLongestDistanceOfKeyFramesAndTheLastRate) {
  PacketMeter meter;
  Duration at{0};
  for (const int apart : {2, 10, 4}) meter.add(at += seconds(apart), true);
  EXPECT_EQ(meter.key_distance(), seconds(10));
  for (int i = 0; i < 20; ++i) meter.add(at += milliseconds(40), false);
  EXPECT_EQ(meter.frame_interval(), milliseconds(40));
}

}  // namespace
}  // namespace camfleet::plant
