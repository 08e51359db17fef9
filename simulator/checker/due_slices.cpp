#include "simulator/checker/due_slices.hpp"

#include <algorithm>
#include <string>
#include <tuple>

#include <cctz/time_zone.h>

namespace camfleet::check {
namespace {

using cctz::civil_day;
using cctz::civil_second;

/// In whole seconds since 1970.
using Seconds = std::int64_t;
constexpr Seconds minute_s = 60;
/// No clock is put back by less.
constexpr Seconds quarter_s = 900;
constexpr Seconds hour_s = 3600;

/// The clock on the wall of a zone.
class WallClock {
 public:
  explicit WallClock(const std::string& zone) {
    if (!cctz::load_time_zone(zone, &zone_)) zone_ = cctz::utc_time_zone();
  }
  [[nodiscard]] civil_second shows(Seconds at) const {
    return zone_.lookup(cctz::time_point<cctz::seconds>(cctz::seconds(at))).cs;
  }
  /// When it shows `local` or more for the first time.
  [[nodiscard]] Seconds first_at(const civil_second& local) const {
    Seconds at = around(local) - reach(local);
    while (shows(at + quarter_s) < local) at += quarter_s;
    while (shows(at) < local) at += minute_s;
    while (shows(at - 1) >= local && shows(at - minute_s) < local) --at;
    return at;
  }
  /// When it has shown less than `local` for the last time.
  [[nodiscard]] Seconds last_before(const civil_second& local) const {
    Seconds at = around(local) + reach(local);
    while (shows(at - quarter_s) >= local) at -= quarter_s;
    while (shows(at) >= local) at -= minute_s;
    while (shows(at + 1) < local) ++at;
    return at + 1;
  }

 private:
  /// As if it had always gone as it does then.
  [[nodiscard]] Seconds around(const civil_second& local) const {
    const Seconds as_utc = local - civil_second(1970);
    return as_utc - (shows(as_utc) - civil_second(1970) - as_utc);
  }
  /// It is put forward or back by an hour or two, as a rule; islands have left out days.
  [[nodiscard]] Seconds reach(const civil_second& local) const {
    const Seconds at = around(local);
    const bool is_near = shows(at - 4 * hour_s) < local && shows(at + 4 * hour_s) >= local;
    return is_near ? 4 * hour_s : 30 * hour_s;
  }

  cctz::time_zone zone_;
};

Instant instant_of(Seconds at) {
  return Instant(seconds(at));
}

struct OpenSpan {
  Instant opens{};
  Instant closes{};
  std::size_t listed = 0;
};

bool is_listed(const Schedule& schedule, const civil_day& day) {
  // Monday is the first day of a week, and the first of the bits is the next one.
  if (schedule.type == ScheduleType::every_week)
    return (schedule.days >> (static_cast<unsigned>(cctz::get_weekday(day)) + 1) & 1U) != 0;
  if (schedule.type == ScheduleType::every_month)
    return (schedule.days >> static_cast<unsigned>(day.day()) & 1U) != 0;
  return true;
}

/// All that may be open in [from, until), each day by itself first.
std::vector<OpenSpan> spans_of_days(const CheckedInstance& instance, Instant from, Instant until) {
  const Schedule& schedule = instance.schedule;
  const WallClock clock(schedule.zone);
  const auto whole = [](Instant at) { return std::chrono::floor<seconds>(at).time_since_epoch().count(); };
  constexpr int days_around = 3;
  const civil_day last = civil_day(clock.shows(whole(until))) + days_around;
  std::vector<OpenSpan> spans;
  for (civil_day day = civil_day(clock.shows(whole(from))) - days_around; day <= last; ++day) {
    if (!is_listed(schedule, day)) continue;
    for (std::size_t i = 0; i < schedule.windows.size(); ++i) {
      const civil_second midnight(day);
      spans.push_back({instant_of(clock.first_at(midnight + schedule.windows[i].start_s)),
                       instant_of(clock.last_before(midnight + schedule.windows[i].end_s)), i});
    }
  }
  std::ranges::stable_sort(spans, {}, &OpenSpan::opens);
  return spans;
}

/// None is open beyond the next one's opening, which goes on for as long as the longest before it.
std::vector<OpenSpan> windows_of(const CheckedInstance& instance, Instant from, Instant until) {
  std::vector<OpenSpan> spans = spans_of_days(instance, from, until);
  Instant longest = Instant::min();
  for (std::size_t i = 0; i < spans.size(); ++i) {
    longest = spans[i].closes = std::max(longest, spans[i].closes);
    if (i + 1 < spans.size()) spans[i].closes = std::min(spans[i].closes, spans[i + 1].opens);
  }
  std::erase_if(spans, [](const OpenSpan& one) { return one.closes <= one.opens; });
  return spans;
}

/// Of a `once` that lists windows: of each the first that is not over at its creation.
std::vector<OpenSpan> once(const CheckedInstance& instance) {
  constexpr Duration next_days = hours(24 * 6);
  std::vector<OpenSpan> all = windows_of(instance, instance.created, instance.created + next_days);
  std::vector<bool> has(instance.schedule.windows.size());
  std::erase_if(all, [&](const OpenSpan& one) {
    if (one.closes <= instance.created || has[one.listed]) return true;
    has[one.listed] = true;
    return false;
  });
  return all;
}

/// The slices of one window.
class WindowWalk {
 public:
  WindowWalk(const CheckedPlan& plan, const CheckedInstance& instance, const OpenSpan& window)
      : plan_(&plan), instance_(&instance), window_(window) {
    closes_ = std::min(window.closes, plan.until);
    const bool has_live = std::ranges::any_of(
        instance.members, [&](const CheckedMember& one) { return plan.devices[one.device].is_live; });
    is_joined_ = instance.created >= window.opens && has_live;
  }

