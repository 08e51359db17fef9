#include "actors/machines/account_message.hpp"

#include <algorithm>
#include <vector>

#include <gtest/gtest.h>

#include "tests/actors/property.hpp"

namespace camfleet {
namespace {

std::vector<SliceAccount> messages_of(const AlgorithmAccount& account) {
  std::vector<SliceAccount> all;
  tell_account(SliceIx{7}, home_place, 2, account,
               [&](const SliceAccount& message) { all.push_back(message); });
  return all;
}

AlgorithmAccount taken(const std::vector<SliceAccount>& messages, AlgorithmAccount account) {
  for (const SliceAccount& message : messages) {
    EXPECT_EQ(message.slice, SliceIx{7});
    EXPECT_EQ(message.algorithm, 2);
    take_account(message, account);
  }
  return account;
}

void expect_same(const AlgorithmAccount& got, const AlgorithmAccount& sent) {
  EXPECT_EQ(got.due, sent.due);
  EXPECT_EQ(got.analysed, sent.analysed);
  EXPECT_EQ(got.gated, sent.gated);
  EXPECT_EQ(got.dropped, sent.dropped);
}

TEST(AccountMessage, OneTellsWhatHappens) {
  AlgorithmAccount account{50, 1, 60, {}};
  account.drop(Reason::camera_offline, 4);
  account.drop(Reason::store_behind, 5);
  const auto messages = messages_of(account);
  EXPECT_EQ(messages.size(), 1U);
  expect_same(taken(messages, {}), account);
}

TEST(AccountMessage, ALaterOneReplacesWhatWasTold) {
  AlgorithmAccount before{3, 0, 9, {}};
  before.drop(Reason::overload, 6);
  AlgorithmAccount now{4, 0, 5, {}};
  now.drop(Reason::cancelled, 1);
  expect_same(taken(messages_of(now), before), now);
}

TEST(AccountMessage, EveryReasonArrives) {
  AlgorithmAccount account{1, 2, 0, {}};
  for (std::size_t i = 1; i < reason_count; ++i)
    account.drop(static_cast<Reason>(i), static_cast<std::uint32_t>(100 * i));
  account.due = static_cast<std::uint32_t>(account.accounted());
  AlgorithmAccount before{};
  before.drop(Reason::overload, 1);
  expect_same(taken(messages_of(account), before), account);
}

TEST(AccountMessage, IsTakenAsItWasTold) {
  testing::check_property([] {
    AlgorithmAccount account{};
    for (std::size_t i = 1; i < reason_count; ++i)
      account.dropped[i] = *rc::gen::inRange<std::uint32_t>(0, 3);
    const auto messages = messages_of(account);
    RC_ASSERT(taken(messages, {}).dropped == account.dropped);
    const auto reasons = static_cast<std::size_t>(
        std::ranges::count_if(account.dropped, [](std::uint32_t count) { return count > 0; }));
    RC_ASSERT(messages.size() <= 1 + reasons / SliceAccount::reasons_told);
  });
}

}  // namespace
}  // namespace camfleet
