#include "runtime/media/timeline.hpp"

#include <algorithm>
#include <cassert>

extern "C" {
#include <libavutil/mathematics.h>
}

namespace camfleet::media {

namespace {

constexpr Duration new_part = seconds(1);

}  // namespace

Duration Timeline::frames(std::int64_t count) const {
  assert(rate_.frames > 0 && rate_.seconds > 0);
  return Duration(av_rescale(count, std::int64_t{1'000'000'000} * rate_.seconds, rate_.frames));
}

std::optional<Duration> Timeline::place(std::optional<Duration> stamp) {
  if (counted_) {
    last_ = frames(count_++);
    return last_;
  }
  if (stamp && (*stamp > longest_media || *stamp < -longest_media)) stamp.reset();
  if (!stamp) {
    if (!last_) return std::nullopt;
    last_ = *last_ + frames(1);
    return last_;
  }
  Duration at = std::min(*stamp + shift_, longest_media);
  if (last_ && at <= *last_ - new_part) {
    const Duration follows = std::min(*last_ + frames(1), longest_media);
    shift_ = follows - *stamp;
    at = follows;
  }
  last_ = last_ ? std::max(at, *last_) : at;
  return last_;
}

}  // namespace camfleet::media
