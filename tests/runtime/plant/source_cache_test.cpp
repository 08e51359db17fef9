#include "runtime/plant/source_cache.hpp"

#include <gtest/gtest.h>

#include "tests/runtime/plant/counting_source.hpp"

namespace camfleet::plant {
namespace {

SourceCache::Key key(std::uint32_t device) {
  return {DeviceIx{device}, StreamIx{1}};
}

class SourceCacheTest : public ::testing::Test {
 protected:
  void open(std::uint32_t device) { ASSERT_TRUE(cache_.open(key(device), "count:///clip", {}).has_value()); }
  Duration read(std::uint32_t device, Duration target, bool next) {
    const auto reading = cache_.read(key(device), target, next, frame_);
    EXPECT_EQ(reading.status, media::ReadStatus::frame);
    return frame_.media_time;
  }

  SourceCounts counts_;
  media::SourceRegistry registry_ = CountingSource::registry(counts_, seconds(60));
  SourceCache cache_{registry_, 2};
  media::Frame frame_;
};

TEST_F(SourceCacheTest, NoMoreThanItsCapacityAreReallyOpen) {
  for (std::uint32_t device = 0; device < 10; ++device) {
    open(device);
    EXPECT_LE(counts_.alive, 2);
  }
  for (std::uint32_t device = 0; device < 10; ++device) {
    EXPECT_TRUE(cache_.holds(key(device)));
    EXPECT_EQ(read(device, seconds(device), false), seconds(device));
    EXPECT_EQ(cache_.really_open(), 2U);
  }
}

TEST_F(SourceCacheTest, TheOneThatWasReadLeastRecentlyMakesRoom) {
  open(0);
  open(1);
  read(0, seconds(1), false);
  open(2);
  EXPECT_EQ(counts_.opened, 3);
  read(0, seconds(2), false);
  EXPECT_EQ(counts_.opened, 3) << "device 0 was read last and stayed open";
  read(1, seconds(2), false);
  EXPECT_EQ(counts_.opened, 4) << "device 1 made room for device 2";
}

TEST_F(SourceCacheTest, EveryFrameGoesOnAfterTheLastOneWhenItWasClosedMeanwhile) {
  open(0);
  EXPECT_EQ(read(0, seconds(5), true), seconds(5));
  EXPECT_EQ(read(0, seconds(5), true), milliseconds(5100));
  open(1);
  open(2);
  read(1, seconds(0), false);
  read(2, seconds(0), false);
  EXPECT_EQ(read(0, seconds(5), true), milliseconds(5200));
  EXPECT_EQ(read(0, seconds(5), true), milliseconds(5300));
}

TEST_F(SourceCacheTest, AnEndIsToldWithItsError) {
  open(0);
  const auto reading = cache_.read(key(0), seconds(61), false, frame_);
  EXPECT_EQ(reading.status, media::ReadStatus::ended);
  EXPECT_EQ(reading.error.code, Errc::ended);
}

TEST_F(SourceCacheTest, ClosingForgetsTheKeyAndFreesItsPlace) {
  open(0);
  open(1);
  cache_.close(key(0));
  EXPECT_FALSE(cache_.holds(key(0)));
  EXPECT_EQ(counts_.alive, 1);
  cache_.close(key(7));
  open(0);
  EXPECT_EQ(cache_.really_open(), 2U);
}

TEST_F(SourceCacheTest, WhatCannotBeOpenedIsNotHeld) {
  const auto opened = cache_.open(key(0), "count:///gone", {});
  ASSERT_FALSE(opened.has_value());
  EXPECT_EQ(opened.error().code, Errc::not_found);
  EXPECT_FALSE(cache_.holds(key(0)));
}

}  // namespace
}  // namespace camfleet::plant
