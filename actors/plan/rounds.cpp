#include "actors/plan/rounds.hpp"

#include <algorithm>
#include <cassert>
#include <numeric>

namespace camfleet {
namespace {

Duration offset_of(const RoundPlan& plan, Duration strip, std::uint32_t device) {
  return (plan.polling->slice * device + plan.phase) % strip;
}

}  // namespace

Duration offset_in_round(const RoundPlan& plan, std::uint32_t device) {
  return offset_of(plan, strip_length(plan.window, *plan.polling), device);
}

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

RoundCursor::RoundCursor(const RoundPlan& plan) {
  assert(plan.window.opens < plan.window.closes);
  const auto track = std::make_shared<Track>();
  Lists lists;
  track->plan = plan;
  track->closes = std::min(plan.window.closes, plan.until);
  if (plan.polling) {
    track->strip = strip_length(plan.window, *plan.polling);
    assert(plan.phase >= Duration(0));
    if (plan.devices > 1) {
      lists.order.resize(plan.devices);
      std::iota(lists.order.begin(), lists.order.end(), 0U);
      std::ranges::sort(lists.order, {}, [&](std::uint32_t device) {
        return std::pair(offset_of(plan, track->strip, device), device);
      });
    }
    // Rounds that were over well before the join need no walking.
    if (plan.from > plan.window.opens) {
      const auto passed = (plan.from - plan.window.opens) / plan.polling->every;
      round_ = static_cast<std::uint32_t>(std::max<std::int64_t>(0, passed - 2));
    }
  }
  if (!lists.order.empty()) track->lists = std::make_unique<const Lists>(lists);
  track_ = track;
  settle();
  lists.joined = gather_joined();
  if (!lists.joined.empty()) track->lists = std::make_unique<const Lists>(std::move(lists));
  settle();
}

const RoundCursor::Lists& RoundCursor::lists() const {
  static const Lists none;
  return track_->lists ? *track_->lists : none;
}

std::vector<PlannedSlice> RoundCursor::gather_joined() {
  std::vector<PlannedSlice> joined;
  for (; has_next_ && next_.begins <= plan().all_joined(); settle()) {
    joined.push_back(next_);
    ++place_;
  }
  std::ranges::sort(joined, {},
                    [](const PlannedSlice& slice) { return std::pair(slice.begins, slice.device); });
  return joined;
}

std::optional<PlannedSlice> RoundCursor::slice_at(std::uint32_t round, std::uint32_t place) const {
  const auto& [plan, closes, strip, listed] = *track_;
  const std::vector<std::uint32_t>& order = lists().order;
  if (!plan.polling) return PlannedSlice{place, 0, plan.window.opens, closes, closes < plan.window.closes};
  const std::uint32_t device = order.empty() ? place : order[place];
  const Instant round_start = plan.window.opens + plan.polling->every * round;
  if (round_start >= closes) return std::nullopt;
  const Instant begins = round_start + offset_of(plan, strip, device);
  if (begins >= closes) return std::nullopt;
  const Instant whole_end = begins + plan.polling->slice;
  return PlannedSlice{device, round, begins, std::min(whole_end, closes), whole_end > closes};
}

void RoundCursor::settle() {
  has_next_ = joined_at_ < lists().joined.size();
  if (has_next_) {
    next_ = lists().joined[joined_at_];
    return;
  }
  while (plan().devices > 0 && plan().window.opens < track_->closes) {
    if (place_ == plan().devices) {
      if (!plan().polling) return;
      place_ = 0;
      ++round_;
    }
    auto slice = slice_at(round_, place_);
    // Offsets rise within a round and rounds follow each other: nothing later is due either.
    if (!slice) return;
    const Instant joined_at = plan().joined_at(slice->device);
    if (slice->ends > joined_at) {
      slice->begins = std::max(slice->begins, joined_at);
      next_ = *slice;
      has_next_ = true;
      return;
    }
    ++place_;
  }
}

void RoundCursor::advance() {
  assert(has_next_);
  if (joined_at_ < lists().joined.size()) {
    ++joined_at_;
  } else {
    ++place_;
  }
  settle();
}

}  // namespace camfleet
