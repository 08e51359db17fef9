// What a calendar owes, by the checker's own code and by the one that it checks.
#include "simulator/checker/due_slices.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <rapidcheck/gtest.h>

#include "actors/plan/window_plan.hpp"

namespace camfleet::check {
namespace {

/// By instant and position.
using Owed = std::vector<std::tuple<Instant, std::uint32_t, Duration>>;

Owed by_checker(const CheckedPlan& plan) {
  Owed owed;
  for (const DueSlice& one : due_slices(plan, plan.instances[0], plan.from, plan.until))
    owed.emplace_back(one.due, one.member, one.planned);
  return owed;
}

Owed by_rounds(const Roster& roster, Instant until) {
  Owed owed;
  const InstanceEntry& instance = roster[InstanceIx{0}];
  auto window = instance.calendar.at(instance.created);
  if (!window) window = instance.calendar.next(instance.created);
  for (; window && window->opens < until; window = instance.calendar.next(window->opens + Duration(1))) {
    for (RoundCursor cursor(plan_of(instance, roster, *window, until)); cursor.peek(); cursor.advance())
      owed.emplace_back(cursor.peek()->begins, cursor.peek()->device,
                        cursor.peek()->ends - cursor.peek()->begins);
  }
  std::ranges::sort(owed);
  return owed;
}

nlohmann::json call(const std::string& type, const std::string& zone, nlohmann::json times) {
  nlohmann::json fields{{"InstanceName", "x"},
                        {"AlgorithmType", "PICTURE"},
                        {"Algorithms", {{{"AlgorithmId", "3"}, {"AlgorithmName", "m"}}}},
                        {"ScheduleType", type},
                        {"ScheduleTimes", std::move(times)},
                        {"Zone", zone}};
  for (const char* id : {"live", "tape", "other"})
    fields["Devices"].push_back({{"DeviceId", id}, {"StartStream", true}});
  return fields;
}

Roster roster_of(const nlohmann::json& fields, Instant created, const SpecRules& rules = {}) {
  Roster roster;
  roster.add_algorithm("3").value();
  roster.add_device({.id = "live", .region = "", .source = "rtsp://a"}).value();
  roster.add_device({.id = "tape", .region = "", .source = "file:///a", .kind = DeviceKind::recorded})
      .value();
  roster.add_device({.id = "other", .region = "", .source = "rtsp://b"}).value();
  roster.add_instance("x", parse_instance(fields, rules).value(), created).value();
  return roster;
}

void expect_alike(const nlohmann::json& fields, const std::string& created, int days,
                  const SpecRules& rules = {}) {
  const Instant from = parse_iso(created).value();
  const Instant until = from + hours(24) * days;
  const Roster roster = roster_of(fields, from, rules);
  const Owed owed = by_rounds(roster, until);
  EXPECT_FALSE(owed.empty());
  EXPECT_EQ(by_checker(plan_of(roster, from, until)), owed) << fields.dump();
}

TEST(DueSlices, FollowZonesThatPutTheirClocksForwardAndBack) {
  const nlohmann::json times{{{"StartTime", "00:30:00"}, {"EndTime", "01:30:00"}},
                             {{"StartTime", "01:30:00"}, {"EndTime", "02:30:00"}},
                             {{"StartTime", "02:30:00"}, {"EndTime", "03:10:10"}},
                             {{"StartTime", "23:00:00"}, {"EndTime", "00:10:00"}}};
  for (const char* zone : {"America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "Africa/Casablanca"})
    expect_alike(call("EVERYDAY", zone, times), "2026-03-01T12:00:00Z", 280);
  // A day that an island has left out.
  expect_alike(call("EVERYDAY", "Pacific/Apia", times), "2011-12-25T12:00:00Z", 12);
}

TEST(DueSlices, FollowWeeksAndMonths) {
  const nlohmann::json times{{{"StartTime", "22:00:00"}, {"EndTime", "03:00:00"}}};
  nlohmann::json weekly = call("EVERY_WEEK", "Europe/Berlin", times);
  weekly["ScheduleCycleDate"] = "1,7";
  expect_alike(weekly, "2026-10-01T12:00:00Z", 60);
  nlohmann::json monthly = call("EVERY_MONTH", "Asia/Shanghai", times);
  monthly["ScheduleCycleDate"] = "0,1,29,31";
  expect_alike(monthly, "2026-01-20T12:00:00Z", 120);
}

TEST(DueSlices, FollowWindowsThatOverlapWhereTheyMay) {
  const nlohmann::json times{{{"StartTime", "22:00:00"}, {"EndTime", "09:00:00"}},
                             {{"StartTime", "08:00:00"}, {"EndTime", "08:30:00"}}};
  nlohmann::json weekly = call("EVERY_WEEK", "Asia/Shanghai", times);
  weekly["ScheduleCycleDate"] = "1,2,4";
  expect_alike(weekly, "2026-10-01T12:00:00Z", 30, {.overlap = OverlapRule::merge});
}

TEST(DueSlices, JoinAWindowThatIsOpenAndOnesThatComeOnce) {
  const nlohmann::json times{{{"StartTime", "10:00:00"}, {"EndTime", "12:00:00"}},
                             {{"StartTime", "15:00:00"}, {"EndTime", "15:20:00"}}};
  for (const char* type : {"EVERYDAY", "ONCE"}) {
    nlohmann::json fields = call(type, "Asia/Shanghai", times);
    fields["IsPolling"] = true;
    fields["SliceExecutionTime"] = 40;
    fields["OverallExecutionTime"] = 7;
    expect_alike(fields, "2026-10-01T11:03:33.250+08:00", 2);
  }
}

RC_GTEST_PROP(DueSlices, AreThoseOfTheCursor, ()) {
  const auto start = *rc::gen::inRange(0, day_s);
  const auto length = *rc::gen::inRange(1, 30'000);
  const auto end = (start + length) % day_s;
  const auto text = [](int second) {
    std::string out;
    for (const int part : {second / 3600, second / 60 % 60, second % 60})
      out += (out.empty() ? "" : ":") + std::string(part < 10 ? "0" : "") + std::to_string(part);
    return out;
  };
  RC_PRE(start != end);
  nlohmann::json fields =
      call("EVERYDAY", *rc::gen::element<std::string>("UTC", "Asia/Shanghai", "Europe/Berlin"),
           {{{"StartTime", text(start)}, {"EndTime", text(end)}}});
  if (*rc::gen::arbitrary<bool>()) {
    const int every = *rc::gen::inRange(1, 200);
    fields["IsPolling"] = true;
    fields["SliceExecutionTime"] = *rc::gen::inRange(1, every * 60 + 1);
    fields["OverallExecutionTime"] = every;
  }
  const Instant from = Instant(hours(24 * 365 * 56) + seconds(*rc::gen::inRange(0, 400 * day_s)));
  const Instant until = from + seconds(*rc::gen::inRange(1, 3 * day_s));
  const Roster roster = roster_of(fields, from);
  RC_ASSERT(by_checker(plan_of(roster, from, until)) == by_rounds(roster, until));
}

}  // namespace
}  // namespace camfleet::check
