#include "runtime/service/metrics.hpp"

#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace camfleet::service {
namespace {

using std::chrono::milliseconds;
using ::testing::HasSubstr;
using ::testing::Not;

SliceRow row_with(std::vector<AlgorithmAccount> algorithms, const Judgement& verdict) {
  SliceRow row;
  row.algorithms = std::move(algorithms);
  row.verdict = verdict;
  return row;
}

std::size_t count_of(const std::string& text, const std::string& what) {
  std::size_t count = 0;
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) ++count;
  return count;
}

TEST(Metrics, AreThereAtZeroBeforeAnythingHappens) {
  Metrics metrics;
  metrics.algorithm_offered("2");
  const std::string text = metrics.text();
  for (const char* line : {
           "\ncamfleet_slices_total{outcome=\"done\",reason=\"none\"} 0\n",
           "\ncamfleet_findings_total{algorithm=\"2\"} 0\n",
           "# TYPE camfleet_slices_running gauge\ncamfleet_slices_running 0\n",
           "# TYPE camfleet_slice_lateness_seconds histogram\ncamfleet_slice_lateness_seconds_count 0\n",
           "camfleet_samples_total{reason=\"none\",result=\"analysed\"} 0\n",
           "camfleet_samples_total{reason=\"scheduler_down\",result=\"dropped\"} 0\n",
           "\ncamfleet_instances 0\n",
           "\ncamfleet_streams_open 0\n",
           "# TYPE camfleet_stream_reconnects_total counter\ncamfleet_stream_reconnects_total 0\n",
           "\ncamfleet_store_commit_duration_seconds_count 0\n",
           "\ncamfleet_store_commit_failures_total 0\n",
           "\ncamfleet_store_changes_waiting 0\n",
           "\ncamfleet_build_info{version=\"",
       })
    EXPECT_THAT(text, HasSubstr(line));
}

TEST(Metrics, OfNodesAreThereAsLongAsTheyAre) {
  Metrics metrics;
  EXPECT_THAT(metrics.text(), Not(HasSubstr("camfleet_node_up")));
  NodeFigures north{.name = "north", .is_up = true, .acu = 4, .cores = 1.5};
  north.devices = 7;
  north.spooled_bytes = 12;
  north.round_trip = milliseconds(3);
  metrics.set_nodes({north, {.name = "south"}});
  const std::string both = metrics.text();
  for (const char* line :
       {"\ncamfleet_node_up{node=\"north\"} 1\n", "\ncamfleet_node_up{node=\"south\"} 0\n",
        "\ncamfleet_node_acu{node=\"north\"} 4\n", "\ncamfleet_node_busy_cores{node=\"north\"} 1.5\n",
        "\ncamfleet_node_devices{node=\"north\"} 7\n", "\ncamfleet_node_spooled_bytes{node=\"north\"} 12\n",
        "\ncamfleet_node_round_trip_seconds{node=\"north\"} 0.003\n"})
    EXPECT_THAT(both, HasSubstr(line));
  metrics.set_nodes({{.name = "south", .is_up = true}});
  EXPECT_THAT(metrics.text(), Not(HasSubstr("north")));
  EXPECT_THAT(metrics.text(), HasSubstr("\ncamfleet_node_up{node=\"south\"} 1\n"));
}

TEST(Metrics, CountLatenessIntoItsBuckets) {
  Metrics metrics;
  for (const Duration lateness : {Duration(-1), Duration(milliseconds(1)), Duration(milliseconds(2)),
                                  Duration(milliseconds(700)), Duration(seconds(31))})
    metrics.slice_due(lateness);
  const std::string text = metrics.text();
  for (const char* line :
       {"_bucket{le=\"0.001\"} 2\n", "_bucket{le=\"0.005\"} 3\n", "_bucket{le=\"0.5\"} 3\n",
        "_bucket{le=\"1\"} 4\n", "_bucket{le=\"30\"} 4\n", "_bucket{le=\"+Inf\"} 5\n", "_count 5\n"})
    EXPECT_THAT(text, HasSubstr(std::string("\ncamfleet_slice_lateness_seconds") + line));
  EXPECT_THAT(text, HasSubstr("\ncamfleet_slices_running 5\n"));
}

