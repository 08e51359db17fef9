#include <benchmark/benchmark.h>

#include "actors/plan/calendar.hpp"

namespace {

using namespace camfleet;

Calendar calendar_of(ScheduleType type, std::uint32_t days, std::size_t windows) {
  Schedule schedule;
  schedule.type = type;
  schedule.days = days;
  schedule.zone = "America/New_York";
  const auto length = static_cast<std::int32_t>(86'400 / windows);
  for (std::int32_t i = 0; i < static_cast<std::int32_t>(windows); ++i) {
    schedule.windows.push_back({i * length, i * length + length / 2});
  }
  return Calendar::make(schedule, Instant()).value();
}

/// One step: from the opening of a window to the next one.
void step(benchmark::State& state, ScheduleType type, std::uint32_t days) {
  const Calendar calendar = calendar_of(type, days, static_cast<std::size_t>(state.range(0)));
  const Instant begin = parse_iso("2026-01-01T00:00:00Z").value();
  const Instant end = parse_iso("2028-01-01T00:00:00Z").value();
  Instant at = begin;
  for (auto _ : state) {
    const auto window = calendar.next(at);
    benchmark::DoNotOptimize(window);
    at = window->opens + Duration(1);
    if (at > end) at = begin;
  }
  state.SetItemsProcessed(state.iterations());
}

void open_at(benchmark::State& state) {
  const Calendar calendar = calendar_of(ScheduleType::every_day, 0, static_cast<std::size_t>(state.range(0)));
  Instant at = parse_iso("2026-01-01T00:00:00Z").value();
  for (auto _ : state) {
    benchmark::DoNotOptimize(calendar.at(at));
    at += seconds(7919);
  }
}

BENCHMARK_CAPTURE(step, every_day, ScheduleType::every_day, 0U)->Arg(1)->Arg(24)->Arg(288);
BENCHMARK_CAPTURE(step, mondays, ScheduleType::every_week, 0b10U)->Arg(1)->Arg(24);
BENCHMARK_CAPTURE(step, thirty_firsts, ScheduleType::every_month, 0x8000'0000U)->Arg(1)->Arg(24);
BENCHMARK(open_at)->Arg(1)->Arg(24)->Arg(288);

}  // namespace
