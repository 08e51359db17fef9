#include "actors/plan/concurrency.hpp"

#include <string>

#include <gtest/gtest.h>

namespace camfleet {
namespace {

constexpr int hour = 3600;

class ConcurrencyBound : public ::testing::Test {
 protected:
  ConcurrencyBound() { static_cast<void>(roster_.add_algorithm("2")); }

  /// An instance with `devices` devices of its own, `window_s` long from `opens_s` of the UTC day on.
  void add(int devices, int opens_s, int window_s, std::optional<Polling> polling) {
    InstanceSpec spec;
    spec.schedule.zone = "UTC";
    spec.schedule.windows = {{opens_s, opens_s + window_s}};
    spec.polling = polling;
    spec.algorithms = {{"2", "person"}};
    for (int i = 0; i < devices; ++i) {
      DeviceEntry device;
      device.id = "cam-" + std::to_string(roster_.device_count());
      spec.devices.emplace_back();
      spec.devices.back().id = device.id;
      static_cast<void>(roster_.add_device(device));
    }
    const std::string id = "i" + std::to_string(roster_.instance_count());
    ASSERT_TRUE(roster_.add_instance(id, spec, start_).has_value());
  }
  [[nodiscard]] std::int64_t bound(Duration span = hours(24)) const {
    return concurrency_bound(roster_, start_, start_ + span);
  }

  Instant start_ = parse_iso("2026-03-01T00:00:00Z").value();
  Roster roster_;
};

TEST_F(ConcurrencyBound, OnePolledInstanceByHand) {
  add(7, hour, hour, Polling{seconds(240), minutes(10)});
  EXPECT_EQ(bound(), 3);  // 7 · 240 / 600
}

TEST_F(ConcurrencyBound, AWindowShorterThanARoundCountsAsTheRound) {
  add(10, hour, 300, Polling{seconds(60), minutes(10)});
  EXPECT_EQ(bound(), 2);  // 10 · 60 / 300
}

TEST_F(ConcurrencyBound, WindowsWithoutPollingCountEachDevice) {
  add(5, hour, hour, std::nullopt);
  EXPECT_EQ(bound(), 5);
}

TEST_F(ConcurrencyBound, WindowsThatAreOpenTogetherAddUpBeforeTheyAreRoundedUp) {
  add(5, hour, hour, Polling{seconds(60), minutes(10)});  // 0.5
  add(4, hour, hour, Polling{seconds(60), minutes(10)});  // 0.4
  EXPECT_EQ(bound(), 1);
  add(2, hour, hour, Polling{seconds(60), minutes(10)});  // 0.2
  EXPECT_EQ(bound(), 2);
}

TEST_F(ConcurrencyBound, WindowsThatOnlyTouchDoNot) {
  add(3, hour, hour, std::nullopt);
  add(4, 2 * hour, hour, std::nullopt);
  EXPECT_EQ(bound(), 4);
  add(2, hour + 1800, hour, std::nullopt);
  EXPECT_EQ(bound(), 6);
}

TEST_F(ConcurrencyBound, OnlyTheSpanCounts) {
  add(3, hour, hour, std::nullopt);
  add(9, 5 * hour, hour, std::nullopt);
  EXPECT_EQ(bound(hours(1)), 0);
  EXPECT_EQ(bound(hours(5)), 3);
  EXPECT_EQ(bound(hours(6)), 9);
}

TEST_F(ConcurrencyBound, TheWorkIsThatOfTheSlicesAndNotOfTheSpan) {
  add(3, hour, hour, Polling{seconds(60), minutes(10)});
  const Workload polled = workload(roster_, start_, start_ + hours(24));
  EXPECT_DOUBLE_EQ(polled.samples, 3 * 60 * 6);
  EXPECT_EQ(polled.ends, start_ + hours(2));
  add(2, 3 * hour, hour, std::nullopt);
  EXPECT_DOUBLE_EQ(workload(roster_, start_, start_ + hours(24)).samples, 3 * 60 * 6 + 2 * 3600);
  EXPECT_DOUBLE_EQ(workload(roster_, start_, start_ + hours(48)).samples, 2 * (3 * 60 * 6 + 2 * 3600));
  const Workload half = workload(roster_, start_, start_ + hours(3) + minutes(30));
  EXPECT_DOUBLE_EQ(half.samples, 3 * 60 * 6 + 2 * 1800);
  EXPECT_EQ(half.ends, start_ + hours(3) + minutes(30));
}

TEST_F(ConcurrencyBound, TheWorkOfAOnceIsAsLongAsItsFootage) {
  DeviceEntry clip;
  clip.id = "clip";
  clip.kind = DeviceKind::recorded;
  clip.length = seconds(80);
  static_cast<void>(roster_.add_device(clip));
  InstanceSpec spec;
  spec.schedule.type = ScheduleType::once;
  spec.schedule.zone = "UTC";
  spec.spf = 2;
  spec.algorithms = {{"2", "person"}};
  spec.devices.emplace_back();
  spec.devices.back().id = "clip";
  ASSERT_TRUE(roster_.add_instance("once", spec, start_).has_value());
  const Workload work = workload(roster_, start_, start_ + hours(24));
  EXPECT_DOUBLE_EQ(work.samples, 40);
  EXPECT_EQ(work.ends, start_ + seconds(80));
}

}  // namespace
}  // namespace camfleet