  void add_to(std::vector<DueSlice>& slices) const {
    for (std::uint32_t i = 0; i < instance_->members.size(); ++i) {
      if (!instance_->polling) {
        add(i, window_.opens, closes_, slices);
        continue;
      }
      const Duration every = instance_->polling->every;
      const Duration strip = std::min(every, window_.closes - window_.opens);
      const Duration offset = (instance_->polling->slice * i + instance_->phases[window_.listed]) % strip;
      for (Instant round = window_.opens; round < closes_ && slices.size() < most_due; round += every) {
        const Instant begins = round + offset;
        if (begins < closes_) add(i, begins, std::min(begins + instance_->polling->slice, closes_), slices);
      }
    }
  }

 private:
  void add(std::uint32_t member, Instant begins, Instant ends, std::vector<DueSlice>& slices) const {
    // A camera has to connect first, where the window is open already.
    constexpr Duration connecting = seconds(5);
    const bool is_live = plan_->devices[instance_->members[member].device].is_live;
    const Instant joined =
        std::max(window_.opens, instance_->created) + (is_joined_ && is_live ? connecting : Duration(0));
    if (ends <= joined || slices.size() >= most_due) return;
    begins = std::max(begins, joined);
    slices.push_back({member, begins, ends - begins});
  }

  const CheckedPlan* plan_;
  const CheckedInstance* instance_;
  OpenSpan window_;
  Instant closes_{};
  bool is_joined_ = false;
};

/// A `once` without windows begins as it is created: a round, or once through its footage.
void add_at_once(const CheckedPlan& plan, const CheckedInstance& instance, std::vector<DueSlice>& slices) {
  const Instant closes = instance.polling ? instance.created + instance.polling->every : end_of_time;
  WindowWalk(plan, instance, {instance.created, closes, 0}).add_to(slices);
  if (instance.polling) return;
  for (DueSlice& slice : slices) slice.planned = Duration(0);
}

}  // namespace

std::vector<DueSlice> due_slices(const CheckedPlan& plan, const CheckedInstance& instance, Instant from,
                                 Instant until) {
  std::vector<DueSlice> slices;
  const bool is_once = instance.schedule.type == ScheduleType::once;
  if (is_once && instance.schedule.windows.empty()) {
    add_at_once(plan, instance, slices);
  } else {
    // One that is open at `from` may have opened long before.
    constexpr Duration longest = hours(48);
    for (const OpenSpan& window : is_once ? once(instance) : windows_of(instance, from - longest, until))
      WindowWalk(plan, instance, window).add_to(slices);
  }
  std::erase_if(slices, [&](const DueSlice& one) {
    return one.due < from || one.due >= until || one.due < instance.created || one.due >= instance.ended;
  });
  std::ranges::sort(slices, {}, [](const DueSlice& one) { return std::tuple(one.due, one.member); });
  return slices;
}

}  // namespace camfleet::check
