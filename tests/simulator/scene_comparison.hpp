#pragma once

#include <algorithm>
#include <string>

#include "scene_picture.hpp"

namespace camfleet::scene {

inline constexpr FrameSize comparison_size{1280, 720};
inline constexpr FrameSize small{640, 360};

inline bool everything(const Item& /*item*/) {
  return true;
}

inline void expect_any_order(Scene scene) {
  const auto forward = make_stage(scene, 1, small, everything);
  const auto backward = make_stage(scene, 1, small, everything);
  std::vector<Picture> pictures;
  pictures.reserve(12);
  for (int i = 0; i < 12; ++i) pictures.push_back(render(*forward, milliseconds(4990) * i, small));
  for (int i = 12; i-- > 0;)
    EXPECT_EQ(render(*backward, milliseconds(4990) * i, small).bytes,
              pictures[static_cast<std::size_t>(i)].bytes)
        << to_text(scene) << " " << i;
}

/// The step from the loop's last picture to its first is as small as others.
inline void expect_closed(Scene scene, std::uint32_t variant) {
  const auto stage = make_stage(scene, variant, small, everything);
  const auto step = [&](Duration from, Duration to) {
    return unlikeness(render(*stage, from, small), render(*stage, to, small));
  };
  std::int64_t most = 0;
  for (int i = 1; i < 20; ++i) most = std::max(most, step(seconds(3) * i - milliseconds(40), seconds(3) * i));
  EXPECT_LE(step(loop_length - milliseconds(40), Duration{0}), most + most / 4 + 20)
      << to_text(scene) << " " << variant;
}

/// At so many instants, the truth of one object against what changes in the picture when it is taken away;
/// its sides may be off by `slack` pixels.
inline void compare_with_pictures(Scene scene, std::uint32_t variant, std::uint32_t id, int instants,
                                  int slack) {
  SCOPED_TRACE(std::string(to_text(scene)) + " " + std::to_string(variant) + ": " + std::to_string(id));
  const auto none = make_stage(scene, variant, comparison_size, [](const Item& /*item*/) { return false; });
  const auto alone =
      make_stage(scene, variant, comparison_size, [id](const Item& item) { return item.id == id; });
  const auto all = make_stage(scene, variant, comparison_size, everything);
  const auto others =
      make_stage(scene, variant, comparison_size, [id](const Item& item) { return item.id != id; });
  std::int64_t sum = 0;
  std::int64_t compared = 0;
  for (int i = 0; i < instants; ++i) {
    const Duration at = loop_length / instants * i + milliseconds(770);
    const auto seen = truth(scene, variant, at, comparison_size);
    const auto object = std::ranges::find(seen, id, &Seen::id);
    const Difference shape =
        difference(render(*none, at, comparison_size), render(*alone, at, comparison_size));
    const auto open =
        difference(render(*all, at, comparison_size), render(*others, at, comparison_size)).pixels;
    if (object == seen.end()) {
      // Rectangles stand for shapes: a tip of a foot may be seen where the truth sees nothing.
      EXPECT_LE(open, 200) << at.count();
      continue;
    }
    const Rect clock = clock_box(comparison_size);
    const bool under_clock = object->box.x < clock.x + clock.w && object->box.y < clock.y + clock.h;
    const bool whole = object->box.x > 0 && object->box.x + object->box.w < comparison_size.width &&
                       object->box.y > 0 && object->box.y + object->box.h < comparison_size.height;
    if (under_clock || !whole) continue;
    EXPECT_NEAR(shape.box.x, object->box.x, slack) << at.count();
    EXPECT_NEAR(shape.box.y, object->box.y, slack) << at.count();
    EXPECT_NEAR(shape.box.x + shape.box.w, object->box.x + object->box.w, slack) << at.count();
    EXPECT_NEAR(shape.box.y + shape.box.h, object->box.y + object->box.h, slack) << at.count();
    const auto off = std::abs(open * 1000 / shape.pixels - std::int64_t{object->per_mille});
    EXPECT_LE(off, 350) << at.count();
    sum += off;
    ++compared;
  }
  // Rectangles stand for shapes, which is right on the whole and less so where two cross.
  if (compared > 0) {
    EXPECT_LE(sum / compared, 90);
  }
}

}  // namespace camfleet::scene
