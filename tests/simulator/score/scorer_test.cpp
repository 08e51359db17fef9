#include "simulator/score/scorer.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "actors/base/hash.hpp"
#include "simulator/score/score_document.hpp"

namespace camfleet::testing {
namespace {

using namespace camfleet::score;
using nlohmann::ordered_json;
using scene::ObjectClass;

constexpr FrameSize size{640, 360};

/// A person 100 pixels high who stands on the left from second 10 to 40 of the loop and is half covered from
/// 20 to 25, and one on the right, 20 high, who is there all the time.
std::vector<scene::Seen> two_people(scene::Scene, std::uint32_t, Duration at, FrameSize) {
  std::vector<scene::Seen> seen;
  if (at >= seconds(10) && at < seconds(40))
    seen.push_back(
        {0, ObjectClass::person, {10, 100, 50, 100}, at >= seconds(20) && at < seconds(25) ? 400U : 1000U});
  seen.push_back({1, ObjectClass::person, {400, 100, 10, 20}, 1000});
  return seen;
}

std::vector<scene::Stay> their_stays(scene::Scene, std::uint32_t, FrameSize) {
  return {{0, ObjectClass::person, seconds(10), seconds(20)},
          {0, ObjectClass::person, seconds(25), seconds(40)},
          {1, ObjectClass::person, seconds(0), seconds(60)}};
}

/// One camera, whose loop begins with the minute, under algorithm a (people, each second) and b (nothing).
Setting one_camera(bool every_frame = false) {
  Setting setting;
  ClassSet people;
  people.add(ObjectClass::person);
  setting.algorithms = {{"a", people}, {"b", {}}};
  setting.instances = {{1, every_frame}};
  camera::CameraSpec camera{.scene = scene::Scene::yard, .size = size, .fps = 10, .gop = 300};
  while (camera::CameraClock(camera).scene_time(Instant(seconds(0))) != Duration(0)) ++camera.seed;
  setting.cameras = {camera};
  return setting;
}

class Score {
 public:
  explicit Score(Setting setting = one_camera()) : scorer_(std::move(setting), {two_people, their_stays}) {}

  /// A box in the sample at second `at` of a slice.
  void find(int due, double at, vision::Box box, FrameSize frame = size) {
    const std::vector<vision::Box> boxes{std::move(box)};
    find(due, at, boxes, frame);
  }
  void find(int due, double at, const std::vector<vision::Box>& boxes, FrameSize frame = size) {
    find_late(due, at, at, boxes, frame);
  }
  /// In a frame of second `frame_at`.
  void find_late(int due, double at, double frame_at, const std::vector<vision::Box>& boxes,
                 FrameSize frame = size) {
    const auto instant = [](double second) { return Instant(milliseconds(static_cast<int>(second * 1000))); };
    scorer_.found({{0},
                   {0},
                   {0},
                   Instant(seconds(due)),
                   instant(at),
                   instant(frame_at),
                   frame.width,
                   frame.height,
                   boxes});
  }
  void end(int due, std::uint32_t samples, bool is_done = true, std::uint32_t lost = 0) {
    const Instant begin(seconds{due});
    scorer_.ended({{{0}, {0}, begin},
                   begin + seconds(samples),
                   is_done,
                   {{{0}, samples, samples - lost}, {{1}, samples, samples}}});
  }
  [[nodiscard]] ordered_json document() const { return document_of(scorer_); }
  [[nodiscard]] ordered_json yard() const { return document()["a"]["yard"]; }

