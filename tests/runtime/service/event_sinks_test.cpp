#include "runtime/service/event_sinks.hpp"

#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace camfleet::service {
namespace {

using ::testing::HasSubstr;

SliceRow missed() {
  SliceRow row;
  row.key.due_at = parse_iso("2026-03-02T10:00:00Z").value();
  row.planned = seconds(60);
  row.algorithms.emplace_back();
  row.algorithms[0].due = 60;
  row.algorithms[0].drop(Reason::camera_offline, 60);
  row.verdict = judge(row);
  return row;
}

std::string logged(const Event& event, logging::Level level = logging::Level::debug) {
  std::ostringstream out;
  {
    logging::Log::Settings settings;
    settings.level = level;
    logging::Log log(out, settings);
    EventLog(log).on(event);
    log.settle_all();
  }
  return out.str();
}

TEST(EventLog, SaysWhatAnOperatorWantsToRead) {
  const SliceRow row = missed();
  EXPECT_THAT(logged(SliceEnded{7, "gate", &row, ""}),
              HasSubstr("warn slice ended instance=7 device=gate slice=2026-03-02T10:00:00Z outcome=missed "
                        "reason=camera_offline planned_s=60 observed_s=0"));
  const Error error{Errc::unreachable, "rtsp://h", "cannot be reached"};
  EXPECT_THAT(logged(Trouble{&error, "gate", Reason::camera_offline, true}),
              HasSubstr("warn stream failed device=gate reason=camera_offline where=rtsp://h"));
  EXPECT_THAT(logged(InstanceCreated{7, "p", false}),
              HasSubstr("info instance created instance=7 project=p"));
  EXPECT_EQ(logged(InstanceCreated{7, "p", true}), "");
  EXPECT_EQ(logged(StreamUp{"gate"}, logging::Level::info), "");
}

TEST(EventMetrics, Count) {
  Metrics metrics;
  EventMetrics sink(metrics);
  const SliceRow row = missed();
  const store::FindingRecord finding{0, {7, "gate", 0}, "motion", 0, "", ""};
  sink.on(InstanceCreated{7, "p", false});
  sink.on(InstanceCreated{8, "p", true});
  sink.on(InstanceDeleted{8, "p"});
  sink.on(SliceBecameDue{7, "gate", row.key.due_at, row.planned, Duration(0), false});
  sink.on(SliceBecameDue{7, "gate", row.key.due_at, row.planned, Duration(0), true});
  sink.on(SliceEnded{7, "gate", &row, ""});
  sink.on(FindingStored{&finding});
  sink.on(StreamRetried{"gate"});
  const std::string text = metrics.text();
  for (const char* line : {"camfleet_instances 1\n", "camfleet_slices_running 1\n",
                           "camfleet_slices_total{outcome=\"missed\",reason=\"camera_offline\"} 1\n",
                           "camfleet_samples_total{reason=\"camera_offline\",result=\"dropped\"} 60\n",
                           "camfleet_findings_total{algorithm=\"motion\"} 1\n"})
    EXPECT_THAT(text, HasSubstr(line));
}

}  // namespace
}  // namespace camfleet::service
