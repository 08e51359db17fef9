// How many slices lie in a span: reckoned, and by walking every round.
#include "actors/plan/window_plan.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/actors/property.hpp"

namespace camfleet::testing {
namespace {

using nlohmann::json;

std::uint64_t count_by_walking(const InstanceEntry& instance, const Roster& roster, Instant from, Instant to,
                               const std::vector<DeviceIx>& removed) {
  std::uint64_t count = 0;
  auto window = instance.calendar.at(instance.created);
  if (!window) window = instance.calendar.next(instance.created);
  for (; window && window->opens < to; window = instance.calendar.next(window->opens + Duration(1))) {
    for (RoundCursor cursor(plan_of(instance, roster, *window, end_of_time)); cursor.peek();
         cursor.advance()) {
      const DeviceIx device = instance.devices[cursor.peek()->device];
      const bool is_removed = std::ranges::find(removed, device) != removed.end();
      const Instant due = cursor.peek()->begins;
      if (due >= from && cursor.peek()->ends <= to && !is_removed) ++count;
    }
  }
  return count;
}

std::string clock(int second) {
  char text[16];
  std::snprintf(text, sizeof text, "%02d:%02d:%02d", second / 3600, second / 60 % 60, second % 60);
  return text;
}

/// An instance over four devices, two of them live.
struct Fixture {
  explicit Fixture(json fields, Instant created) {
    roster.add_algorithm("2").value();
    for (int i = 0; i < 4; ++i) {
      const DeviceKind kind = i % 2 == 0 ? DeviceKind::live : DeviceKind::recorded;
      const std::string id = "d" + std::to_string(i);
      roster.add_device({id, "", "", kind, seconds(100), 0}).value();
      fields["Devices"].push_back({{"DeviceId", id}, {"StartStream", true}});
    }
    fields["InstanceName"] = "i";
    fields["AlgorithmType"] = "PICTURE";
    fields["Zone"] = "Europe/Berlin";
    fields["Algorithms"] = {{{"AlgorithmId", "2"}, {"AlgorithmName", "person"}}};
    ix = roster.add_instance("i", parse_instance(fields, {}).value(), created).value();
  }
  Roster roster;
  InstanceIx ix;
};

TEST(WindowPlan, ACountIsWhatTheRoundsGive) {
  check_property([] {
    // The clock is put forward on 29 March 2026 in Berlin.
    const Instant base = parse_iso("2026-03-27T00:00:00Z").value();
    const int opens = *rc::gen::inRange(0, 20 * 3600);
    json fields{
        {"ScheduleType", "EVERYDAY"},
        {"ScheduleTimes",
         {{{"StartTime", clock(opens)}, {"EndTime", clock(opens + *rc::gen::inRange(1, 3 * 3600))}}}}};
    if (*rc::gen::inRange(0, 4) == 0) fields = {{"ScheduleType", "ONCE"}};
    if (*rc::gen::inRange(0, 4) > 0) {
      const int every = *rc::gen::inRange(1, 20);
      fields["IsPolling"] = true;
      fields["OverallExecutionTime"] = every;
      fields["SliceExecutionTime"] = *rc::gen::inRange(1, every * 60 + 1);
    }
    const Instant created = base + seconds(*rc::gen::inRange(0, 24 * 3600));
    Fixture fixture(fields, created);
    std::vector<DeviceIx> removed;
    for (std::uint32_t i = 0; i < 4; ++i) {
      if (*rc::gen::inRange(0, 4) == 0) removed.push_back(DeviceIx{i});
    }
    const Instant from = created + seconds(*rc::gen::inRange(0, 3 * 24 * 3600));
    const Instant to = from + seconds(*rc::gen::inRange(0, 3 * 24 * 3600));
    const InstanceEntry& instance = fixture.roster[fixture.ix];
    RC_ASSERT(count_due(instance, fixture.roster, from, to, removed) ==
              count_by_walking(instance, fixture.roster, from, to, removed));
  });
}

TEST(WindowPlan, TenYearsOfAMinuteEachAreCountedAtOnce) {
  const Instant created = parse_iso("2026-01-01T00:00:00Z").value();
  Fixture fixture({{"ScheduleType", "EVERYDAY"},
                   {"ScheduleTimes", {{{"StartTime", "10:00:00"}, {"EndTime", "11:00:00"}}}},
                   {"IsPolling", true},
                   {"SliceExecutionTime", 5},
                   {"OverallExecutionTime", 1}},
                  created);
  EXPECT_EQ(count_due(fixture.roster[fixture.ix], fixture.roster, created, created + hours(24 * 3650), {}),
            3650U * 60 * 4);
}

TEST(WindowPlan, LiveDevicesOfAnOpenWindowAreJoinedFiveSecondsLater) {
  const Instant created = parse_iso("2026-01-01T09:30:00Z").value();
  Fixture fixture({{"ScheduleType", "EVERYDAY"},
                   {"ScheduleTimes", {{{"StartTime", "10:00:00"}, {"EndTime", "11:00:00"}}}}},
                  created);
  const InstanceEntry& instance = fixture.roster[fixture.ix];
  const Window window = instance.calendar.at(created).value();
  RoundCursor cursor(plan_of(instance, fixture.roster, window, end_of_time));
  std::vector<std::pair<std::uint32_t, Instant>> begins;
  for (; cursor.peek(); cursor.advance()) begins.emplace_back(cursor.peek()->device, cursor.peek()->begins);
  const Instant connected = created + live_lead;
  EXPECT_EQ(begins, (std::vector<std::pair<std::uint32_t, Instant>>{
                        {1, created}, {3, created}, {0, connected}, {2, connected}}));
  const Window next = instance.calendar.next(created).value();
  EXPECT_EQ(RoundCursor(plan_of(instance, fixture.roster, next, end_of_time)).peek()->begins, next.opens);
}

}  // namespace
}  // namespace camfleet::testing
