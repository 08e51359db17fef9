// A scheduler and its nodes over real connections, in one process.
#include "tests/runtime/cluster/cluster_fixture.hpp"

namespace camfleet::cluster {
namespace {

/// Rows by outcome, and samples by what became of them.
struct Sums {
  std::map<std::string, int> outcomes;
  std::map<std::string, int> nodes;
  int due = 0;
  int analysed = 0;
};
Sums sums_of(const std::vector<nlohmann::json>& rows) {
  Sums sums;
  for (const auto& row : rows) {
    ++sums.outcomes[row["outcome"]];
    ++sums.nodes[row["node"]];
    for (const auto& algorithm : row["algorithms"]) {
      sums.due += algorithm["due"].get<int>();
      sums.analysed += algorithm["analysed"].get<int>();
    }
  }
  return sums;
}

std::string text_of(const std::vector<nlohmann::json>& rows) {
  std::string text;
  for (const auto& row : rows) text += row.dump() + "\n";
  return text;
}

class ClusterRun : public ClusterTest {
 protected:
  ClusterRun() {
    roster_.add_algorithm("3").value();
    roster_.use_placement().value();
  }
};

TEST_F(ClusterRun, TwoNodesDoWhatOneProcessWould) {
  for (int i = 0; i < 6; ++i) add_device("cam-" + std::to_string(i), "square");
  add_instance(60, minutes(3));
  begin();
  add_node("a", hello());
  add_node("b", hello());
  ASSERT_TRUE(ends()) << told_.all();
  const Sums sums = sums_of(rows());
  EXPECT_EQ(sums.outcomes, (std::map<std::string, int>{{"done", 18}})) << text_of(rows()) << told_.all();
  EXPECT_EQ(sums.due, 36);
  EXPECT_EQ(sums.analysed, 36);
  EXPECT_EQ(sums.nodes.size(), 2U);
  EXPECT_GT(sums.nodes.at("a"), 0);
  EXPECT_GT(sums.nodes.at("b"), 0);
  EXPECT_TRUE(book_.closed().has_value());
  const std::lock_guard lock(found_mutex_);
  EXPECT_GT(found_["a"] + found_["b"], 0) << "the square moves";
}

}  // namespace
}  // namespace camfleet::cluster
