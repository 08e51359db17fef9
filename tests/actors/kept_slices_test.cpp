#include "actors/machines/kept_slices.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace camfleet {
namespace {

constexpr InstanceIx work{3};
constexpr DeviceIx gate{5};
constexpr DeviceIx yard{6};
constexpr Place here{2};
const Instant due{hours(10)};

BeginSlice slice(std::uint32_t name) {
  BeginSlice begun{};
  begun.instance = work;
  begun.slice = {name};
  begun.slice_due_at = due;
  begun.due_at = due + seconds(5);
  begun.algorithms = 1;
  return begun;
}
SliceAccount account(std::uint32_t name, std::uint32_t analysed) {
  SliceAccount message{};
  message.slice = {name};
  message.from = here;
  message.due = 60;
  message.analysed = analysed;
  return message;
}
SliceProgress progress(std::uint32_t name) {
  return {.slice = {name}, .started = true, .from = here, .started_at = due, .observed = seconds(4)};
}
SliceDone done(std::uint32_t name) {
  SliceDone message{};
  message.slice = {name};
  message.from = here;
  message.planned = seconds(60);
  return message;
}

class KeptSlicesTest : public ::testing::Test {
 protected:
  /// What it says, with the names that it gives.
  std::vector<KeptSlice> told() {
    std::vector<KeptSlice> kept;
    kept_.tell(
        here, [&](const KeptSlice& message) { kept.push_back(message); },
        [&](DeviceIx, const RenameSlice& message) { renamed_.push_back(message); });
    return kept;
  }
  std::vector<Message> named(DeviceIx device, SliceIx was, std::uint32_t name) {
    std::vector<Message> said;
    kept_.rename(device, {work, due, was, {name}},
                 [&](InstanceIx, const Message& message) { said.push_back(message); });
    return said;
  }
  KeptSlices kept_;
  std::vector<RenameSlice> renamed_;
};

TEST_F(KeptSlicesTest, WhatRunsIsToldOfAndSaysNothingUntilItHasAName) {
  kept_.begin(gate, slice(7));
  EXPECT_EQ(kept_.note(work, account(7, 10))->slice, SliceIx{7});
  kept_.note(work, progress(7));
  kept_.disown();
  EXPECT_FALSE(kept_.note(work, account(7, 11))) << "it could be another's name";
  const auto kept = told();
  ASSERT_EQ(kept.size(), 1U);
  EXPECT_EQ(kept[0].device, gate);
  EXPECT_EQ(kept[0].slice_due_at, due);
  EXPECT_EQ(kept[0].due_at, due + seconds(5));
  ASSERT_EQ(renamed_.size(), 1U);
  EXPECT_EQ(renamed_[0].was, SliceIx{7});
  EXPECT_EQ(renamed_[0].slice, kept[0].slice);
  // Another slice has its old name now.
  BeginSlice other = slice(7);
  kept_.begin(yard, other);
  EXPECT_FALSE(kept_.note(work, account(kept[0].slice.value, 12)));
  const auto said = named(gate, kept[0].slice, 9);
  ASSERT_EQ(said.size(), 2U);
  EXPECT_EQ(std::get<SliceAccount>(said[0]).analysed, 12U);
  EXPECT_EQ(std::get<SliceProgress>(said[1]).slice, SliceIx{9});
  // What its device has said before it heard the name goes by that, too.
  EXPECT_EQ(kept_.note(work, done(kept[0].slice.value))->slice, SliceIx{9});
  EXPECT_EQ(kept_.note(work, done(7))->slice, SliceIx{7}) << "of the other one";
}

TEST_F(KeptSlicesTest, WhatHasEndedIsKeptUntilItIsStored) {
  kept_.begin(gate, slice(7));
  kept_.note(work, account(7, 60));
  kept_.note(work, done(7));
  for (std::uint32_t reign = 1; reign <= 2; ++reign) {
    kept_.disown();
    const auto kept = told();
    ASSERT_EQ(kept.size(), 1U);
    EXPECT_TRUE(renamed_.empty()) << "no device has it";
    const auto said = named(gate, kept[0].slice, reign);
    ASSERT_EQ(said.size(), 2U);
    EXPECT_EQ(std::get<SliceDone>(said[1]).slice, SliceIx{reign});
  }
  EXPECT_TRUE(kept_.has({work, gate, due}));
  kept_.forget({work, gate, due});
  EXPECT_EQ(kept_.size(), 0U);
  EXPECT_TRUE(told().empty());
}

TEST_F(KeptSlicesTest, WhatNobodyWantsIsForgottenOnceItHasEnded) {
  kept_.begin(gate, slice(7));
  kept_.begin(yard, slice(8));
  kept_.note(work, done(8));
  for (const std::uint32_t name : {7U, 8U}) kept_.cancel({work, {name}});
  EXPECT_EQ(kept_.size(), 2U) << "who ends a slice wants its account";
  kept_.disown();
  const auto kept = told();
  for (const KeptSlice& one : kept) kept_.cancel({work, one.slice});
  EXPECT_EQ(kept_.size(), 1U) << "the device has yet to say what became of it";
  EXPECT_FALSE(kept_.note(work, done(kept[0].slice.value)));
  EXPECT_EQ(kept_.size(), 0U);
}

TEST_F(KeptSlicesTest, WhatADeviceHasDroppedIsNotKept) {
  kept_.begin(gate, slice(7));
  kept_.begin(yard, slice(8));
  kept_.fence(gate);
  kept_.disown();
  ASSERT_EQ(told().size(), 1U);
  EXPECT_FALSE(kept_.has({work, gate, due}));
  kept_.clear();
  EXPECT_EQ(kept_.size(), 0U);
  EXPECT_EQ(kept_.note(work, account(8, 1))->slice, SliceIx{8}) << "what is not kept passes";
}

TEST_F(KeptSlicesTest, TheConnectionMayEndWhileItIsTold) {
  kept_.begin(gate, slice(7));
  kept_.note(work, done(7));
  kept_.disown();
  const SliceIx was = told().front().slice;
  std::vector<Message> said;
  kept_.rename(gate, {work, due, was, {9}}, [&](InstanceIx, const Message& message) {
    kept_.disown();
    said.push_back(message);
  });
  ASSERT_EQ(said.size(), 2U);
  EXPECT_EQ(std::get<SliceDone>(said[1]).slice, SliceIx{9});
  EXPECT_EQ(told().size(), 1U) << "and is told to the next one";
}

TEST_F(KeptSlicesTest, AWrongNameChangesNothing) {
  kept_.begin(gate, slice(7));
  kept_.disown();
  told();
  EXPECT_TRUE(named(gate, {7}, 1).empty());
  EXPECT_FALSE(kept_.note(work, account(7, 1)));
  EXPECT_TRUE(named(yard, {7}, 1).empty());
}

}  // namespace
}  // namespace camfleet
