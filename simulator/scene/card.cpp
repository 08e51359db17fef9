#include "simulator/scene/card.hpp"

#include <algorithm>
#include <cstring>
#include <string>

#include "simulator/scene/clock.hpp"

namespace camfleet::scene {
namespace {

constexpr Duration crossing = seconds(4);
constexpr Duration tick = milliseconds(40);

}  // namespace

MovingCard::MovingCard(FrameSize size) : caption_(clock_cell(size) * 2) {}

void MovingCard::draw(Duration at, const View& view, const Planes& into) const {
  const FrameSize size = view.size();
  const std::int64_t passed = at % crossing / milliseconds(1);
  const int x = static_cast<int>(passed * size.width / (crossing / milliseconds(1))) / 2 * 2;
  const int top = view.y(656 * unit) / 2 * 2;
  const Rect bar =
      within({x, top, std::max(size.width / 32, 2) / 2 * 2, view.y(700 * unit) / 2 * 2 - top}, size);
  fill_plane(into.y, into.y_stride, bar, 210);
  const Rect half{bar.x / 2, bar.y / 2, bar.w / 2, bar.h / 2};
  fill_plane(into.u, into.chroma_stride, half, 16);
  fill_plane(into.v, into.chroma_stride, half, 146);
  std::string number = std::to_string(at / tick);
  number.insert(0, 4 - std::min<std::size_t>(number.size(), 4), '0');
  const int left = view.x(760 * unit) / 2 * 2;
  const int upper = view.y(580 * unit) / 2 * 2;
  caption_.write(number, Caption::box(left, upper, number.size(), clock_cell(size) * 2), size, into);
}

}  // namespace camfleet::scene
