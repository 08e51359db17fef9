#include "actors/rounds.hpp"

#include <algorithm>
#include <cassert>
#include <numeric>

namespace camfleet {
namespace {

Duration offset_of(const RoundPlan& plan, Duration strip, std::uint32_t device) {
  return (plan.polling->slice * device + plan.phase) % strip;
}

}  // namespace

Duration strip_length(const Window& window, const Polling& polling) {
  return std::min(polling.every, window.closes - window.opens);
}

std::int64_t concurrency_bound(std::uint32_t devices, Duration slice, Duration strip) {
  assert(strip > Duration(0));
  // Whole seconds keep D·n far below 2^63; a strip of a cut window may be finer, so divide first where
  // possible.
  const std::int64_t unit = std::gcd(std::min(slice, strip).count(), strip.count());
  return ceil_div(static_cast<std::int64_t>(devices) * (std::min(slice, strip).count() / unit),
                  strip.count() / unit);
}

RoundCursor::RoundCursor(const RoundPlan& plan)
    : plan_(plan), closes_(std::min(plan.window.closes, plan.until)) {
  assert(plan.window.opens < plan.window.closes);
  if (plan_.polling) {
    strip_ = strip_length(plan_.window, *plan_.polling);
    assert(plan_.phase >= Duration(0));
    order_.resize(plan_.devices);
    std::iota(order_.begin(), order_.end(), 0U);
    std::ranges::sort(order_, {}, [&](std::uint32_t device) {
      return std::pair(offset_of(plan_, strip_, device), device);
    });
    // Rounds that were over well before the join need no walking.
    if (plan_.from > plan_.window.opens) {
      const auto passed = (plan_.from - plan_.window.opens) / plan_.polling->every;
      round_ = static_cast<std::uint32_t>(std::max<std::int64_t>(0, passed - 2));
    }
  }
  settle();
  gather_joined();
}

void RoundCursor::gather_joined() {
  std::vector<PlannedSlice> joined;
  for (; next_ && next_->begins == plan_.from; settle()) {
    joined.push_back(*next_);
    ++place_;
  }
  std::ranges::sort(joined, {}, &PlannedSlice::device);
  joined_ = std::move(joined);
  settle();
}

std::optional<PlannedSlice> RoundCursor::slice_at(std::uint32_t round, std::uint32_t place) const {
  if (!plan_.polling) {
    return PlannedSlice{place, 0, plan_.window.opens, closes_, closes_ < plan_.window.closes};
  }
  const std::uint32_t device = order_[place];
  const Instant round_start = plan_.window.opens + plan_.polling->every * round;
  if (round_start >= closes_) return std::nullopt;
  const Instant begins = round_start + offset_of(plan_, strip_, device);
  if (begins >= closes_) return std::nullopt;
  const Instant whole_end = begins + plan_.polling->slice;
  return PlannedSlice{device, round, begins, std::min(whole_end, closes_), whole_end > closes_};
}

void RoundCursor::settle() {
  next_.reset();
  if (joined_at_ < joined_.size()) {
    next_ = joined_[joined_at_];
    return;
  }
  while (plan_.devices > 0 && plan_.window.opens < closes_) {
    if (place_ == plan_.devices) {
      if (!plan_.polling) return;
      place_ = 0;
      ++round_;
    }
    auto slice = slice_at(round_, place_);
    // Offsets rise within a round and rounds follow each other: nothing later is due either.
    if (!slice) return;
    if (slice->ends > plan_.from) {
      slice->begins = std::max(slice->begins, plan_.from);
      next_ = slice;
      return;
    }
    ++place_;
  }
}

void RoundCursor::advance() {
  assert(next_);
  if (joined_at_ < joined_.size()) {
    ++joined_at_;
  } else {
    ++place_;
  }
  settle();
}

}  // namespace camfleet
