// A scheduler and its nodes over real connections, in one process.
#include <deque>

#include "runtime/caf/link_actors.hpp"
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
  add_instance(2, minutes(3));
  begin();
  add_node("a", hello());
  add_node("b", hello());
  ASSERT_TRUE(ends()) << told_.all();
  const Sums sums = sums_of(rows());
  EXPECT_EQ(sums.outcomes, (std::map<std::string, int>{{"done", 18}})) << text_of(rows()) << told_.all();
  EXPECT_EQ(sums.due, 36);
  EXPECT_EQ(sums.analysed, 36);
  EXPECT_EQ(sums.nodes.size(), 2U);
  EXPECT_TRUE(book_.closed().has_value());
  const std::lock_guard lock(found_mutex_);
  EXPECT_GT(found_["a"], 0) << "the square moves";
  EXPECT_GT(found_["b"], 0);
}

TEST_F(ClusterRun, DevicesAreWhereTheyAreReached) {
  for (int i = 0; i < 3; ++i) add_device("square-" + std::to_string(i), "square");
  for (int i = 0; i < 3; ++i) add_device("cube-" + std::to_string(i), "cube");
  add_instance(2, minutes(1));
  begin();
  add_node("a", hello({"square"}));
  add_node("b", hello({"cube"}));
  ASSERT_TRUE(ends()) << told_.all();
  EXPECT_EQ(sums_of(rows()).outcomes, (std::map<std::string, int>{{"done", 6}})) << text_of(rows());
  for (const auto& row : rows())
    EXPECT_EQ(row["node"], row["device"].get<std::string>().starts_with("square") ? "a" : "b");
}

TEST_F(ClusterRun, ANodeThatComesLaterGetsItsShare) {
  for (int i = 0; i < 6; ++i) add_device("cam-" + std::to_string(i), "square");
  add_instance(2, minutes(4));
  begin();
  add_node("a", hello());
  std::this_thread::sleep_for(std::chrono::milliseconds(1500));
  add_node("b", hello());
  ASSERT_TRUE(ends()) << told_.all();
  const Sums sums = sums_of(rows());
  EXPECT_EQ(sums.outcomes, (std::map<std::string, int>{{"done", 24}})) << text_of(rows());
  EXPECT_GT(sums.nodes.at("b"), 0);
}

TEST_F(ClusterRun, SlicesOfANodeThatGoesAreGoneOnWithElsewhere) {
  for (int i = 0; i < 4; ++i) add_device("cam-" + std::to_string(i), "square");
  add_instance(0, minutes(2));
  begin();
  add_node("a", hello());
  add_node("b", hello());
  // In the first slices.
  std::this_thread::sleep_for(std::chrono::milliseconds(1200));
  nodes_.erase("b");
  ASSERT_TRUE(ends()) << told_.all();
  const Sums sums = sums_of(rows());
  EXPECT_EQ(sums.outcomes, (std::map<std::string, int>{{"done", 4}})) << text_of(rows());
  EXPECT_EQ(sums.analysed, 480) << "footage loses nothing";
  int moved = 0;
  for (const auto& row : rows()) {
    if (row["parts"].empty()) continue;
    ++moved;
    EXPECT_EQ(row["parts"][0]["node"], "b") << row.dump();
    EXPECT_EQ(row["node"], "a");
  }
  EXPECT_GT(moved, 0) << text_of(rows());
  EXPECT_TRUE(told_.hears("node 'b' has gone")) << told_.all();
}

TEST_F(ClusterRun, WhoIsNotFitIsRefused) {
  add_device("cam", "square");
  add_instance(2, minutes(30));
  begin();
  Hello old = hello();
  old.version = protocol_version + 1;
  const auto other_version = join("a", old);
  ASSERT_FALSE(other_version.has_value());
  EXPECT_EQ(other_version.error().code, Errc::forbidden) << other_version.error().line();
  EXPECT_NE(other_version.error().line().find("version " + std::to_string(protocol_version + 1)),
            std::string::npos)
      << other_version.error().line();
  Hello other = hello();
  other.acu = 0;
  const auto nothing = join("b", other);
  ASSERT_FALSE(nothing.has_value());
  EXPECT_EQ(nothing.error().code, Errc::forbidden) << nothing.error().line();
  // The same as it should be, once the connection of the refused one is closed.
  auto again = join("b", hello());
  for (int i = 0; i < 50 && !again.has_value(); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    again = join("b", hello());
  }
  ASSERT_TRUE(again.has_value()) << again.error().line();
  const auto twice = join("b", hello());
  ASSERT_FALSE(twice.has_value());
  EXPECT_EQ(twice.error().code, Errc::limit) << twice.error().line();
}

/// Says what a node would not.
class Liar {
 public:
  Liar(std::uint16_t port, const link::OwnKeys& keys)
      : links_({.received = [](auto, auto) {},
                .strange = [](auto, const auto&) {},
                .take = [this](auto) { return take(); }}) {
    call_ = link::Call::make({.host = "127.0.0.1", .port = port, .deadline = seconds(5), .limits = {}}, keys,
                             [this](const auto&) { has_ended_ = true; })
                .value();
    links_.find(1, call_->socket(), seconds(5)).value();
  }
  void say(std::string bytes) {
    {
      const std::lock_guard lock(mutex_);
      bytes_.push_back(std::move(bytes));
    }
    links_.wake(1);
  }
  [[nodiscard]] bool is_thrown_out() const {
    for (int i = 0; i < 500 && !has_ended_; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(10));
    return has_ended_;
  }

 private:
  std::string take() {
    const std::lock_guard lock(mutex_);
    if (bytes_.empty()) return "";
    std::string next = std::move(bytes_.front());
    bytes_.pop_front();
    return next;
  }
  std::mutex mutex_;
  std::deque<std::string> bytes_;
  std::atomic<bool> has_ended_ = false;
  std::unique_ptr<link::Call> call_;
  shells::LinkActors links_;
};

TEST_F(ClusterRun, WhoLiesIsThrownOutAndTheOthersWork) {
  for (int i = 0; i < 2; ++i) add_device("cam-" + std::to_string(i), "square");
  add_instance(2, minutes(4));
  begin();
  add_node("a", hello());
  const auto envelope = [](const std::vector<Record>& records) {
    std::string bytes;
    for (const Record& record : records) append(bytes, record);
    return bytes;
  };
  // Far instances, what schedulers say, a second hello, bytes of nobody, no hello at all.
  const std::vector<std::string> lies = {
      envelope({hello(), ToInstance<SliceDone>{InstanceIx{1'000'000}, {}}}),
      envelope({hello(), Welcome{start_, 1}}),
      envelope({hello(), hello()}),
      envelope({hello()}) + "\xFF rubbish",
      envelope({Joined{start_, start_}}),
  };
  for (const std::string& lie : lies) {
    Liar liar(end_->port(), node("b").own);
    liar.say(lie);
    EXPECT_TRUE(liar.is_thrown_out());
  }
  ASSERT_TRUE(ends()) << told_.all();
  EXPECT_EQ(sums_of(rows()).outcomes, (std::map<std::string, int>{{"done", 8}})) << text_of(rows());
}

}  // namespace
}  // namespace camfleet::cluster