TEST(Metrics, AccountForEverySampleOfASlice) {
  Metrics metrics;
  metrics.slice_due(Duration(0));
  metrics.slice_reopened();
  AlgorithmAccount one{.analysed = 6, .gated = 1, .due = 10};
  one.drop(Reason::overload, 2);
  one.drop(Reason::camera_offline);
  metrics.slice_ended(row_with({one, {.analysed = 5, .due = 5}}, {Outcome::partial, Reason::overload}));
  const std::string text = metrics.text();
  for (const char* line : {
           "\ncamfleet_slices_running 1\n",
           "\ncamfleet_slice_lateness_seconds_count 1\n",
           "\ncamfleet_slices_total{outcome=\"partial\",reason=\"overload\"} 1\n",
           "\ncamfleet_samples_total{reason=\"none\",result=\"analysed\"} 11\n",
           "\ncamfleet_samples_total{reason=\"none\",result=\"gated\"} 1\n",
           "\ncamfleet_samples_total{reason=\"overload\",result=\"dropped\"} 2\n",
           "\ncamfleet_samples_total{reason=\"camera_offline\",result=\"dropped\"} 1\n",
       })
    EXPECT_THAT(text, HasSubstr(line));
}

TEST(Metrics, CountCallsByActionAndCode) {
  Metrics metrics;
  metrics.api_called("ListInstances", "0", milliseconds(3));
  metrics.api_called("ListInstances", "0", milliseconds(20));
  metrics.api_called("unknown", "RequestTimeout", std::nullopt);
  const std::string text = metrics.text();
  EXPECT_THAT(text, HasSubstr("\ncamfleet_api_calls_total{action=\"ListInstances\",code=\"0\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("\ncamfleet_api_calls_total{action=\"unknown\",code=\"RequestTimeout\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("_duration_seconds_bucket{action=\"ListInstances\",le=\"0.005\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("_duration_seconds_count{action=\"ListInstances\"} 2\n"));
  EXPECT_THAT(text, Not(HasSubstr("_duration_seconds_count{action=\"unknown\"}")));
}

TEST(Metrics, KeepTheNumberOfCodesBounded) {
  Metrics metrics;
  for (int i = 0; i < 10'000; ++i) metrics.api_called("A", "Missing" + std::to_string(i), std::nullopt);
  const std::string text = metrics.text();
  EXPECT_EQ(count_of(text, "\ncamfleet_api_calls_total{"), Metrics::most_codes + 1);
  EXPECT_THAT(text, HasSubstr("{action=\"A\",code=\"other\"} 9800\n"));
}

TEST(Metrics, EscapeLabelValues) {
  Metrics metrics;
  metrics.found("a\"\\\nb");
  EXPECT_THAT(metrics.text(), HasSubstr(R"(camfleet_findings_total{algorithm="a\"\\\nb"} 1)"
                                        "\n"));
}

TEST(Metrics, LoseNoCountOfManyThreads) {
  Metrics metrics;
  {
    std::vector<std::jthread> threads;
    threads.reserve(4);
    for (int thread = 0; thread < 4; ++thread) {
      threads.emplace_back([&] {
        for (int i = 0; i < 1000; ++i) {
          metrics.slice_due(milliseconds(i));
          metrics.slice_ended(row_with({{.analysed = 1, .due = 1}}, {}));
          if (i % 100 == 0) static_cast<void>(metrics.text());
        }
      });
    }
  }
  const std::string text = metrics.text();
  EXPECT_THAT(text, HasSubstr("\ncamfleet_slices_running 0\n"));
  EXPECT_THAT(text, HasSubstr("\ncamfleet_slice_lateness_seconds_count 4000\n"));
  EXPECT_THAT(text, HasSubstr("\ncamfleet_slices_total{outcome=\"done\",reason=\"none\"} 4000\n"));
  EXPECT_THAT(text, HasSubstr("\ncamfleet_samples_total{reason=\"none\",result=\"analysed\"} 4000\n"));
}

}  // namespace
}  // namespace camfleet::service
