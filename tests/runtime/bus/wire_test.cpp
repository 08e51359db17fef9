#include "runtime/bus/wire.hpp"

#include <gtest/gtest.h>

namespace camfleet::bus {
namespace {

FrameHeader header() {
  FrameHeader header;
  header.sample = {
      InstanceIx{1},         DeviceIx{2},          {3, 4}, 5, FrameIx{6}, 7, true, Instant(Duration(8)),
      Instant(Duration(-9)), Instant(Duration(10))};
  header.width = 640;
  header.height = 480;
  header.stride = 1920;
  header.media_time = milliseconds(1234);
  header.pixel_bytes = 1920ULL * 480;
  return header;
}

std::vector<std::uint8_t> bytes_of(const FrameHeader& header) {
  std::vector<std::uint8_t> bytes;
  append_header(bytes, header);
  return bytes;
}

TEST(Wire, AHeaderComesBackAsItWas) {
  const auto bytes = bytes_of(header());
  ASSERT_EQ(bytes.size(), header_bytes);
  const auto read = read_header(bytes);
  ASSERT_TRUE(read.has_value()) << read.error().line();
  EXPECT_EQ(bytes_of(read.value()), bytes);
  EXPECT_EQ(read.value().sample.slot, (SliceSlot{3, 4}));
  EXPECT_EQ(read.value().sample.at, Instant(Duration(-9)));
  EXPECT_EQ(read.value().sample.frame_at, Instant(Duration(10)));
  EXPECT_TRUE(read.value().sample.may_give_way);
  EXPECT_EQ(read.value().media_time, milliseconds(1234));
}

TEST(Wire, WhatCannotBeIsRefused) {
  const auto refused = [](const FrameHeader& wrong) {
    const auto read = read_header(bytes_of(wrong));
    return read.has_value() ? "taken" : read.error().line();
  };
  FrameHeader wrong = header();
  wrong.width = 0;
  EXPECT_EQ(refused(wrong), "frame: 0x480 cannot be its size");
  wrong = header();
  wrong.height = 9000;
  EXPECT_EQ(refused(wrong), "frame: 640x9000 cannot be its size");
  wrong = header();
  wrong.stride = 1919;
  EXPECT_EQ(refused(wrong), "frame: 640x480 cannot be its size");
  wrong = header();
  wrong.pixel_bytes = 5;
  EXPECT_EQ(refused(wrong), "frame: 5 bytes of pixels do not fit its size");
  wrong = header();
  wrong.form = Form::jpeg;
  wrong.pixel_bytes = 1ULL << 60U;
  EXPECT_EQ(refused(wrong), "frame: 1152921504606846976 bytes of pixels do not fit its size");
  auto bytes = bytes_of(header());
  bytes[0] = 9;
  EXPECT_EQ(read_header(bytes).error().line(), "frame: is of version 9; this is 2");
  bytes.pop_back();
  EXPECT_EQ(read_header(bytes).error().line(), "frame: its header has 103 bytes; it is 104");
}

}  // namespace
}  // namespace camfleet::bus
