#include <algorithm>

#include <gtest/gtest.h>

#include "tests/actors/calendar_gen.hpp"
#include "tests/actors/calendar_oracle.hpp"
#include "tests/actors/property.hpp"

namespace camfleet::testing {
namespace {

/// A zone and the year or two of which every window is compared.
struct Era {
  const char* zone;
  const char* from;
  const char* to;
  friend void PrintTo(const Era& era, std::ostream* out) {
    *out << era.zone << " from " << era.from << " to " << era.to;
  }
};

constexpr const char* begin_2026 = "2026-01-01T00:00:00Z";
constexpr const char* end_2027 = "2028-01-01T00:00:00Z";

const Era eras[] = {
    {"Asia/Shanghai", begin_2026, end_2027},
    {"America/New_York", begin_2026, end_2027},
    {"Europe/Berlin", begin_2026, end_2027},
    {"Australia/Lord_Howe", begin_2026, end_2027},
    {"America/Santiago", begin_2026, end_2027},
    {"Africa/Cairo", begin_2026, end_2027},
    {"Africa/Casablanca", begin_2026, end_2027},
    {"America/Havana", begin_2026, end_2027},
    {"America/Nuuk", begin_2026, end_2027},
    {"Asia/Kathmandu", begin_2026, end_2027},
    {"Pacific/Apia", "2011-06-01T00:00:00Z", "2012-06-01T00:00:00Z"},
    {"America/St_Johns", "2010-01-01T00:00:00Z", "2011-01-01T00:00:00Z"},
    {"Europe/London", "2040-01-01T00:00:00Z", "2041-01-01T00:00:00Z"},
};

constexpr std::int64_t day_s = 86'400;
constexpr Duration margin = hours(72);

std::int64_t to_second(Instant at) {
  return at.time_since_epoch() / seconds(1);
}

Calendar calendar_of(const Schedule& schedule, Instant created = Instant()) {
  auto calendar = Calendar::make(schedule, created);
  RC_ASSERT(calendar.has_value());
  return std::move(calendar).value();
}

std::vector<Window> opening_in(std::vector<Window> windows, Instant from, Instant to) {
  std::erase_if(windows, [&](const Window& w) { return w.opens < from || w.opens >= to; });
  return windows;
}

class CalendarProperty : public ::testing::TestWithParam<Era> {
 protected:
  std::string zone_ = GetParam().zone;
  Instant from_ = parse_iso(GetParam().from).value();
  Instant to_ = parse_iso(GetParam().to).value();

