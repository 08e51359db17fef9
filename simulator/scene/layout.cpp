#include "simulator/scene/layout.hpp"

#include <array>
#include <memory>
#include <mutex>
#include <span>

#include "simulator/scene/arrangements.hpp"

namespace camfleet::scene {
namespace {

/// Thousandths of an item's box, facing the right.
using Part = std::array<int, 4>;  // left, top, right, bottom

constexpr std::array<Part, 3> of_person{{{370, 0, 640, 160}, {250, 160, 760, 560}, {310, 560, 690, 1000}}};
constexpr std::array<Part, 2> of_car{{{0, 330, 1000, 900}, {170, 0, 800, 330}}};
constexpr std::array<Part, 2> of_bust{{{300, 0, 700, 300}, {80, 270, 920, 1000}}};
constexpr std::array<Part, 1> whole{{{0, 0, 1000, 1000}}};
constexpr std::array<Part, 1> of_lamp{{{430, 60, 570, 1000}}};

std::span<const Part> parts_of(Sort sort) {
  switch (sort) {
    case Sort::figure:
    case Sort::walker:
      return of_person;
    case Sort::car:
      return of_car;
    case Sort::bust:
      return of_bust;
    case Sort::lamp:
      return of_lamp;
    case Sort::bus:
    case Sort::hedge:
      return whole;
    case Sort::portrait:
    case Sort::plate:
      break;  // what carries them hides what is behind
  }
  return {};
}

}  // namespace

const Layout& layout_of(Scene scene, std::uint32_t variant) {
  constexpr std::size_t count = scene_names.size() * variant_count;
  static std::array<std::once_flag, count> made;
  static std::array<Layout, count> layouts;
  variant %= variant_count;
  const std::size_t i = static_cast<std::size_t>(scene) * variant_count + variant;
  std::call_once(made[i], [&] { layouts[i] = arrange(scene, variant); });
  return layouts[i];
}

Placed place(const Item& item, Duration at, const View& view) {
  const Standing standing = item.path.standing(at);
  const Look& look = item.look;
  std::size_t pose = look.still;
  if (look.stride > 0 && standing.walked > 0) {
    const auto cycle = static_cast<std::int64_t>(look.cycle);
    pose = static_cast<std::size_t>(standing.walked * cycle / look.stride % cycle);
  }
  const Extent& extent = look.poses[pose];
  return {pose, standing.left, view.around(standing.at, standing.left ? mirrored(extent) : extent)};
}

namespace {

void add_parts(std::span<const Part> parts, const Rect& box, bool left, std::vector<Rect>& into) {
  for (const Part& part : parts) {
    const int from = left ? 1000 - part[2] : part[0];
    const int to = left ? 1000 - part[0] : part[2];
    const auto x = [&](int thousandths) { return box.x + divide(std::int64_t{box.w} * thousandths, 1000); };
    const auto y = [&](int thousandths) { return box.y + divide(std::int64_t{box.h} * thousandths, 1000); };
    into.push_back({x(from), y(part[1]), x(to) - x(from), y(part[3]) - y(part[1])});
  }
}

}  // namespace

void add_solids(const Item& item, const Rect& box, bool left, std::vector<Rect>& into) {
  add_parts(parts_of(item.look.sort), box, left, into);
}

void add_shape(const Item& item, const Rect& box, bool left, std::vector<Rect>& into) {
  const auto parts = parts_of(item.look.sort);
  add_parts(parts.empty() ? std::span<const Part>(whole) : parts, box, left, into);
}

int light_at(const Light& light, Duration at) {
  const auto angle = [&](std::int64_t turns) {
    return static_cast<int>(at / milliseconds(1) * turns * 1024 / (loop_length / milliseconds(1)) % 1024);
  };
  return light.mean + divide(std::int64_t{light.swing} * sine(angle(2)), sine_one) +
         divide(std::int64_t{light.ripple} * sine(angle(17)), sine_one);
}

}  // namespace camfleet::scene
