// Rules that are to be seen in rows and findings alone.
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "simulator/checker/record_lines.hpp"
#include "tests/simulator/checker/gate_plan.hpp"

namespace camfleet::check {
namespace {

CheckedPlan plan() {
  return gate_plan(2);
}

nlohmann::json row(int minute) {
  const std::string at = "2026-03-01T00:0" + std::to_string(minute);
  return {{"instance", "x"},
          {"device", "gate"},
          {"due_at", at + ":00Z"},
          {"started_at", at + ":00.1Z"},
          {"ended_at", at + ":10Z"},
          {"planned_s", 10},
          {"observed_s", 10},
          {"outcome", "done"},
          {"reason", nullptr},
          {"node", "a"},
          {"parts", nlohmann::json::array()},
          {"algorithms",
           {{{"algorithm", "3"},
             {"due", 10},
             {"analysed", 10},
             {"gated", 0},
             {"dropped", nlohmann::json::object()}}}}};
}

nlohmann::json finding(int minute, int second) {
  const std::string at = "2026-03-01T00:0" + std::to_string(minute);
  return {{"instance", "x"},
          {"device", "gate"},
          {"algorithm", "3"},
          {"due_at", at + ":00Z"},
          {"at", at + ":0" + std::to_string(second) + "Z"}};
}

class CheckerTest : public testing::Test {
 protected:
  /// The rules that are broken by these lines, each once.
  std::string found(const CheckedPlan& of = plan()) {
    Checker checker(of);
    RecordLines lines(checker);
    for (const auto& line : rows_) {
      const auto read = lines.row(line, "row");
      EXPECT_TRUE(read.has_value()) << read.error().line();
    }
    for (const auto& line : findings_) {
      const auto read = lines.finding(line, "finding");
      EXPECT_TRUE(read.has_value()) << read.error().line();
    }
    checker.close();
    std::string rules;
    for (const auto& [rule, count] : checker.breaches().counts()) rules += (rules.empty() ? "" : ", ") + rule;
    return rules;
  }