  /// Every second around each change of the clock in the era; around one day of it where there is none.
  [[nodiscard]] std::vector<WallClock> changes() const {
    std::vector<WallClock> clocks;
    auto times = WallClock::transitions(zone_, to_second(from_), to_second(to_));
    if (times.empty()) times.push_back(to_second(from_) + 59 * day_s);
    for (const std::int64_t at : times) {
      clocks.emplace_back(zone_, at - 4 * day_s, at + 4 * day_s, 1);
    }
    return clocks;
  }
};

TEST_P(CalendarProperty, AgreesWithTheWallClockMinuteByMinute) {
  const WallClock clock(zone_, to_second(from_), to_second(to_), 60);
  check_property([&] {
    const Schedule schedule = *repeating_schedules(zone_, 60);
    const auto expected = opening_in(walk(clock, schedule), from_ + margin, to_ - margin);
    RC_ASSERT(enumerate(calendar_of(schedule), from_ + margin, to_ - margin) == expected);
  });
}

TEST_P(CalendarProperty, AgreesWithTheWallClockSecondBySecondAroundChanges) {
  const auto clocks = changes();
  check_property([&] {
    const Schedule schedule = *repeating_schedules(zone_, 1);
    const Calendar calendar = calendar_of(schedule);
    const WallClock& clock = clocks[*rc::gen::inRange<std::size_t>(0, clocks.size())];
    const Instant from = Instant(seconds(clock.second(0))) + margin;
    const Instant to = Instant(seconds(clock.second(clock.size() - 1))) - margin;
    RC_ASSERT(enumerate(calendar, from, to) == opening_in(walk(clock, schedule), from, to));
  });
}

TEST_P(CalendarProperty, AUnionIsOpenWheneverOneOfItsWindowsIs) {
  const auto clocks = changes();
  const WallClock plain(zone_, to_second(from_), to_second(from_) + 40 * day_s, 60);
  check_property([&] {
    const Schedule listed = *unsettled_schedules(zone_, 60);
    Schedule merged = listed;
    RC_ASSERT(settle_overlaps(merged, OverlapRule::merge).has_value());
    const Calendar calendar = calendar_of(merged);
    const bool at_change = *rc::gen::arbitrary<bool>();
    const WallClock& clock = at_change ? clocks[*rc::gen::inRange<std::size_t>(0, clocks.size())] : plain;
    const auto edge = static_cast<std::size_t>(margin / seconds(clock.step()));
    const auto stride = static_cast<std::size_t>(300 / clock.step());
    const auto first = edge + *rc::gen::inRange<std::size_t>(0, stride);
    for (std::size_t i = first; i + edge < clock.size(); i += stride) {
      const Instant at(seconds(clock.second(i)));
      if (calendar.at(at).has_value() == any_open(clock, i, listed)) continue;
      RC_FAIL("at " + to_iso(at) +
              (any_open(clock, i, listed) ? " it should be open" : " it should be closed"));
    }
  });
}

TEST_P(CalendarProperty, OnceIsTheOpenOrNextOfEachListedWindow) {
  const auto clocks = changes();
  const WallClock plain(zone_, to_second(from_), to_second(from_) + 10 * day_s, 1);
  check_property([&] {
    Schedule schedule = *repeating_schedules(zone_, 60);
    schedule.type = ScheduleType::every_day;
    RC_PRE(settle_overlaps(schedule, OverlapRule::reject).has_value());
    const bool at_change = *rc::gen::arbitrary<bool>();
    const WallClock& clock = at_change ? clocks[*rc::gen::inRange<std::size_t>(0, clocks.size())] : plain;
    const auto days = walk(clock, schedule);
    const Instant created =
        Instant(seconds(clock.second(0))) + margin + seconds(*rc::gen::inRange(0, 2 * 86'400));
    std::vector<Window> expected;
    for (std::uint32_t listed = 0; listed < schedule.windows.size(); ++listed) {
      const auto first = std::ranges::find_if(
          days, [&](const Window& w) { return w.listed == listed && w.closes > created; });
      if (first != days.end()) expected.push_back(*first);
    }
    std::ranges::sort(expected, {}, &Window::opens);
    schedule.type = ScheduleType::once;
    const Calendar calendar = calendar_of(schedule, created);
    RC_ASSERT(enumerate(calendar, Instant(), Instant::max()) == expected);
    const auto open = std::ranges::find_if(expected, [&](const Window& w) { return w.opens <= created; });
    RC_ASSERT(calendar.at(created) == (open == expected.end() ? std::nullopt : std::optional(*open)));
  });
}

TEST_P(CalendarProperty, NextAndAtAgree) {
  check_property([&] {
    const Schedule schedule = *repeating_schedules(zone_, 1);
    const Calendar calendar = calendar_of(schedule);
    const auto windows = enumerate(calendar, from_, to_);
    for (std::size_t i = 0; i < windows.size(); ++i) {
      RC_ASSERT(windows[i].opens < windows[i].closes);
      RC_ASSERT(windows[i].listed < schedule.windows.size());
      if (i > 0) RC_ASSERT(windows[i - 1].closes <= windows[i].opens);
      RC_ASSERT(calendar.next(windows[i].opens) == windows[i]);
      RC_ASSERT(calendar.at(windows[i].opens) == windows[i]);
      RC_ASSERT(calendar.at(windows[i].closes - Duration(1)) == windows[i]);
      if (i + 1 == windows.size()) continue;
      const bool touches = windows[i].closes == windows[i + 1].opens;
      RC_ASSERT(calendar.at(windows[i].closes) == (touches ? std::optional(windows[i + 1]) : std::nullopt));
    }
    for (int i = 0; i < 50 && !windows.empty(); ++i) {
      const Instant at =
          from_ + Duration(*rc::gen::inRange<std::int64_t>(0, (windows.back().opens - from_).count()));
      const auto following = std::ranges::lower_bound(windows, at, {}, &Window::opens);
      RC_ASSERT(calendar.next(at) == *following);
      if (following == windows.begin()) continue;
      const bool open = at < std::prev(following)->closes;
      if (following->opens != at)
        RC_ASSERT(calendar.at(at) == (open ? std::optional(*std::prev(following)) : std::nullopt));
    }
  });
}

INSTANTIATE_TEST_SUITE_P(Eras, CalendarProperty, ::testing::ValuesIn(eras), [](const auto& era) {
  std::string name = era.param.zone;
  std::ranges::replace_if(
      name, [](char c) { return c == '/' || c == '_'; }, '0');
  return name;
});

TEST(CalendarOracle, SeesThatTheCalendarIsInAnotherZone) {
  Schedule schedule;
  schedule.windows = {{36'000, 39'600}};
  schedule.zone = "Europe/Berlin";
  const WallClock clock("Europe/London", to_second(parse_iso(begin_2026).value()),
                        to_second(parse_iso("2026-02-01T00:00:00Z").value()), 60);
  const auto windows = walk(clock, schedule);
  ASSERT_EQ(windows.size(), 31U);
  EXPECT_EQ(windows[0].opens, parse_iso("2026-01-01T10:00:00Z").value());
  EXPECT_NE(Calendar::make(schedule, Instant()).value().next(windows[0].opens), windows[0]);
}

}  // namespace
}  // namespace camfleet::testing
