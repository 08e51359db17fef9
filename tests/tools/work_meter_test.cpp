#include "tools/camfleet/cli/work_meter.hpp"

#include <gtest/gtest.h>

namespace camfleet::cli {
namespace {

/// One clip of 80 s, looked at once a second by one algorithm, in a run of a day.
class MeterTest : public ::testing::Test {
 protected:
  MeterTest() {
    static_cast<void>(roster_.add_algorithm("2"));
    DeviceEntry clip;
    clip.id = "clip";
    clip.kind = DeviceKind::recorded;
    clip.length = seconds(80);
    static_cast<void>(roster_.add_device(clip));
  }

  void add(InstanceSpec spec) {
    spec.schedule.zone = "UTC";
    spec.algorithms = {{"2", "person"}};
    spec.devices.emplace_back();
    spec.devices.back().id = "clip";
    const std::string id = std::to_string(roster_.instance_count());
    ASSERT_TRUE(roster_.add_instance(id, std::move(spec), from_).has_value());
  }
  [[nodiscard]] WorkMeter meter() const { return {roster_, from_, from_ + hours(24)}; }
  [[nodiscard]] static SliceRow row(const SliceKey& key, Duration planned) {
    SliceRow row;
    row.key = key;
    row.planned = planned;
    return row;
  }

  Instant from_ = parse_iso("2026-03-01T00:00:00Z").value();
  Roster roster_;
};

TEST_F(MeterTest, AClipIsAllTheWorkHoweverLongTheSpan) {
  InstanceSpec once;
  once.schedule.type = ScheduleType::once;
  add(once);
  WorkMeter meter = this->meter();
  const SliceKey key{InstanceIx{0}, DeviceIx{0}, from_};
  EXPECT_EQ(meter.done(from_), 0U);
  meter.due(key);
  EXPECT_EQ(meter.done(from_ + seconds(20)), WorkMeter::whole / 4);
  EXPECT_EQ(meter.done(from_ + seconds(60)), WorkMeter::whole * 3 / 4);
  meter.ended(row(key, seconds(80)));
  EXPECT_EQ(meter.done(from_ + seconds(80)), WorkMeter::whole - 1);
  EXPECT_EQ(meter.ends(), from_ + seconds(80));
}

TEST_F(MeterTest, BetweenWindowsNothingIsDone) {
  InstanceSpec spec;
  spec.schedule.windows = {{3600, 3660}, {7200, 7380}};
  add(spec);
  WorkMeter meter = this->meter();
  const SliceKey first{InstanceIx{0}, DeviceIx{0}, from_ + hours(1)};
  EXPECT_EQ(meter.done(from_ + hours(1)), 0U);
  meter.due(first);
  EXPECT_EQ(meter.done(from_ + hours(1) + seconds(30)), WorkMeter::whole / 8);
  meter.ended(row(first, seconds(60)));
  for (const Duration span : {minutes(61), minutes(90), minutes(120)})
    EXPECT_EQ(meter.done(from_ + span), WorkMeter::whole / 4);
  EXPECT_EQ(meter.ends(), from_ + hours(2) + minutes(3));
}

TEST_F(MeterTest, WithoutWorkNothingIsDone) {
  InstanceSpec spec;
  spec.schedule.type = ScheduleType::every_month;
  spec.schedule.days = 1;  // day 0, which never fires
  spec.schedule.windows = {{0, 60}};
  add(spec);
  EXPECT_EQ(meter().done(from_ + hours(12)), 0U);
}

}  // namespace
}  // namespace camfleet::cli
