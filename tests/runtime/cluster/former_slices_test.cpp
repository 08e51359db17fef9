// What a node says of slices that had ended in an earlier life of its process.
#include "runtime/cluster/former_slices.hpp"

#include <gtest/gtest.h>

#include "runtime/cluster/device_troubles.hpp"

namespace camfleet::cluster {
namespace {

const Instant due{hours(3)};

EndedSlice ended(const std::string& instance, const std::string& device) {
  EndedSlice slice{instance, device, due};
  append(slice.records, KeptSliceName{instance, device, due, due + seconds(5), {77}});
  NodeTrouble trouble;
  trouble.what = "cannot be reached";
  append(slice.records, trouble);
  append(slice.records, ToInstance<SliceDone>{{}, SliceDone{}});
  return slice;
}

class FormerSlicesTest : public testing::Test {
 protected:
  FormerSlices former(const std::vector<EndedSlice>& ended) {
    return {ended, [this](const EndedSlice& slice) { forgotten_ += slice.instance + slice.device + " "; }};
  }
  static std::vector<KeptSliceName> told(FormerSlices& former) {
    std::vector<KeptSliceName> told;
    former.tell([&](const KeptSliceName& name) { told.push_back(name); });
    return told;
  }

  std::string forgotten_;
};

TEST_F(FormerSlicesTest, EachIsToldByANameThatIsItsOwn) {
  FormerSlices slices = former({ended("2", "gate"), ended("1", "yard")});
  const auto first = told(slices);
  ASSERT_EQ(first.size(), 2U);
  EXPECT_EQ(first[0].instance, "1");
  EXPECT_EQ(first[0].due_at, due + seconds(5));
  EXPECT_NE(first[0].slice, first[1].slice);
  const std::vector<Record>* records = slices.find("1", "yard", due, first[0].slice);
  ASSERT_TRUE(records != nullptr);
  EXPECT_EQ(records->size(), 2U);
  EXPECT_EQ(slices.find("1", "yard", due, first[1].slice), nullptr) << "that is the other's name";
  EXPECT_EQ(slices.find("1", "yard", due + seconds(1), first[0].slice), nullptr);
  // Whoever begins anew does not know the names that another one was told.
  const auto second = told(slices);
  EXPECT_EQ(slices.find("1", "yard", due, first[0].slice), nullptr);
  EXPECT_NE(slices.find("1", "yard", due, second[0].slice), nullptr);
}

TEST_F(FormerSlicesTest, GoAsTheyAreStoredOrUnwanted) {
  FormerSlices slices =
      former({ended("1", "gate"), ended("1", "yard"), ended("2", "gate"), ended("3", "gate")});
  slices.forget("1", "gate", due);
  slices.forget("1", "gate", due);
  EXPECT_EQ(forgotten_, "1gate ") << "once";
  const auto names = told(slices);
  slices.cancel("2", names[0].slice);
  EXPECT_EQ(forgotten_, "1gate ") << "it is another instance's";
  slices.cancel("1", names[0].slice);
  EXPECT_EQ(forgotten_, "1gate 1yard ");
  slices.cancel("2", {5});
  slices.forget_instance("2");
  EXPECT_EQ(forgotten_, "1gate 1yard 2gate ");
  slices.forget_all();
  EXPECT_EQ(forgotten_, "1gate 1yard 2gate 3gate ");
  EXPECT_TRUE(slices.is_empty());
}

TEST_F(FormerSlicesTest, WhatIsNoneIsForgottenAtOnce) {
  EndedSlice torn = ended("1", "torn");
  torn.records.pop_back();
  EndedSlice unended{"1", "unended", due};
  append(unended.records, KeptSliceName{"1", "unended", due, due, {}});
  EndedSlice odd = ended("1", "odd");
  append(odd.records, AllKept{});
  FormerSlices slices = former({torn, unended, odd, ended("1", "good")});
  EXPECT_EQ(forgotten_, "1torn 1unended 1odd ");
  EXPECT_EQ(told(slices).size(), 1U);
}

TEST(DeviceTroubles, TellTheLastOfEachReasonOnce) {
  DeviceTroubles troubles;
  const auto trouble = [](Reason reason, Duration at, const std::string& what) {
    return NodeTrouble{.reason = reason, .at = Instant(at), .what = what};
  };
  troubles.note(DeviceIx{1}, trouble(Reason::camera_offline, seconds(1), "first"), false);
  troubles.note(DeviceIx{1}, trouble(Reason::camera_offline, seconds(2), "second"), false);
  troubles.note(DeviceIx{1}, trouble(Reason::analysis_failed, seconds(9), "told"), true);
  troubles.note(DeviceIx{2}, trouble(Reason::camera_offline, seconds(9), "another's"), false);
  std::string told;
  const auto tell = [&](const NodeTrouble& one) { told += one.what + " "; };
  troubles.tell_rest(DeviceIx{1}, tell);
  troubles.tell_rest(DeviceIx{1}, tell);
  EXPECT_EQ(told, "second ");
  told.clear();
  troubles.since(DeviceIx{1}, Instant(seconds(2)), tell);
  EXPECT_EQ(told, "second told ");
  told.clear();
  troubles.since(DeviceIx{1}, Instant(seconds(3)), tell);
  EXPECT_EQ(told, "told ");
  troubles.forget(DeviceIx{2});
  troubles.tell_rest(DeviceIx{2}, tell);
  EXPECT_EQ(told, "told ");
}

}  // namespace
}  // namespace camfleet::cluster
