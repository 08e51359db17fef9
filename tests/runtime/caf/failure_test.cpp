// An actor whose handler throws starts over, and its slices are accounted for.
#include <stdexcept>
#include <string>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/runtime/caf/virtual_fleet.hpp"
#include "tests/simulator/scripted_world.hpp"

namespace camfleet::shells {
namespace {

using nlohmann::json;
using sim::ScriptedWorld;

class Failure : public ::testing::Test {
 protected:
  Failure() {
    for (const char* id : {"a", "b", "c"}) world_.device(id, DeviceKind::recorded);
    world_.instance("i", {{"IsPolling", true}, {"SliceExecutionTime", 60}, {"OverallExecutionTime", 10}});
  }

  /// Runs with the `nth` call of that name for device 1 throwing.
  void run(std::string_view call, int nth) {
    ActorSettings settings;
    settings.until = world_.settings.until;
    actors_ = std::make_unique<VirtualFleet>(world_.roster(), world_.start(), world_.script, settings);
    actors_->port().trip = [call, nth, seen = 0](std::string_view name, std::uint32_t device) mutable {
      if (name == call && device == 1 && ++seen == nth) throw std::runtime_error("planted");
    };
    actors_->run();
  }

  /// The rows of device b, in order, and that all others are done.
  std::vector<json> rows_of_b() {
    std::vector<json> rows;
    for (const std::string& line : actors_->lines) {
      json row = json::parse(line);
      if (row["device"] == "b") {
        rows.push_back(std::move(row));
      } else {
        EXPECT_EQ(row["outcome"], "done") << line;
      }
    }
    return rows;
  }

  ScriptedWorld world_;
  std::unique_ptr<VirtualFleet> actors_;
};

TEST_F(Failure, ADeviceThatThrowsLosesTheRestOfItsSlice) {
  run("read", 31);
  EXPECT_EQ(actors_->failures, std::vector<std::string>{"planted"});
  ASSERT_TRUE(actors_->book().closed().has_value()) << actors_->book().closed().error().line();
  const auto rows = rows_of_b();
  ASSERT_EQ(rows.size(), 6U);
  EXPECT_EQ(rows[0]["outcome"], "partial");
  EXPECT_EQ(rows[0]["reason"], "node_lost");
  EXPECT_EQ(rows[0]["algorithms"][0]["analysed"], 30);
  for (std::size_t i = 1; i < 6; ++i) EXPECT_EQ(rows[i]["outcome"], "done") << rows[i];
  EXPECT_EQ(actors_->plant().streams_open(), 0U);
  EXPECT_EQ(actors_->plant().frames_held(), 0U);
}

TEST_F(Failure, ADeviceThatThrowsAsItOpensMissesItsSlice) {
  run("open", 2);
  ASSERT_TRUE(actors_->book().closed().has_value()) << actors_->book().closed().error().line();
  const auto rows = rows_of_b();
  ASSERT_EQ(rows.size(), 6U);
  EXPECT_EQ(rows[1]["outcome"], "missed") << rows[1];
  EXPECT_EQ(rows[1]["reason"], "node_lost");
  EXPECT_EQ(rows[2]["outcome"], "done");
}

TEST_F(Failure, AnAnalyzerThatThrowsFailsTheSamplesItHad) {
  run("analyse", 10);
  EXPECT_EQ(actors_->failures.size(), 1U);
  ASSERT_TRUE(actors_->book().closed().has_value()) << actors_->book().closed().error().line();
  const auto rows = rows_of_b();
  ASSERT_EQ(rows.size(), 6U);
  EXPECT_EQ(rows[0]["outcome"], "partial");
  EXPECT_EQ(rows[0]["reason"], "analysis_failed");
  EXPECT_EQ(rows[0]["algorithms"][0]["analysed"], 59);
  EXPECT_EQ(actors_->plant().frames_held(), 0U);
}

TEST_F(Failure, AnInstanceThatThrowsGoesOnWithTheNextSlice) {
  run("slice_due", 3);
  EXPECT_EQ(actors_->failures.size(), 1U);
  const auto rows = rows_of_b();
  EXPECT_EQ(rows.size(), 5U);
  for (const json& row : rows) EXPECT_EQ(row["outcome"], "done") << row;
  // The slice whose beginning failed is known to the ledger; who ends the run writes it off.
  const auto open = actors_->book().ledger().open_slices();
  ASSERT_EQ(open.size(), 1U);
  actors_->book().ended(row_without_samples(world_.roster(), open[0].first, open[0].second, Reason::node_lost,
                                            actors_->now(), "local"));
  EXPECT_TRUE(actors_->book().closed().has_value()) << actors_->book().closed().error().line();
}

}  // namespace
}  // namespace camfleet::shells
