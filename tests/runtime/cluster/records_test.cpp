#include "runtime/cluster/records.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace camfleet::cluster {
namespace {

const Instant at = Instant(hours(24 * 365 * 56));

/// One of each kind, no field as it would be by itself.
std::vector<Record> one_of_each() {
  return {
      Hello{protocol_version,
            4,
            "north",
            {"rtsp", "file"},
            {{"3", "abc"}, {"1", ""}},
            77,
            {1, 2, 3, 4, 5, 6, 7, seconds(8)}},
      Welcome{at, 20'000'000, seconds(3), 7400, 99, true},
      Refusal{"another model", true},
      DeviceText{DeviceIx{7}, "gate", "rtsp://user:secret@gate/1", DeviceKind::recorded, seconds(9), 3, true},
      InstanceText{InstanceIx{8}, "17", at, {"3", "1"}},
      InstanceGone{InstanceIx{8}},
      ToDevice<Prepare>{DeviceIx{7}, {InstanceIx{8}, at, at + seconds(60)}},
      ToDevice<BeginSlice>{DeviceIx{7},
                           {InstanceIx{8}, SliceIx{9}, at, at + seconds(1), end_of_time, seconds(2), 5, 2,
                            true, true, Reason::node_lost}},
      ToDevice<CancelSlice>{DeviceIx{7}, {InstanceIx{8}, SliceIx{9}}},
      ToDevice<DeviceReleased>{DeviceIx{7}, {}},
      Carry{DeviceIx{7}},
      Heard{{Instant(Duration(INT64_MAX)), Instant(Duration(5)), 0xffff'ffff'ffff'fff0U}, at},
      StopNode{},
      ToInstance<SliceAccount>{InstanceIx{8},
                               {SliceIx{9}, 1, true, home_place, 20, 10, 3, {Reason::overload}, {7}}},
      ToInstance<SliceProgress>{InstanceIx{8}, {SliceIx{9}, true, true, home_place, at, seconds(3)}},
      ToInstance<SliceDone>{InstanceIx{8},
                            {SliceIx{9}, Reason::camera_offline, true, 12, home_place, at, at + seconds(4),
                             seconds(60), seconds(59)}},
      Joined{Instant(Duration(1)), Instant(Duration(2))},
      Beat{Instant(Duration(3)), Instant(Duration(4)), {1500, 2, 3, 4, 5, 6, 7, milliseconds(8)}},
      NodeTrouble{true, DeviceIx{7}, Reason::camera_offline, true, at, Errc::timed_out, "rtsp://gate/1",
                  "does not answer"},
      StreamNews{DeviceIx{7}, true},
      ToDevice<RenameSlice>{DeviceIx{7}, {InstanceIx{8}, at, SliceIx{9}, SliceIx{10}}},
      SliceStored{InstanceIx{8}, DeviceIx{7}, at},
      KeptDeviceName{"gate"},
      KeptSliceName{"17", "gate", at, at + seconds(5), SliceIx{9}},
      AllKept{},
      Unwanted{"17", "gate", at},
      Drain{},
      DrainSeen{},
      ToDevice<LeaveSlice>{DeviceIx{7}, {InstanceIx{8}, SliceIx{9}}},
      ToDevice<LeaveStream>{DeviceIx{7}, {InstanceIx{8}}},
  };
}

std::string envelope_of(const std::vector<Record>& records) {
  std::string envelope;
  for (const Record& record : records) append(envelope, record);
  return envelope;
}

TEST(Records, ComeBackAsTheyWere) {
  const auto all = one_of_each();
  ASSERT_EQ(all.size(), std::variant_size_v<Record>);
  const std::string envelope = envelope_of(all);
  const auto read = read_envelope(envelope);
  ASSERT_TRUE(read.has_value()) << read.error().line();
  ASSERT_EQ(read.value().size(), all.size());
  for (std::size_t i = 0; i < all.size(); ++i) EXPECT_EQ(read.value()[i].index(), i);
  EXPECT_EQ(envelope_of(read.value()), envelope) << "each field is there";
  const auto& device = std::get<DeviceText>(read.value()[3]);
  EXPECT_EQ(device.source, "rtsp://user:secret@gate/1");
  EXPECT_EQ(device.length, seconds(9));
  const auto& slice = std::get<ToDevice<BeginSlice>>(read.value()[7]).message;
  EXPECT_EQ(slice.ends_at, end_of_time);
  EXPECT_EQ(slice.late, Reason::node_lost);
  const auto& account = std::get<ToInstance<SliceAccount>>(read.value()[13]).message;
  EXPECT_EQ(account.dropped[0], 7U);
  EXPECT_EQ(account.reasons[0], Reason::overload);
}

TEST(Records, NoneIsTakenFromAPieceOfIt) {
  for (const Record& record : one_of_each()) {
    const std::string whole = envelope_of({record});
    for (std::size_t size = 1; size < whole.size(); ++size)
      EXPECT_FALSE(read_envelope(whole.substr(0, size)).has_value()) << record.index() << " " << size;
  }
}

TEST(Records, WhatIsOutOfBoundsIsRefused) {
  const auto is_refused = [](const Record& record) {
    return !read_envelope(envelope_of({record})).has_value();
  };
  EXPECT_TRUE(is_refused(Welcome{Instant(Duration(INT64_MAX)), 1, {}, 1, false}));
  EXPECT_TRUE(is_refused(Refusal{std::string(10'000, 'x'), true}));
  EXPECT_TRUE(is_refused(Hello{1, 1, "", std::vector<std::string>(1000, "x"), {}}));
  SliceDone done{};
  done.observed = hours(24 * 365 * 200);
  EXPECT_TRUE(is_refused(ToInstance<SliceDone>{InstanceIx{0}, done}));
  done.observed = Duration(0);
  done.fault = static_cast<Reason>(reason_count);
  EXPECT_TRUE(is_refused(ToInstance<SliceDone>{InstanceIx{0}, done}));
  std::string unknown(1, static_cast<char>(std::variant_size_v<Record>));
  EXPECT_FALSE(read_envelope(unknown).has_value());
}

RC_GTEST_PROP(Records, ManyBytesAreReadWithinTheirBounds, (std::string bytes, std::uint32_t seed)) {
  // Bytes of nobody, and envelopes with a few bytes changed: what is taken says the same when it is written.
  std::string mutated = envelope_of(one_of_each());
  for (std::size_t i = 0; i < bytes.size(); ++i) mutated[(seed + i * 7919U) % mutated.size()] = bytes[i];
  for (const std::string& one : {bytes, mutated}) {
    const auto read = read_envelope(one);
    if (read.has_value()) RC_ASSERT(envelope_of(read.value()) == one);
  }
}

}  // namespace
}  // namespace camfleet::cluster
