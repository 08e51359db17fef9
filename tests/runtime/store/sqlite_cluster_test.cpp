// What a store keeps of a cluster's nodes.
#include "tests/runtime/store/sqlite_fixture.hpp"

namespace camfleet::store {
namespace {

TEST_F(SqliteStoreTest, KnowsTheNodesThatHaveCome) {
  open();
  const NodeRecord north{"north-1", 4, "north", {"3", "street"}, {"file", "rtsp"}};
  const NodeRecord other{"a", 1, "", {}, {}};
  commit({PutNode{north}, PutNode{{"a", 8, "south", {"1"}, {"http"}}}, PutNode{other}});
  EXPECT_EQ(reopened().nodes, (std::vector<NodeRecord>{other, north}));
  commit({DropNode{"a"}, DropNode{"nobody"}});
  EXPECT_EQ(reopened().nodes, (std::vector<NodeRecord>{north}));
}

TEST_F(SqliteStoreTest, KnowsHowFarSpoolsAreOfEachNodeTheNewest) {
  open();
  constexpr std::uint64_t large = 0xffff'ffff'ffff'fff0U;
  commit({PutSpool{{"a", large, 3}}, PutSpool{{"a", large, 7}}, PutSpool{{"a", large, 5}},
          PutSpool{{"b", 1, 1}}});
  EXPECT_EQ(reopened().spools, (std::vector<SpoolRecord>{{"a", large, 7}, {"b", 1, 1}})) << "none goes back";
  for (std::uint64_t spool = 1; spool <= most_spools + 2U; ++spool) commit({PutSpool{{"a", spool, spool}}});
  const auto spools = reopened().spools;
  ASSERT_EQ(spools.size(), most_spools + 1U);
  EXPECT_EQ(spools.front(), (SpoolRecord{"a", 3, 3}));
  EXPECT_EQ(spools.back(), (SpoolRecord{"b", 1, 1}));
}

TEST_F(SqliteStoreTest, KnowsWhatIsOverOfAnOpenSlice) {
  open();
  commit({PutInstance{instance(1)}, SliceDue{{1, "moved", 10}, 5}, SliceDue{{1, "still", 10}, 5},
          SliceMoved{{1, "moved", 10}, "first"}, SliceMoved{{1, "moved", 10}, "both"}});
  auto open_slices = reopened().open_slices;
  ASSERT_EQ(open_slices.size(), 2U);
  EXPECT_EQ(open_slices[0].so_far, "both");
  EXPECT_EQ(open_slices[1].so_far, "");
  commit({ended({1, "moved", 10})});
  ASSERT_EQ(reopened().open_slices.size(), 1U);
  EXPECT_FALSE(store_->commit(std::vector<Change>{SliceMoved{{1, "moved", 10}, "late"}}).has_value());
}

TEST_F(SqliteStoreTest, AFindingOfANodeNeedsItsSlice) {
  open();
  commit({PutInstance{instance(1)}, SliceDue{{1, "open", 10}, 5}, SliceDue{{1, "ended", 10}, 5},
          ended({1, "ended", 10})});
  const Changes changes{PutFinding{finding({1, "open", 10}, "3", 11), true},
                        PutFinding{finding({1, "ended", 10}, "3", 11), true},
                        PutFinding{finding({1, "open", 11}, "3", 11), true},
                        PutFinding{finding({2, "open", 10}, "3", 11), true},
                        PutFinding{finding({1, "open", 10}, "3", 11), true},
                        PutFinding{finding({1, "elsewhere", 10}, "3", 11)}};
  const Committed committed = store_->commit(changes).value();
  EXPECT_EQ(committed.orphaned, (std::vector<std::size_t>{2, 3}));
  EXPECT_EQ(committed.repeated, (std::vector<std::size_t>{4}));
  EXPECT_EQ(number("SELECT count(*) FROM findings"), 3) << "who was here found it in a slice that is there";
}

}  // namespace
}  // namespace camfleet::store
