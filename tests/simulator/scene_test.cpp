#include "simulator/scene/scene.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>

#include <gtest/gtest.h>

#include "simulator/scene/layout.hpp"
#include "simulator/scene/photographs.hpp"

namespace camfleet::scene {
namespace {

constexpr FrameSize hd{1280, 720};
constexpr std::array<FrameSize, 4> shapes{{{1280, 720}, {640, 480}, {320, 576}, {1600, 400}}};

template <class Check>
void for_every_scene(Check check) {
  for (std::size_t i = 0; i < scene_names.size(); ++i) {
    for (std::uint32_t variant = 0; variant < variant_count; ++variant) {
      SCOPED_TRACE(std::string(scene_names[i]) + " " + std::to_string(variant));
      check(static_cast<Scene>(i), variant);
    }
  }
}

TEST(Scene, HasANameThatIsRead) {
  for (std::size_t i = 0; i < scene_names.size(); ++i) {
    const auto scene = parse_scene(scene_names[i]);
    ASSERT_TRUE(scene.has_value());
    EXPECT_EQ(to_text(scene.value()), scene_names[i]);
  }
}

TEST(Scene, SaysWhichNamesThereAre) {
  for (const std::string_view name : {"", "Street", "streets", "park"}) {
    const auto scene = parse_scene(name);
    ASSERT_FALSE(scene.has_value());
    EXPECT_EQ(scene.error().code, Errc::invalid_field);
    EXPECT_EQ(scene.error().line(),
              "scene: \"" + std::string(name) +
                  "\" is none; there are street, night, yard, lobby, crowd, empty, card");
  }
}

TEST(Truth, HasUniqueIdsAndBoxesInThePicture) {
  for_every_scene([](Scene scene, std::uint32_t variant) {
    std::map<std::uint32_t, ObjectClass> kinds;
    for (const FrameSize size : shapes) {
      for (Duration at{0}; at < loop_length; at += milliseconds(730)) {
        std::uint32_t last = 0;
        for (const Seen& seen : truth(scene, variant, at, size)) {
          ASSERT_GT(seen.id, last) << "sorted, and each once";
          last = seen.id;
          ASSERT_LT(seen.id, 1000U);
          ASSERT_EQ(kinds.try_emplace(seen.id, seen.kind).first->second, seen.kind);
          ASSERT_GE(seen.box.x, 0);
          ASSERT_GE(seen.box.y, 0);
          ASSERT_GT(seen.box.w, 0);
          ASSERT_GT(seen.box.h, 0);
          ASSERT_LE(seen.box.x + seen.box.w, size.width);
          ASSERT_LE(seen.box.y + seen.box.h, size.height);
          ASSERT_GT(seen.per_mille, 0U);
          ASSERT_LE(seen.per_mille, 1000U);
        }
      }
    }
  });
}

TEST(Truth, GrowsWithThePicture) {
  for_every_scene([](Scene scene, std::uint32_t variant) {
    const auto small = truth(scene, variant, seconds(9), {640, 360});
    const auto large = truth(scene, variant, seconds(9), {1920, 1080});
    for (const Seen& seen : small) {
      const auto twin = std::ranges::find(large, seen.id, &Seen::id);
      if (twin == large.end()) continue;
      EXPECT_NEAR(twin->box.x, 3 * seen.box.x, 5);
      EXPECT_NEAR(twin->box.h, 3 * seen.box.h, 6);
    }
  });
}

TEST(Truth, SeesEveryPromisedClass) {
  const std::map<Scene, std::set<ObjectClass>> promised{
      {Scene::yard, {ObjectClass::person}}, {Scene::empty, {}}, {Scene::card, {}}};
  for (const auto& [scene, classes] : promised) {
    for (std::uint32_t variant = 0; variant < variant_count; ++variant) {
      std::set<ObjectClass> seen;
      for (const Stay& stay : stays(scene, variant, hd)) seen.insert(stay.kind);
      EXPECT_EQ(seen, classes) << to_text(scene) << " " << variant;
    }
  }
}

TEST(Truth, DiffersBetweenVariants) {
  for (const Scene scene : {Scene::street, Scene::night, Scene::yard, Scene::lobby, Scene::crowd}) {
    const auto first = stays(scene, 0, hd);
    for (std::uint32_t variant = 1; variant < variant_count; ++variant) {
      const auto other = stays(scene, variant, hd);
      EXPECT_FALSE(std::ranges::equal(first, other, {}, &Stay::from, &Stay::from)) << variant;
    }
  }
}

/// Whether a stay covers an instant, also around the end of the loop.
bool covers(const Stay& stay, Duration at) {
  return (stay.from <= at && at < stay.to) || at + loop_length < stay.to;
}

TEST(Stays, AgreeWithTheTruth) {
  for_every_scene([](Scene scene, std::uint32_t variant) {
    const auto all = stays(scene, variant, hd);
    for (const Stay& stay : all) {
      EXPECT_LT(stay.from, stay.to);
      EXPECT_LE(stay.to - stay.from, loop_length);
      EXPECT_LT(stay.from, loop_length);
    }
    for (Duration at{0}; at < loop_length; at += milliseconds(340)) {
      std::set<std::uint32_t> in;
      for (const Seen& seen : truth(scene, variant, at, hd))
        if (seen.per_mille >= in_view) in.insert(seen.id);
      std::multiset<std::uint32_t> told;
      for (const Stay& stay : all)
        if (covers(stay, at)) told.insert(stay.id);
      EXPECT_EQ(told, std::multiset<std::uint32_t>(in.begin(), in.end())) << at.count();
    }
  });
}

TEST(Photographs, SayWhichPackageHasThem) {
  const std::string because =
      " is not there; this scene shows photographs of the package opencv-doc, which tools/setup installs";
  const auto clip = read_walkers("/nowhere");
  ASSERT_FALSE(clip.has_value());
  EXPECT_EQ(clip.error().code, Errc::not_found);
  EXPECT_EQ(clip.error().line(), "/nowhere/examples/data/vtest.avi:" + because);
  const auto faces = read_portraits("/nowhere");
  ASSERT_FALSE(faces.has_value());
  EXPECT_EQ(faces.error().code, Errc::not_found);
  EXPECT_EQ(faces.error().line(), "/nowhere/opencv4/html/face_swapped.jpg:" + because);
}

TEST(Photographs, AreThoseThatTheListWasMadeFor) {
  const std::filesystem::path folder = std::filesystem::temp_directory_path() / "camfleet_other_package";
  std::filesystem::create_directories(folder / "examples/data");
  std::ofstream(folder / "examples/data/vtest.avi") << "another clip";
  const auto clip = read_walkers(folder);
  std::filesystem::remove_all(folder);
  ASSERT_FALSE(clip.has_value());
  EXPECT_EQ(clip.error().code, Errc::unsupported);
  EXPECT_NE(clip.error().line().find("is not the file of opencv-doc 4.6.0"), std::string::npos)
      << clip.error().line();
}

TEST(Stays, ComeAndGoSeveralTimes) {
  for (std::uint32_t variant = 0; variant < variant_count; ++variant) {
    std::map<std::uint32_t, int> counts;
    for (const Stay& stay : stays(Scene::yard, variant, hd)) ++counts[stay.id];
    ASSERT_GE(counts.size(), 4U);
    for (const auto& [id, count] : counts) EXPECT_GE(count, 2) << id;
  }
}

TEST(Layout, ClosesItsPaths) {
  for_every_scene([](Scene scene, std::uint32_t variant) {
    for (const Item& item : layout_of(scene, variant).items) {
      const Standing last = item.path.standing(loop_length - Duration(1));
      const Standing first = item.path.standing(Duration{0});
      EXPECT_NEAR(last.at.x, first.at.x, 1) << item.id;
      EXPECT_NEAR(last.at.y, first.at.y, 1) << item.id;
    }
  });
}

}  // namespace
}  // namespace camfleet::scene
