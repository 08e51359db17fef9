#include "actors/machines/sample_plan.hpp"

#include <algorithm>
#include <cassert>

namespace camfleet {

SamplePlan::SamplePlan(const BeginSlice& begun)
    : due_at_(begun.due_at),
      ends_at_(begun.ends_at),
      media_from_(begun.media_from),
      spf_s_(begun.spf_s),
      owed_(without_bound),
      every_frame_(begun.every_frame) {
  assert(begun.spf_s >= 1 && begun.due_at < begun.ends_at);
  if (!is_endless() && !every_frame_) owed_ = static_cast<std::uint32_t>(ceil_div(planned(), spf()));
}

Instant SamplePlan::not_before(Duration interval) const {
  if (!every_frame_) return at(next_);
  return at_media(next_ == 0 ? media_from_ : last_media_ + interval);
}

std::optional<Duration> SamplePlan::take(Duration offset, Duration interval, Duration media_time) {
  if (every_frame_) {
    if (offset >= planned() - interval / 2) return std::nullopt;
    last_media_ = media_time;
    ++next_;
    return interval;
  }
  return std::min(spf(), planned() - spf() * next_++);
}

void SamplePlan::end(Instant now) {
  if (!is_endless()) return;
  ends_at_ = std::max(now, due_at_ + Duration(1));
  if (!every_frame_) owed_ = std::max(next_, static_cast<std::uint32_t>(ceil_div(planned(), spf())));
}

}  // namespace camfleet
