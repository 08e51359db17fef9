#include "runtime/plant/recorded_source.hpp"

#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/runtime/plant/counting_source.hpp"

namespace camfleet::plant {
namespace {

class RecordedSourceTest : public ::testing::Test {
 protected:
  RecordedSource& source(std::size_t number) { return *sources_.at(number); }
  void open(const std::string& url = "count:///clip") {
    sources_.push_back(std::make_unique<RecordedSource>(open_sources_, registry_, url, media::OpenOptions{}));
    opened_ = sources_.back()->open();
  }
  Duration read(std::size_t number, Duration target, bool next) {
    const Reading reading = source(number).read(target, next, frame_);
    EXPECT_EQ(reading.status, media::ReadStatus::frame);
    return frame_.media_time;
  }

  SourceCounts counts_;
  media::SourceRegistry registry_ = CountingSource::registry(counts_, seconds(60));
  OpenSources open_sources_{2};
  std::vector<std::unique_ptr<RecordedSource>> sources_;
  result<media::SourceInfo> opened_ = media::SourceInfo{};
  media::Frame frame_;
};

TEST_F(RecordedSourceTest, NoMoreThanAreAllowedAreReallyOpen) {
  for (std::size_t i = 0; i < 10; ++i) {
    open();
    ASSERT_TRUE(opened_.has_value());
    EXPECT_LE(counts_.alive, 2);
  }
  for (std::size_t i = 0; i < 10; ++i) {
    EXPECT_EQ(read(i, seconds(i), false), seconds(i));
    EXPECT_EQ(open_sources_.really_open(), 2U);
    EXPECT_EQ(counts_.alive, 2);
  }
}

TEST_F(RecordedSourceTest, TheOneThatWasReadLeastRecentlyMakesRoom) {
  open();
  open();
  read(0, seconds(1), false);
  open();
  EXPECT_EQ(counts_.opened, 3);
  read(0, seconds(2), false);
  EXPECT_EQ(counts_.opened, 3) << "device 0 was read last and stayed open";
  read(1, seconds(2), false);
  EXPECT_EQ(counts_.opened, 4) << "device 1 made room for device 2";
}

TEST_F(RecordedSourceTest, EveryFrameGoesOnAfterTheLastOneWhenItWasClosedMeanwhile) {
  open();
  EXPECT_EQ(read(0, seconds(5), true), seconds(5));
  EXPECT_EQ(read(0, seconds(5), true), milliseconds(5100));
  open();
  open();
  read(1, seconds(0), false);
  read(2, seconds(0), false);
  EXPECT_EQ(read(0, seconds(5), true), milliseconds(5200));
  EXPECT_EQ(read(0, seconds(5), true), milliseconds(5300));
}

TEST_F(RecordedSourceTest, AnEndIsToldWithItsError) {
  open();
  const Reading reading = source(0).read(seconds(61), false, frame_);
  EXPECT_EQ(reading.status, media::ReadStatus::ended);
  EXPECT_EQ(reading.error.code, Errc::ended);
  const ReadRequest request{StreamIx{7}, {3, 1}, 9, {}, {}, false};
  const ReadFailed told = read_failed(reading, request);
  EXPECT_EQ(told.stream, StreamIx{7});
  EXPECT_EQ(told.sample, 9U);
  EXPECT_EQ(told.loss, ReadLoss::ended);
  EXPECT_EQ(told.reason, Reason::source_ended);
}

TEST_F(RecordedSourceTest, OneThatIsGoneLeavesItsPlace) {
  open();
  open();
  sources_.erase(sources_.begin());
  EXPECT_EQ(counts_.alive, 1);
  EXPECT_EQ(open_sources_.really_open(), 1U);
  open();
  EXPECT_EQ(open_sources_.really_open(), 2U);
}

TEST_F(RecordedSourceTest, WhatCannotBeOpenedTakesNoPlace) {
  open("count:///gone");
  ASSERT_FALSE(opened_.has_value());
  EXPECT_EQ(opened_.error().code, Errc::not_found);
  EXPECT_EQ(open_sources_.really_open(), 0U);
}

}  // namespace
}  // namespace camfleet::plant