 private:
  Scorer scorer_;
};

vision::Box left(float score = 0.9F) {
  return {"person", score, 12, 100, 50, 100};
}
vision::Box right(float score = 0.9F) {
  return {"Person", score, 400, 100, 10, 20};
}

TEST(Scorer, CountsWhatWasMissedByTheHeightOfTheObjectAndWhatWasWrongByItsOwn) {
  Score score;
  score.find(0, 12, left());
  score.find(0, 13, {left(), right(), {"person", 0.7F, 300, 10, 20, 40}, {"dog", 0.9F, 0, 0, 9, 9}});
  score.end(0, 60);
  const ordered_json yard = score.yard();
  // 30 seconds less 5 covered ones, and 60.
  EXPECT_EQ(yard["sums"].dump(),
            R"({"samples":60,"objects":85,"found":3,"boxes":4,"right":3,"false":1,"ignored":0,"unscored":1,)"
            R"("left_out":{"slices":0,"samples":0,"findings":0}})");
  EXPECT_EQ(yard["90"]["sums"].dump(),
            R"({"objects":25,"found":2,"boxes":2,"right":2,"false":0,"ignored":0})");
  EXPECT_EQ(yard["20"]["sums"].dump(),
            R"({"objects":60,"found":1,"boxes":1,"right":1,"false":0,"ignored":0})");
  EXPECT_EQ(yard["40"]["sums"].dump(),
            R"({"objects":0,"found":0,"boxes":1,"right":0,"false":1,"ignored":0})");
  EXPECT_EQ(yard["precision"], 0.75);
  EXPECT_EQ(yard["recall"], 3.0 / 85);
  EXPECT_TRUE(yard["40"]["recall"].is_null());
  EXPECT_EQ(yard["40"]["precision"], 0.0);
  EXPECT_TRUE(yard["130"]["precision"].is_null());
  EXPECT_EQ(yard["90"]["recall"], 0.08);
  // One object less in the first of the two, one box more in the second, and all of the others'.
  EXPECT_EQ(yard["count_error"], (1 + 1 + 85 - 4) / 60.0);
  EXPECT_FALSE(score.document().contains("b")) << "it owes nothing";
  ordered_json all = score.document()["a"];
  all.erase("yard");
  ordered_json scene = yard;
  for (const auto name : height_names) scene.erase(std::string(name));
  EXPECT_EQ(all, scene) << "an algorithm's sums are those of its scenes";
}

TEST(Scorer, TakesTheTruthOfTheFrameAndNotOfTheInstantAtWhichItWasDue) {
  Score score;
  // Due just before the first one came into view, and seen 0.7 s later.
  score.find_late(0, 9, 10.7, {left()});
  score.find(0, 10, left());
  score.end(0, 60);
  EXPECT_EQ(score.yard()["sums"]["right"], 2);
  EXPECT_EQ(score.yard()["sums"]["false"], 0);
  EXPECT_EQ(score.yard()["sums"]["objects"], 86) << "one more of the first, in the frame that came late";
  EXPECT_EQ(score.yard()["sums"]["samples"], 60);
}

TEST(Scorer, IgnoresObjectsLessThanHalfInView) {
  Score score;
  score.find(0, 22, left());
  score.end(0, 60);
  EXPECT_EQ(score.yard()["sums"]["ignored"], 1);
  EXPECT_EQ(score.yard()["sums"]["objects"], 85);
  EXPECT_TRUE(score.yard()["precision"].is_null());
}

TEST(Scorer, CountsStaysAsFarAsASliceLooked) {
  Score score;
  score.find(0, 12, left());
  score.find(0, 30, left());
  score.find(0, 35, right());
  score.end(0, 60);
  // 2 s, 5 s and 35 s after they came.
  EXPECT_EQ(score.yard()["stays_seen"], 3);
  EXPECT_EQ(score.yard()["stays_due"], 3);
  EXPECT_EQ(score.yard()["first_sight_s"], 14.0);
  Score later;
  later.find(75, 77, left());
  later.end(75, 120);
  // From 75 s to 195 s: both of the left one in the second minute, in the third and the first half of one in
  // the fourth; the first came with the slice. The right one never goes.
  EXPECT_EQ(later.yard()["stays_due"], 6);
  EXPECT_EQ(later.yard()["stays_seen"], 1);
  EXPECT_EQ(later.yard()["first_sight_s"], 2.0);
}

TEST(Scorer, LeavesOutAndCountsWhatIsNotDoneAndWhereACameraHadAFault) {
  Setting setting = one_camera();
  setting.faults = {{{0}, Instant(seconds(200)), Instant(seconds(210))}};
  Score score(setting);
  score.find(0, 2, right());
  score.end(0, 20, false);
  score.end(60, 20, true, 1);
  score.end(190, 30);
  score.end(170, 30);
  // Less than a minute after it, the camera may have come back late.
  score.end(210, 30);
  score.end(270, 30);
  score.find(310, 311, right());
  const ordered_json sums = score.yard()["sums"];
  EXPECT_EQ(sums["left_out"].dump(), R"({"slices":4,"samples":100,"findings":1})");
  EXPECT_EQ(sums["samples"], 60);
  EXPECT_EQ(sums["found"], 0);
}

TEST(Scorer, CountsASampleThatIsFoundTwiceOnce) {
  Score score;
  score.find(0, 2, right());
  score.find(0, 2, right());
  score.end(0, 4);
  EXPECT_EQ(score.yard()["sums"]["found"], 1);
  EXPECT_EQ(score.yard()["sums"]["left_out"]["findings"], 1);
  EXPECT_EQ(score.yard()["sums"]["samples"], 4);
}

TEST(Scorer, TakesTheFrameOfTheSampleItself) {
  // At 9.96 s the frame that begins at 10.0 s is the first one after half a frame before.
  Score score;
  score.end(9, 1);
  EXPECT_EQ(score.yard()["sums"]["objects"], 1);
  Score moved;
  moved.find(9, 9.96, left());
  moved.end(9, 1);
  EXPECT_EQ(moved.yard()["sums"]["found"], 1);
}

TEST(Scorer, ScalesBoxesOfFramesOfAnotherSize) {
  Score score;
  score.find(0, 12, {"person", 0.9F, 24, 200, 100, 200}, {1280, 720});
  score.find(0, 13, {"person", 0.9F, -50, 50, 90, 50}, {320, 180});
  score.end(0, 20);
  EXPECT_EQ(score.yard()["90"]["sums"]["found"], 2) << "of the second, the part that lies in the frame";
}

TEST(Scorer, TakesEveryFrameInARow) {
  Score score(one_camera(true));
  // Seen half a frame after they began.
  score.find(0, 10.05, left());
  score.find(0, 10.15, left());
  score.end(0, 150);
  EXPECT_EQ(score.yard()["sums"]["samples"], 150);
  EXPECT_EQ(score.yard()["90"]["sums"]["objects"], 50);
  EXPECT_EQ(score.yard()["90"]["sums"]["found"], 2);
  EXPECT_EQ(score.yard()["first_sight_s"], 0.0);
}

TEST(Scorer, LeavesOutASliceInWhichTooMuchIsFound) {
  Score score;
  const std::vector<vision::Box> many(300, right());
  for (std::size_t i = 0; i * 301 <= Scorer::max_found; ++i) score.find(0, 1 + static_cast<double>(i), many);
  score.end(0, 5000);
  EXPECT_EQ(score.yard()["sums"]["left_out"].dump(), R"({"slices":1,"samples":5000,"findings":0})");
}

RC_GTEST_PROP(ScorerProperty, DoesNotDependOnTheOrderOfSlicesOrBoxes, (std::uint32_t seed, bool shuffled)) {
  const auto run = [&](bool reversed) {
    Score score;
    std::vector<int> order{0, 1, 2, 3, 4, 5, 6, 7};
    if (reversed) std::ranges::reverse(order);
    for (const int slice : order) {
      for (int k = 0; k < 10; ++k) {
        const std::uint64_t draw = mix(seed ^ static_cast<std::uint64_t>(slice * 100 + k));
        std::vector<vision::Box> boxes;
        if ((draw & 1U) != 0) boxes.push_back(left(static_cast<float>(draw >> 8U & 7U) / 10));
        if ((draw & 2U) != 0) boxes.push_back(right(0.5F));
        if ((draw & 4U) != 0)
          boxes.push_back({"person", 0.5F, static_cast<int>(draw >> 16U & 255U), 0, 20, 30});
        if (reversed && shuffled) std::ranges::reverse(boxes);
        if (!boxes.empty()) score.find(slice * 13, slice * 13 + k, boxes);
      }
      score.end(slice * 13, 10, slice != 3);
    }
    return score.yard();
  };
  const ordered_json one = run(false);
  RC_ASSERT(one == run(true));
  const ordered_json& sums = one["sums"];
  RC_ASSERT(sums["found"] == sums["right"]);
  RC_ASSERT(sums["found"] <= sums["objects"]);
  RC_ASSERT(sums["boxes"].get<int>() ==
            sums["right"].get<int>() + sums["false"].get<int>() + sums["ignored"].get<int>());
  for (const char* field : {"objects", "found", "boxes", "right", "false", "ignored"}) {
    std::uint64_t by_height = 0;
    for (const auto name : height_names)
      by_height += one[std::string(name)]["sums"][field].get<std::uint64_t>();
    RC_ASSERT(by_height == sums[field].get<std::uint64_t>());
  }
  RC_ASSERT(sums["samples"].get<int>() + sums["left_out"]["samples"].get<int>() == 80);
}

}  // namespace
}  // namespace camfleet::testing
