#include <array>

#include "scene_comparison.hpp"
#include <gtest/gtest.h>

#include "simulator/scene/photographs.hpp"

namespace camfleet::scene {
namespace {

constexpr std::array<Scene, 4> photographed{Scene::street, Scene::night, Scene::lobby, Scene::crowd};

/// Whether anything of a cutout is seen in a row or a column.
bool seen_in(const Cutout& cut, int x, int y, int dx, int dy) {
  for (; x < cut.width && y < cut.height; x += dx, y += dy)
    if (cut.alpha[static_cast<std::size_t>(y * cut.width + x)] > 0) return true;
  return false;
}

TEST(Photographs, FillTheBoxesOfTheList) {
  const auto all = walkers();
  ASSERT_TRUE(all.has_value()) << all.error().line();
  ASSERT_EQ(all.value()->size(), walker_tracks().size());
  for (std::size_t i = 0; i < all.value()->size(); ++i) {
    ASSERT_EQ((*all.value())[i].size(), walker_tracks()[i].cuts.size());
    for (const Cutout& cut : (*all.value())[i]) {
      EXPECT_TRUE(seen_in(cut, 0, 0, 1, 0)) << i;
      EXPECT_TRUE(seen_in(cut, 0, cut.height - 1, 1, 0)) << i;
      EXPECT_TRUE(seen_in(cut, 0, 0, 0, 1)) << i;
      EXPECT_TRUE(seen_in(cut, cut.width - 1, 0, 0, 1)) << i;
    }
  }
}

TEST(Photographs, AreTheSameInAnyOrder) {
  for (const Scene scene : photographed) expect_any_order(scene);
}

TEST(Photographs, GoOnOverTheEndOfTheLoop) {
  for (const Scene scene : photographed)
    for (std::uint32_t variant = 0; variant < variant_count; ++variant) expect_closed(scene, variant);
}

TEST(Photographs, AgreeWithTheTruth) {
  for (const Scene scene : photographed) {
    std::uint32_t variant = 0;
    for (const Item& item : layout_of(scene, 0).items) {
      if (item.id == 0 || item.id % 2 == 0) continue;
      // In the dark the rim of a dark coat is no change at all.
      compare_with_pictures(scene, variant++ % variant_count, item.id, 8, scene == Scene::night ? 3 : 1);
    }
  }
}

}  // namespace
}  // namespace camfleet::scene