  std::vector<nlohmann::json> rows_{row(0), row(1)};
  std::vector<nlohmann::json> findings_{finding(0, 3), finding(1, 9)};
};

TEST_F(CheckerTest, NothingIsFoundWhereAllIsWell) {
  EXPECT_EQ(found(), "");
}

TEST_F(CheckerTest, RowsThatAreNotThereThereTwiceOrNotDue) {
  rows_.pop_back();
  findings_.pop_back();
  EXPECT_EQ(found(), "no row");
  rows_ = {row(0), row(1), row(1)};
  EXPECT_EQ(found(), "two rows");
  rows_ = {row(0), row(1), row(2)};
  EXPECT_EQ(found(), "not due");
  rows_ = {row(0), row(1)};
  rows_[1]["device"] = "yard";
  EXPECT_EQ(found(), "no row, not due");
  rows_[1]["device"] = "nowhere";
  EXPECT_EQ(found(), "no row, not due");
}

TEST_F(CheckerTest, SumsAndOutcomes) {
  const auto with = [&](const char* field, const nlohmann::json& value) {
    rows_[1]["algorithms"][0][field] = value;
    return found();
  };
  EXPECT_EQ(with("analysed", 9), "wrong outcome, wrong sum");
  EXPECT_EQ(with("dropped", {{"overload", 1U}}), "wrong outcome");
  rows_[1]["outcome"] = "partial";
  EXPECT_EQ(found(), "wrong outcome") << "its reason";
  rows_[1]["reason"] = "overload";
  EXPECT_EQ(found(), "");
  rows_[1]["reason"] = "node_lost";
  EXPECT_EQ(found(), "wrong outcome");
  rows_[1]["reason"] = "overload";
  rows_[1]["planned_s"] = 11;
  rows_[1]["algorithms"][0]["due"] = 11;
  rows_[1]["algorithms"][0]["dropped"]["overload"] = 2U;
  EXPECT_EQ(found(), "wrong times") << "the calendar has 10 s";
  rows_[1] = row(1);
  rows_[1]["observed_s"] = 10.5;
  EXPECT_EQ(found(), "wrong times");
}

TEST_F(CheckerTest, PartsFollowEachOther) {
  const auto part = [](const char* node, int from, int to, const nlohmann::json& why) {
    const std::string at = "2026-03-01T00:01:0";
    return nlohmann::json{{"node", node},
                          {"from", at + std::to_string(from) + "Z"},
                          {"to", at + std::to_string(to) + "Z"},
                          {"why", why}};
  };
  rows_[1]["parts"] = {part("b", 0, 4, "node_lost"), part("a", 4, 9, nullptr)};
  EXPECT_EQ(found(), "");
  rows_[1]["parts"] = {part("b", 0, 4, "node_lost"), part("a", 3, 9, nullptr)};
  EXPECT_EQ(found(), "on two nodes");
  rows_[1]["parts"] = {part("b", 0, 4, nullptr), part("a", 4, 9, nullptr)};
  EXPECT_EQ(found(), "wrong parts");
  rows_[1]["parts"] = {part("a", 0, 4, "drained"), part("b", 4, 9, nullptr)};
  EXPECT_EQ(found(), "wrong parts") << "the row says a";
}

TEST_F(CheckerTest, FindingsBelongToSamplesThatCount) {
  findings_.push_back(finding(0, 3));
  EXPECT_EQ(found(), "finding twice");
  findings_.back()["at"] = "2026-03-01T00:00:03.5Z";
  EXPECT_EQ(found(), "finding without its sample");
  findings_.back() = finding(0, 3);
  findings_.back()["due_at"] = "2026-03-01T00:05:00Z";
  EXPECT_EQ(found(), "finding without its row");
  findings_.back() = finding(0, 3);
  findings_.back()["algorithm"] = "9";
  EXPECT_EQ(found(), "finding without its row");
  findings_.pop_back();
  rows_[1]["outcome"] = "missed";
  rows_[1]["reason"] = "node_lost";
  rows_[1]["started_at"] = nullptr;
  rows_[1]["observed_s"] = 0;
  rows_[1]["algorithms"][0]["analysed"] = 0;
  rows_[1]["algorithms"][0]["dropped"] = {{"node_lost", 10U}};
  EXPECT_EQ(found(), "finding without its sample");
  rows_[1]["given_up"] = {{{"from", "2026-03-01T00:01:00Z"}, {"to", "2026-03-01T00:01:10Z"}}};
  EXPECT_EQ(found(), "late or not") << "its line does not say so";
  findings_[1]["late"] = true;
  EXPECT_EQ(found(), "");
}

TEST_F(CheckerTest, AllIsWellAfterTheLastFault) {
  CheckedPlan healed = plan();
  healed.until = healed.from + minutes(5);
  healed.healed = healed.from + seconds(50);
  rows_ = {row(0), row(1), row(2), row(3), row(4)};
  EXPECT_EQ(found(healed), "");
  const auto break_row = [&](int minute) {
    rows_[static_cast<std::size_t>(minute)]["outcome"] = "partial";
    rows_[static_cast<std::size_t>(minute)]["reason"] = "camera_offline";
    rows_[static_cast<std::size_t>(minute)]["algorithms"][0]["analysed"] = 9;
    rows_[static_cast<std::size_t>(minute)]["algorithms"][0]["dropped"] = {{"camera_offline", 1U}};
  };
  break_row(2);
  EXPECT_EQ(found(healed), "") << "it takes a while";
  break_row(3);
  EXPECT_EQ(found(healed), "not healed");
  EXPECT_EQ(found(), "not due") << "nobody knows when the last fault was over";
}

TEST_F(CheckerTest, ASliceThatNeverEnds) {
  CheckedPlan of = plan();
  of.known_until = of.from + minutes(10);
  Checker checker(of);
  checker.open(0, 0, of.from + minutes(1));
  EXPECT_EQ(checker.breaches().counts().count("never ends"), 1U);
  of.known_until = of.from + minutes(2);
  Checker early(of);
  early.open(0, 0, of.from + minutes(1));
  EXPECT_EQ(early.breaches().total(), 0U) << "it has ended a moment ago";
}

TEST_F(CheckerTest, RowsThatStandForMany) {
  rows_ = {row(0),
           {{"instance", "x"},
            {"due_at", "2026-03-01T00:00:30Z"},
            {"until", "2026-03-01T00:02:00Z"},
            {"slices", 1}}};
  findings_.pop_back();
  CheckedPlan of_service = plan();
  of_service.known_until = of_service.from + minutes(10);
  EXPECT_EQ(found(of_service), "");
  rows_[1]["slices"] = 2;
  EXPECT_EQ(found(of_service), "wrong sum");
  rows_[1]["slices"] = 1;
  rows_.push_back(row(1));
  EXPECT_EQ(found(of_service), "wrong sum") << "it has a row of its own";
}

TEST_F(CheckerTest, RowsThatAccountForOtherAlgorithms) {
  rows_[1]["algorithms"][0]["algorithm"] = "9";
  EXPECT_EQ(found(), "wrong sum");
}

TEST_F(CheckerTest, DevicesThatNobodyKnowsAnyMore) {
  CheckedPlan gone = plan();
  gone.devices[0].is_known = false;
  rows_.pop_back();
  findings_.pop_back();
  EXPECT_EQ(found(gone), "");
  rows_.push_back(row(1));
  rows_[1]["due_at"] = "2026-03-01T00:01:05Z";
  rows_[1]["started_at"] = "2026-03-01T00:01:05Z";
  EXPECT_EQ(found(gone), "") << "as a camera it would be due later";
}

}  // namespace
}  // namespace camfleet::check
