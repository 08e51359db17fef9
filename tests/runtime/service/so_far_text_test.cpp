#include "runtime/service/so_far_text.hpp"

#include <gtest/gtest.h>

namespace camfleet::service {
namespace {

SliceSoFar moved_twice() {
  SliceSoFar so_far;
  so_far.due_at = Instant(hours(10) + seconds(12));
  so_far.started_at = Instant(hours(10) + milliseconds(400));
  so_far.observed = seconds(11);
  so_far.parts = {{"north \"1\"", Instant(hours(10)), Instant(hours(10) + seconds(5)), "node_lost"},
                  {"south", Instant(hours(10) + seconds(5)), Instant(hours(10) + seconds(12)), "drained"}};
  AlgorithmAccount account{9, 1, 12, {}};
  account.drop(Reason::node_lost, 2);
  so_far.accounts = {account, {12, 0, 12, {}}};
  return so_far;
}

TEST(SoFarText, ComesBackAsItWas) {
  for (const SliceSoFar& so_far : {moved_twice(), SliceSoFar()}) {
    const auto read = parse_so_far(to_text(so_far), so_far.accounts.size());
    ASSERT_TRUE(read.has_value()) << read.error().line();
    EXPECT_EQ(read.value(), so_far);
  }
}

TEST(SoFarText, WhatDoesNotAddUpIsAnError) {
  const std::string good = to_text(moved_twice());
  EXPECT_FALSE(parse_so_far(good, 1).has_value()) << "of another instance";
  const auto with = [&](const std::string& was, const std::string& is) {
    const auto at = good.find(was);
    EXPECT_NE(at, std::string::npos) << was;
    return good.substr(0, at) + is + good.substr(at + was.size());
  };
  for (const std::string& bad :
       {std::string("{"), std::string("[]"), std::string(""), with("\"due\":12", "\"due\":13"),
        with("node_lost\":2", "nothing\":2"), with("\"accounts\"", "\"others\""),
        with("\"observed\":", "\"observed\":\"x\",\"o\":")}) {
    const auto read = parse_so_far(bad, 2);
    ASSERT_FALSE(read.has_value()) << bad;
    EXPECT_EQ(read.error().code, Errc::corrupt);
  }
}

}  // namespace
}  // namespace camfleet::service
