#include "simulator/scene/path.hpp"

#include <algorithm>
#include <cstdlib>

namespace camfleet::scene {
namespace {

constexpr std::int64_t path_loop_ms = loop_length / milliseconds(1);

}  // namespace

Path::Path(Point at, bool left) : left_(left) {
  appear(0, at);
  go(static_cast<int>(path_loop_ms), at);
}

void Path::appear(int at_ms, Point at) {
  last_ = at;
  last_ms_ = at_ms;
  walked_ = 0;
}

void Path::go(int at_ms, Point at) {
  if (at.x != last_.x) left_ = at.x < last_.x;
  legs_.push_back({last_ms_, at_ms, last_, at, walked_, left_});
  // A way is as long as its longer side nearly enough for the pace of legs.
  walked_ += std::max(std::abs(at.x - last_.x), std::abs(at.y - last_.y));
  last_ = at;
  last_ms_ = at_ms;
}

bool Path::faces(bool left) const {
  return std::ranges::any_of(legs_, [left](const Leg& leg) { return leg.left == left; });
}

Standing Path::standing(Duration at) const {
  const std::int64_t ns = (at - milliseconds(shift_ms_) + loop_length) % loop_length / Duration(1);
  for (const Leg& leg : legs_) {
    const std::int64_t from = std::int64_t{leg.from_ms} * 1'000'000;
    const std::int64_t to = std::int64_t{leg.to_ms} * 1'000'000;
    if (ns < from || ns >= to) continue;
    // Microseconds keep the products in 64 bits.
    const std::int64_t passed = (ns - from) / 1000;
    const std::int64_t whole = (to - from) / 1000;
    const auto along = [&](int a, int b) { return a + divide((b - a) * passed, whole); };
    const int way = std::max(std::abs(leg.to.x - leg.from.x), std::abs(leg.to.y - leg.from.y));
    return {{along(leg.from.x, leg.to.x), along(leg.from.y, leg.to.y)},
            way == 0 ? 0 : leg.walked + along(0, way),
            leg.left};
  }
  return {nowhere, 0, false};
}

}  // namespace camfleet::scene
