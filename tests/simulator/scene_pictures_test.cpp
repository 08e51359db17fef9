#include <algorithm>
#include <array>
#include <filesystem>

#include "scene_comparison.hpp"
#include <gtest/gtest.h>

#include "simulator/scene/contact_sheet.hpp"

namespace camfleet::scene {
namespace {

constexpr std::array<Scene, 3> drawn{Scene::yard, Scene::empty, Scene::card};

TEST(Pictures, AreTheSameInAnyOrder) {
  for (const Scene scene : drawn) expect_any_order(scene);
}

TEST(Pictures, GoOnOverTheEndOfTheLoop) {
  for (const Scene scene : drawn)
    for (std::uint32_t variant = 0; variant < variant_count; ++variant) expect_closed(scene, variant);
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

TEST(Truth, AgreesWithWhatIsDrawnInTheYard) {
  for (std::uint32_t id = 1; id <= 5; ++id) compare_with_pictures(Scene::yard, id % variant_count, id, 12, 1);
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
