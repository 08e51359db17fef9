#include "simulator/scene/arrangements.hpp"

#include <algorithm>
#include <utility>

#include "actors/base/hash.hpp"

namespace camfleet::scene {
namespace {

constexpr int loop_ms = static_cast<int>(loop_length / milliseconds(1));

std::uint32_t next_id(const Layout& layout) {
  std::uint32_t id = 1;
  for (const Item& item : layout.items) id = std::max(id, item.id + 1);
  return id;
}

}  // namespace

Layout arrange(Scene scene, std::uint32_t variant) {
  switch (scene) {
    case Scene::yard:
      return arrange_yard(variant);
    case Scene::empty:
      return {{}, {236, 40, 6, 0}};
    case Scene::street:
    case Scene::night:
      return arrange_street(scene, variant);
    case Scene::lobby:
      return arrange_lobby(variant);
    case Scene::crowd:
      return arrange_crowd(variant);
    case Scene::card:
      break;
  }
  return {};
}

Item& add_object(Layout& layout, ObjectClass kind, Look look, Path path) {
  layout.items.push_back({next_id(layout), kind, std::move(look), std::move(path), -1});
  return layout.items.back();
}

void add_thing(Layout& layout, Look look, Point at) {
  layout.items.push_back({0, ObjectClass::person, std::move(look), Path(at), -1});
}

Path stroll(const Stroll& how) {
  const auto drawn = [&](std::uint64_t what, int least, int most) {
    return between(least, most, mix(how.seed ^ (what * 0x9E3779B97F4A7C15ULL)));
  };
  const int margin = how.margin;
  const int way = canvas_width + 2 * margin;
  const int crossing = static_cast<int>(std::int64_t{way} * 1000 / how.speed);
  std::vector<int> pauses;
  int paused = 0;
  for (int i = 0; i < how.pauses; ++i) paused += pauses.emplace_back(drawn(10 + i, 2000, 5000));
  // At least 1500 ms out of sight after each crossing.
  const int crossings = std::max((loop_ms - paused) / (crossing + 1500), 1);
  const int hidden = (loop_ms - paused - crossings * crossing) / crossings;
  bool left = drawn(1, 0, 1) == 1;
  Path path;
  int now = 0;
  for (int i = 0; i < crossings; ++i) {
    const int from = left ? canvas_width + margin : -margin;
    const int to = left ? -margin : canvas_width + margin;
    path.appear(now, {from, how.y});
    if (i < how.pauses) {
      const int stop = drawn(20 + i, canvas_width / 5, canvas_width * 4 / 5);
      const int before = static_cast<int>(std::int64_t{std::abs(stop - from)} * 1000 / how.speed);
      path.go(now + before, {stop, how.y});
      now += pauses[static_cast<std::size_t>(i)];
      path.go(now + before, {stop, how.y});
    }
    now += crossing;
    path.go(now, {to, how.y});
    now += hidden;
    // Now and then someone comes back the way they went.
    if (drawn(30 + i, 0, 2) != 0) left = !left;
  }
  path.shift(drawn(2, 0, loop_ms - 1));
  return path;
}

Path drive(int y, int speed, bool left, int margin, std::initializer_list<int> starts_ms) {
  const int from = left ? canvas_width + margin : -margin;
  const int to = left ? -margin : canvas_width + margin;
  Path path;
  for (const int start : starts_ms) {
    path.appear(start, {from, y});
    path.go(start + static_cast<int>(std::int64_t{std::abs(to - from)} * 1000 / speed), {to, y});
  }
  return path;
}

std::uint64_t draw(Scene scene, std::uint32_t variant, std::uint64_t purpose, std::uint64_t index) {
  const std::uint64_t where = static_cast<std::uint64_t>(scene) * variant_count + variant;
  return mix(mix(where * 1024 + purpose) + index);
}

}  // namespace camfleet::scene
