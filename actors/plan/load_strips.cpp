#include "actors/plan/load_strips.hpp"

#include <algorithm>
#include <cassert>

namespace camfleet {
namespace {

constexpr std::int64_t hour_s = 3'600;
constexpr std::uint32_t all_hours = (1U << LoadStrips::hours_of_day) - 1;

/// Cells whose highest is kept.
constexpr std::int64_t block = 32;

std::int64_t seconds_of(Instant at) {
  return std::chrono::floor<seconds>(at).time_since_epoch().count();
}

std::int64_t wrapped(std::int64_t value, std::int64_t length) {
  return (value % length + length) % length;
}

/// How far the zone of an instance is ahead of UTC, by its first window.
std::int64_t zone_offset_s(const InstanceEntry& instance) {
  const auto& windows = instance.calendar.schedule().windows;
  auto first = instance.calendar.at(instance.created);
  if (!first) first = instance.calendar.next(instance.created);
  return first && !windows.empty() ? windows[first->listed].start_s - wrapped(seconds_of(first->opens), day_s)
                                   : 0;
}

std::uint32_t hours_between(std::int64_t from_s, std::int64_t to_s) {
  if (to_s - from_s >= day_s) return all_hours;
  std::uint32_t bits = 0;
  for (std::int64_t at = from_s / hour_s; at * hour_s < to_s; ++at)
    bits |= 1U << static_cast<std::uint32_t>(at % static_cast<std::int64_t>(LoadStrips::hours_of_day));
  return bits;
}

bool has_hour(std::uint32_t bits, std::size_t hour) {
  return (bits >> hour & 1U) != 0;
}

/// The highest of [first, last).
Duration highest(const std::vector<Duration>& cells, std::int64_t first, std::int64_t last) {
  Duration most{0};
  for (std::int64_t i = first; i < last; ++i) most = std::max(most, cells[static_cast<std::size_t>(i)]);
  return most;
}

}  // namespace

Duration Lane::mean(Duration cost) const {
  __extension__ using Wide = __int128;
  return Duration(static_cast<std::int64_t>(Wide{cost.count()} * std::min(slice_s, length_s) / length_s));
}

std::vector<Lane> LoadStrips::take_lanes(const InstanceEntry& instance) {
  std::vector<Lane> lanes;
  const std::int64_t offset_s = zone_offset_s(instance);
  std::vector<DailyWindow> windows = instance.calendar.schedule().windows;
  const bool has_times = !windows.empty();
  if (!has_times) windows.push_back({0, day_s});
  for (std::size_t i = 0; i < std::min(windows.size(), most_lanes); ++i) {
    Lane lane;
    const std::int64_t opens_s =
        has_times ? wrapped(windows[i].start_s - offset_s, day_s) : seconds_of(instance.created);
    const std::int64_t length_s = windows[i].end_s - windows[i].start_s;
    lane.hours = has_times ? hours_between(opens_s, opens_s + length_s) : all_hours;
    if (const auto& polling = instance.spec.polling) {
      lane.every_s = polling->every / seconds(1);
      lane.length_s = has_times ? std::min(lane.every_s, length_s) : lane.every_s;
      lane.start_s = wrapped(opens_s, lane.every_s);
      lane.slice_s = polling->slice / seconds(1);
      lane.phase_s = instance.phases[i] / seconds(1);
      lane.strip = take_strip(lane.every_s, lane.hours);
    }
    lanes.push_back(lane);
  }
  return lanes;
}

std::size_t LoadStrips::cells_for(std::size_t rows) const {
  std::size_t cells = 0;
  for (const std::uint32_t i : laid_) cells += static_cast<std::size_t>(strips_[i].cells()) * rows;
  return cells;
}

std::optional<std::uint32_t> LoadStrips::take_strip(std::int64_t every_s, std::uint32_t open_hours) {
  std::optional<std::uint32_t> free;
  for (std::uint32_t i = 0; i < strips_.size(); ++i) {
    Strip& strip = strips_[i];
    if (strip.users == 0) {
      free = i;
    } else if (strip.every_s == every_s && strip.hours == open_hours) {
      ++strip.users;
      return i;
    }
  }
  Strip strip{every_s, open_hours, ceil_div(every_s, most_cells),
              1,       false,      std::vector<RowStrip>(hours_.size())};
  const std::size_t cells = static_cast<std::size_t>(strip.cells()) * hours_.size();
  if (cells_for(hours_.size()) + cells > most_cells_in_all || laid_.size() >= most_strips)
    return std::nullopt;
  if (!free) {
    free = static_cast<std::uint32_t>(strips_.size());
    strips_.emplace_back();
  }
  strips_[*free] = std::move(strip);
  laid_.push_back(*free);
  return free;
}

void LoadStrips::loosen(Strip& strip) {
  for (std::size_t row = 0; row < strip.rows.size(); ++row) {
    for (std::size_t hour = 0; hour < hours_of_day; ++hour) {
      if (has_hour(strip.hours, hour)) loose_[row][hour] += strip.rows[row].mean;
    }
  }
  strip.is_loose = true;
  strip.rows = {};
}

void LoadStrips::grow(std::uint32_t rows) {
  if (rows <= hours_.size()) return;
  hours_.resize(rows);
  loose_.resize(rows);
  while (cells_for(rows) > most_cells_in_all) {
    loosen(strips_[laid_.back()]);
    laid_.pop_back();
  }
  for (const std::uint32_t i : laid_) strips_[i].rows.resize(rows);
}

const LoadStrips::Strip* LoadStrips::strip_of(const Lane& lane) const {
  if (!lane.strip || strips_[*lane.strip].is_loose) return nullptr;
  return &strips_[*lane.strip];
}

void LoadStrips::release(const std::vector<Lane>& lanes) {
  for (const Lane& lane : lanes) {
    if (!lane.strip) continue;
    Strip& strip = strips_[*lane.strip];
    if (--strip.users > 0) continue;
    strip.rows = {};
    if (!strip.is_loose) std::erase(laid_, *lane.strip);
  }
}

template <class Visit>
void LoadStrips::for_cells(const Strip& strip, const Lane& lane, std::uint32_t position, Visit visit) {
  const std::int64_t begins_s = lane.begins_s(position);
  // A window that is shorter than a round cuts at its close.
  const std::int64_t lasts_s =
      lane.length_s < lane.every_s ? std::min(lane.slice_s, lane.length_s - begins_s) : lane.slice_s;
  const std::int64_t from_s = (lane.start_s + begins_s) % lane.every_s;
  const std::int64_t to_s = from_s + lasts_s;
  visit(from_s / strip.cell_s, ceil_div(std::min(to_s, lane.every_s), strip.cell_s));
  if (to_s > lane.every_s) visit(std::int64_t{0}, ceil_div(to_s - lane.every_s, strip.cell_s));
}

void LoadStrips::add(std::uint32_t row, const Lane& lane, std::uint32_t position, Duration cost) {
  const Duration mean = lane.mean(cost);
  for (std::size_t hour = 0; hour < hours_of_day; ++hour) {
    if (!has_hour(lane.hours, hour)) continue;
    hours_[row][hour] += mean;
    if (strip_of(lane) == nullptr) loose_[row][hour] += mean;
  }
  if (strip_of(lane) == nullptr) return;
  const Strip& strip = strips_[*lane.strip];
  RowStrip& own = strips_[*lane.strip].rows[row];
  own.mean += mean;
  if (own.cells.empty()) {
    own.cells.resize(static_cast<std::size_t>(strip.cells()));
    own.tops.resize(static_cast<std::size_t>(ceil_div(strip.cells(), block)));
  }
  for_cells(strip, lane, position, [&](std::int64_t first, std::int64_t last) {
    for (std::int64_t i = first; i < last; ++i) own.cells[static_cast<std::size_t>(i)] += cost;
    for (std::int64_t i = first / block; i * block < last; ++i)
      own.tops[static_cast<std::size_t>(i)] =
          highest(own.cells, i * block, std::min((i + 1) * block, strip.cells()));
  });
  own.top = highest(own.tops, 0, std::ssize(own.tops));
}

Duration LoadStrips::strip_peak(std::uint32_t row, const Lane& lane, std::uint32_t position) const {
  const Strip& strip = *strip_of(lane);
  const RowStrip& own = strip.rows[row];
  Duration most{0};
  if (own.cells.empty()) return most;
  for_cells(strip, lane, position, [&](std::int64_t first, std::int64_t last) {
    const std::int64_t first_whole = ceil_div(first, block);
    const std::int64_t last_whole = last / block;
    if (first_whole >= last_whole) {
      most = std::max(most, highest(own.cells, first, last));
      return;
    }
    most =
        std::max({most, highest(own.cells, first, first_whole * block),
                  highest(own.tops, first_whole, last_whole), highest(own.cells, last_whole * block, last)});
  });
  return most;
}

Duration LoadStrips::peak(std::uint32_t row, const Lane& lane, std::uint32_t position) const {
  const Hours& means = hours_[row];
  Duration most{0};
  for (std::size_t hour = 0; hour < hours_of_day; ++hour) {
    if (has_hour(lane.hours, hour)) most = std::max(most, means[hour]);
  }
  const Strip* strip = strip_of(lane);
  return strip == nullptr ? most : most - strip->rows[row].mean + strip_peak(row, lane, position);
}

Duration LoadStrips::ceiling(std::uint32_t row, const Lane& lane, std::uint32_t position) const {
  Hours sums = loose_[row];
  for (const std::uint32_t i : laid_) {
    const Strip& strip = strips_[i];
    if ((strip.hours & lane.hours) == 0 || lane.strip == i) continue;
    const Duration top = strip.rows[row].top;
    for (std::size_t hour = 0; hour < hours_of_day; ++hour) {
      if (has_hour(strip.hours, hour)) sums[hour] += top;
    }
  }
  Duration most{0};
  for (std::size_t hour = 0; hour < hours_of_day; ++hour) {
    if (has_hour(lane.hours, hour)) most = std::max(most, sums[hour]);
  }
  return strip_of(lane) == nullptr ? most : most + strip_peak(row, lane, position);
}

void LoadStrips::clear() {
  std::ranges::fill(hours_, Hours{});
  std::ranges::fill(loose_, Hours{});
  for (Strip& strip : strips_) {
    for (RowStrip& row : strip.rows) {
      std::ranges::fill(row.cells, Duration(0));
      std::ranges::fill(row.tops, Duration(0));
      row.top = row.mean = Duration(0);
    }
  }
}

}  // namespace camfleet
