#include "simulator/camera/film_model.hpp"

#include <algorithm>

#include "simulator/camera/cameras.hpp"

namespace camfleet::camera {
namespace {

using sim::FaultKind;

/// A reader gives up after a time of so many frames; decoders of these streams hold none back.
constexpr int frames_of_patience = 3;

}  // namespace

Instant FilmModel::group_of(Instant at) const {
  return clock_.begin_of(clock_.group_begin(clock_.frame_at(at)));
}

FilmModel::Opening FilmModel::open(Instant now) const {
  if (faults_.at(FaultKind::disconnect, now) != nullptr) return {false, now + milliseconds(1), {}};
  Duration takes = connect_time(device_, now);
  if (const auto* slow = faults_.at(FaultKind::slow_connect, now)) takes += slow->by;
  if (const auto* frozen = faults_.at(FaultKind::freeze, now)) takes = std::max(takes, frozen->to - now);
  const Instant at = now + std::min(takes, patience_.open_deadline);
  if (takes > patience_.open_deadline || faults_.at(FaultKind::disconnect, at) != nullptr)
    return {false, at, {}};
  Instant first = group_of(at);
  if (faults_.at(FaultKind::late_key, at) != nullptr)
    first = clock_.begin_of(clock_.group_end(clock_.frame_at(at)));
  return {true, at, first};
}

Instant FilmModel::from_of(Instant due, Instant asked) const {
  return std::max(due - clock_.interval() / 2, group_of(asked));
}

FilmModel::Shot FilmModel::shot(Instant from) const {
  const Duration undecoded = std::max(patience_.undecoded, clock_.interval() * frames_of_patience);
  while (true) {
    const std::int64_t frame = clock_.next_frame(from);
    const Instant filmed = clock_.begin_of(frame);
    if (const auto* frozen = faults_.at(FaultKind::freeze, filmed)) {
      if (frozen->to - frozen->from > patience_.stall)
        return {Shot::Fate::gone, frame, filmed, frozen->from + patience_.stall};
      from = frozen->to;
      continue;
    }
    if (const auto* broken = faults_.at(FaultKind::disconnect, filmed))
      return {Shot::Fate::gone, frame, filmed, broken->from};
    if (const auto* corrupt = faults_.at(FaultKind::corrupt, filmed)) {
      if (corrupt->to - filmed > undecoded) return {Shot::Fate::lost, frame, filmed, filmed + undecoded};
      from = corrupt->to;
      continue;
    }
    Instant comes = filmed;
    if (faults_.at(FaultKind::burst, filmed) != nullptr) comes = burst_end(filmed);
    return {Shot::Fate::picture, frame, filmed, comes};
  }
}

}  // namespace camfleet::camera
