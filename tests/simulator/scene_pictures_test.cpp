#include <algorithm>
#include <array>
#include <filesystem>

#include "scene_picture.hpp"
#include <gtest/gtest.h>

#include "simulator/scene/contact_sheet.hpp"

namespace camfleet::scene {
namespace {

constexpr FrameSize hd{1280, 720};
constexpr FrameSize small{640, 360};

constexpr std::array<Scene, 3> drawn{Scene::yard, Scene::empty, Scene::card};

bool everything(const Item& /*item*/) {
  return true;
}

TEST(Pictures, AreTheSameInAnyOrder) {
  for (const Scene scene : drawn) {
    const auto forward = make_stage(scene, 1, small, everything);
    const auto backward = make_stage(scene, 1, small, everything);
    std::vector<Picture> pictures;
    for (int i = 0; i < 12; ++i) pictures.push_back(render(*forward, milliseconds(4990) * i, small));
    for (int i = 12; i-- > 0;)
      EXPECT_EQ(render(*backward, milliseconds(4990) * i, small).bytes,
                pictures[static_cast<std::size_t>(i)].bytes)
          << to_text(scene) << " " << i;
  }
}

TEST(Pictures, GoOnOverTheEndOfTheLoop) {
  for (const Scene scene : drawn) {
    for (std::uint32_t variant = 0; variant < variant_count; ++variant) {
      const auto stage = make_stage(scene, variant, small, everything);
      const auto step = [&](Duration from, Duration to) {
        return unlikeness(render(*stage, from, small), render(*stage, to, small));
      };
      std::int64_t most = 0;
      for (int i = 1; i < 20; ++i)
        most = std::max(most, step(seconds(3) * i - milliseconds(40), seconds(3) * i));
      EXPECT_LE(step(loop_length - milliseconds(40), Duration{0}), most + most / 4 + 20)
          << to_text(scene) << " " << variant;
    }
  }
}

TEST(Pictures, KeepTheRangeOfVideo) {
  for (const Scene scene : drawn) {
    const auto stage = make_stage(scene, 2, small, everything);
    const Picture picture = render(*stage, seconds(7), small);
    for (const std::uint8_t value : picture.bytes) {
      ASSERT_GE(value, 16);
      ASSERT_LE(value, 240);
    }
  }
}

TEST(Pictures, ShowTheMiddleOfOtherShapes) {
  // 540 of the 960 columns of a picture that is as high.
  const auto wide = make_stage(Scene::yard, 0, {1280, 720}, everything);
  const auto narrow = make_stage(Scene::yard, 0, {720, 720}, everything);
  const Picture all = render(*wide, seconds(20), {1280, 720});
  const Picture part = render(*narrow, seconds(20), {720, 720});
  int other = 0;
  // Below the clock; edges and grain differ by fractions of pixels.
  for (int y = 350; y < 720; ++y)
    for (int x = 0; x < 720; ++x) other += std::abs(all.luma(x + 280, y) - part.luma(x, y)) > 30 ? 1 : 0;
  EXPECT_LT(other, 720 * 370 / 100);
}

TEST(Pictures, RefuseSizesThatNoPictureHas) {
  const std::array<FrameSize, 6> wrong{{{0, 0}, {158, 90}, {160, 88}, {641, 360}, {640, 361}, {3842, 2160}}};
  for (const FrameSize size : wrong) {
    const auto made = Renderer::make(Scene::empty, 0, size);
    ASSERT_FALSE(made.has_value());
    EXPECT_EQ(made.error().code, Errc::invalid_field);
    EXPECT_EQ(made.error().line(), "size: " + std::to_string(size.width) + "x" + std::to_string(size.height) +
                                       " is not even both ways from 160x90 to 3840x2160");
  }
  EXPECT_TRUE(Renderer::make(Scene::card, 3, {160, 90}).has_value());
}

/// How the truth of one instant compares with what changes in the picture when the object is taken away.
void compare_with_pictures(Scene scene, std::uint32_t variant, std::uint32_t id, int instants) {
  SCOPED_TRACE(std::string(to_text(scene)) + " " + std::to_string(variant) + ": " + std::to_string(id));
  const auto none = make_stage(scene, variant, hd, [](const Item& /*item*/) { return false; });
  const auto alone = make_stage(scene, variant, hd, [id](const Item& item) { return item.id == id; });
  const auto all = make_stage(scene, variant, hd, everything);
  const auto others = make_stage(scene, variant, hd, [id](const Item& item) { return item.id != id; });
  for (int i = 0; i < instants; ++i) {
    const Duration at = loop_length / instants * i + milliseconds(770);
    const auto seen = truth(scene, variant, at, hd);
    const auto object = std::ranges::find(seen, id, &Seen::id);
    const Difference shape = difference(render(*none, at, hd), render(*alone, at, hd));
    const auto open = difference(render(*all, at, hd), render(*others, at, hd)).pixels;
    if (object == seen.end()) {
      // Rectangles stand for shapes: a tip of a foot may be seen where the truth sees nothing.
      EXPECT_LE(open, 200) << at.count();
      continue;
    }
    const Rect clock = clock_box(hd);
    const bool under_clock = object->box.x < clock.x + clock.w && object->box.y < clock.y + clock.h;
    const bool whole = object->box.x > 0 && object->box.x + object->box.w < hd.width && object->box.y > 0 &&
                       object->box.y + object->box.h < hd.height;
    if (under_clock || !whole) continue;
    EXPECT_NEAR(shape.box.x, object->box.x, 1) << at.count();
    EXPECT_NEAR(shape.box.y, object->box.y, 1) << at.count();
    EXPECT_NEAR(shape.box.x + shape.box.w, object->box.x + object->box.w, 1) << at.count();
    EXPECT_NEAR(shape.box.y + shape.box.h, object->box.y + object->box.h, 1) << at.count();
    EXPECT_NEAR(static_cast<double>(open * 1000 / shape.pixels), object->per_mille, 230) << at.count();
  }
}

TEST(Truth, AgreesWithWhatIsDrawnInTheYard) {
  for (std::uint32_t id = 1; id <= 6; ++id) compare_with_pictures(Scene::yard, id % variant_count, id, 12);
}

TEST(ContactSheet, IsAPicture) {
  const auto path = std::filesystem::temp_directory_path() / "camfleet_scene_sheet.jpg";
  ASSERT_TRUE(write_contact_sheet(Scene::yard, 0, {160, 90}, path).has_value());
  EXPECT_GT(std::filesystem::file_size(path), 10'000U);
  std::filesystem::remove(path);
  const auto failed = write_contact_sheet(Scene::card, 0, {160, 90}, "/nowhere/at/all/sheet.jpg");
  ASSERT_FALSE(failed.has_value());
  EXPECT_EQ(failed.error().code, Errc::io);
}

}  // namespace
}  // namespace camfleet::scene
