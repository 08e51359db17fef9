#include "runtime/cluster/node_books.hpp"

#include <gtest/gtest.h>

namespace camfleet::cluster {
namespace {

class NodeBooksTest : public ::testing::Test {
 protected:
  NodeBooksTest() { books_.roster().add_algorithm("3").value(); }

  DeviceIx device(std::uint32_t theirs, const std::string& id) {
    EXPECT_TRUE(books_.add(DeviceText{DeviceIx{theirs}, id, "test://" + id}, [](DeviceIx) { return true; })
                    .has_value());
    return books_.own(DeviceIx{theirs}).value();
  }
  InstanceIx instance(std::uint32_t theirs, const std::string& id) {
    EXPECT_TRUE(books_.add(InstanceText{InstanceIx{theirs}, id, Instant(hours(1)), {"3"}}).has_value());
    return books_.own(InstanceIx{theirs}).value();
  }

  NodeBooks books_;
};

TEST_F(NodeBooksTest, HasNumbersOfItsOwn) {
  EXPECT_EQ(device(90'000, "far"), DeviceIx{0});
  EXPECT_EQ(device(12, "near"), DeviceIx{1});
  EXPECT_EQ(instance(77, "17"), InstanceIx{0});
  EXPECT_EQ(books_.theirs(InstanceIx{0}), InstanceIx{77});
  EXPECT_EQ(books_.roster()[InstanceIx{0}].id, "17");
  EXPECT_EQ(books_.roster()[DeviceIx{0}].source, "test://far");
  EXPECT_FALSE(books_.own(DeviceIx{13}));
  EXPECT_FALSE(books_.own(InstanceIx{0}));
}

TEST_F(NodeBooksTest, ANumberMayBecomeAnothers) {
  device(12, "near");
  EXPECT_EQ(device(12, "other"), DeviceIx{0}) << "the own one is free again";
  EXPECT_EQ(books_.roster()[DeviceIx{0}].id, "other");
  // A device that moves to another number while its old one is still known.
  device(13, "other");
  EXPECT_EQ(books_.roster()[books_.own(DeviceIx{13}).value()].id, "other");
}

TEST_F(NodeBooksTest, WhatIsOpenGoesWithItsInstance) {
  const InstanceIx first = instance(1, "1");
  const InstanceIx second = instance(2, "2");
  const DeviceIx gate = device(3, "gate");
  const SliceKey one{first, gate, Instant(hours(2))};
  const SliceKey other{second, gate, Instant(hours(2))};
  SliceKey third = other;
  third.due_at += hours(1);
  for (const SliceKey& key : {one, other, third, other}) books_.add_slice(key);
  EXPECT_EQ(books_.slice_count(), 3U);
  EXPECT_TRUE(books_.drop_slice(third));
  EXPECT_FALSE(books_.drop_slice(third));
  const auto open = books_.remove(InstanceIx{2}, [](InstanceIx) { return true; });
  ASSERT_EQ(open.size(), 1U);
  EXPECT_EQ(open.front(), other);
  EXPECT_EQ(books_.take_slices().size(), 1U);
  EXPECT_FALSE(books_.theirs(second));
  EXPECT_EQ(instance(9, "9"), second) << "its own number is free again";
}

TEST_F(NodeBooksTest, WhatAnotherSchedulerDescribesByTheSameNameStays) {
  const InstanceIx first = instance(1, "1");
  const DeviceIx gate = device(3, "gate");
  const DeviceIx yard = device(4, "yard");
  books_.begin_reign();
  EXPECT_FALSE(books_.own(InstanceIx{1}));
  EXPECT_FALSE(books_.theirs(gate)) << "the new one has not named it";
  EXPECT_EQ(device(4, "gate"), gate);
  EXPECT_EQ(instance(7, "1"), first);
  EXPECT_EQ(books_.theirs(gate), DeviceIx{4});
  EXPECT_EQ(books_.theirs(first), InstanceIx{7});
  // By the same name another source.
  DeviceText moved{DeviceIx{5}, "yard", "rtsp://elsewhere/1", DeviceKind::live, Duration(0), 0, false};
  ASSERT_TRUE(books_.add(moved, [](DeviceIx) { return false; }).has_value());
  EXPECT_NE(books_.own(DeviceIx{5}), yard);
  EXPECT_EQ(books_.roster()[books_.own(DeviceIx{5}).value()].source, "rtsp://elsewhere/1");
}

TEST_F(NodeBooksTest, AnAlgorithmThatIsNotThereIsAnError) {
  const auto added = books_.add(InstanceText{InstanceIx{1}, "1", Instant(), {"4"}});
  ASSERT_FALSE(added.has_value());
  EXPECT_EQ(added.error().code, Errc::unknown_id);
  EXPECT_FALSE(books_.own(InstanceIx{1}));
}

}  // namespace
}  // namespace camfleet::cluster
