#include "runtime/cluster/plausible.hpp"

#include <gtest/gtest.h>

namespace camfleet::cluster {
namespace {

const Instant now = Instant(hours(24 * 20'000));

TEST(Plausible, AccountsAddUp) {
  SliceAccount account{};
  account.due = 10;
  account.analysed = 6;
  account.gated = 1;
  account.dropped = {2, 1};
  EXPECT_TRUE(is_plausible(account, now));
  account.dropped = {2, 2};
  EXPECT_FALSE(is_plausible(account, now));
  account.dropped = {UINT32_MAX, 8};
  EXPECT_FALSE(is_plausible(account, now)) << "a sum of 32 bits would be 7";
  account = {};
  account.due = UINT32_MAX;
  EXPECT_FALSE(is_plausible(account, now));
}

TEST(Plausible, SpansAndInstantsAreThoseOfASlice) {
  SliceDone done{};
  done.ended_at = now;
  done.planned = seconds(60);
  done.observed = seconds(59);
  EXPECT_TRUE(is_plausible(done, now));
  done.started = true;
  EXPECT_FALSE(is_plausible(done, now)) << "it began before there were cameras";
  done.started_at = now - seconds(60);
  EXPECT_TRUE(is_plausible(done, now));
  done.observed = -seconds(1);
  EXPECT_FALSE(is_plausible(done, now));
  done.observed = hours(24 * 365 * 80);
  EXPECT_FALSE(is_plausible(done, now));
  done.observed = seconds(1);
  done.ended_at = now + hours(24 * 30);
  EXPECT_FALSE(is_plausible(done, now));
  EXPECT_TRUE(is_plausible(SliceProgress{{}, false, false, {}, {}, seconds(1)}, now));
  EXPECT_FALSE(is_plausible(SliceProgress{{}, true, false, {}, {}, seconds(1)}, now));
}

}  // namespace
}  // namespace camfleet::cluster
