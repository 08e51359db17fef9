#include "simulator/score/detection_model.hpp"

#include <chrono>
#include <string>

#include <gtest/gtest.h>

#include "actors/base/hash.hpp"
#include "simulator/score/score_document.hpp"

namespace camfleet::testing {
namespace {

using namespace camfleet::score;
using scene::ObjectClass;

constexpr const char* table_text = R"({"lines": 360,
 "default": {"recall_per_mille":{"0":0,"20":100,"32":200,"40":300,"48":400,"64":500,"90":600,"130":700},
             "false_per_mille":50,"edges_per_mille":40},
 "algorithms": {"2": {"yard": {"recall_per_mille":{"0":null,"20":800,"32":null,"40":null,"48":null,"64":null,"90":950,"130":null},
             "false_per_mille":1020,"edges_per_mille":60}}}})";

/// One who stays, 100 high, and one who is there for half of the loop, 25 high; a face beside them.
std::vector<scene::Seen> a_few(scene::Scene, std::uint32_t, Duration at, FrameSize) {
  std::vector<scene::Seen> seen{{3, ObjectClass::person, {100, 100, 50, 100}, 1000},
                                {5, ObjectClass::face, {300, 100, 40, 40}, 1000}};
  if (at < seconds(30)) seen.push_back({7, ObjectClass::person, {500, 10, 12, 25}, 800});
  seen.push_back({9, ObjectClass::person, {400, 10, 50, 100}, 300});
  return seen;
}

class Model : public ::testing::Test {
 protected:
  Model() {
    const auto catalogue = vision::Catalogue::built_in();
    for (const auto& algorithm : catalogue.all()) EXPECT_TRUE(roster.add_algorithm(algorithm.id).has_value());
    EXPECT_TRUE(roster.add_device({"gate", "", "synthetic://yard", DeviceKind::live}).has_value());
    EXPECT_TRUE(roster.add_device({"hall", "", "rtsp://hall", DeviceKind::live}).has_value());
    InstanceSpec spec;
    spec.name = "n";
    spec.devices.resize(2);
    spec.devices[0].id = "gate";
    spec.devices[1].id = "hall";
    spec.algorithms = {{"2", "people"}, {"3", "motion"}};
    spec.schedule.zone = "UTC";
    EXPECT_TRUE(roster.add_instance("n", spec, Instant{}).has_value());
    cameras = {camera::CameraSpec{.scene = scene::Scene::yard, .size = {640, 360}, .seed = 4}, std::nullopt};
    table = DetectionTable::parse(table_text, "t").value();
    model.emplace(DetectionModel::Parts{&roster, &cameras, &catalogue, &table},
                  Truth{a_few, [](auto...) { return std::vector<scene::Stay>(); }});
  }

  [[nodiscard]] static Sample sample(std::int64_t second) {
    Sample one{};
    one.at = one.frame_at = Instant(seconds(second));
    return one;
  }

  Roster roster;
  std::vector<std::optional<camera::CameraSpec>> cameras;
  DetectionTable table;
  std::optional<DetectionModel> model;
};

TEST_F(Model, KnowsSyntheticCamerasAndAlgorithmsThatOweSomething) {
  EXPECT_TRUE(model->knows({0}, 0, {0}));
  EXPECT_FALSE(model->knows({0}, 1, {0}));
  EXPECT_FALSE(model->knows({0}, 0, {1}));
}

TEST_F(Model, FindsAsOftenAsTheTableSaysAndAsItsScoreSays) {
  Setting setting;
  for (const auto& id : roster.algorithms()) setting.algorithms.push_back({id, {}, {}});
  setting.algorithms[1].owes.add(ObjectClass::person);
  setting.instances = {{}};
  setting.cameras = cameras;
  Scorer scorer(setting, {a_few, [](auto...) { return std::vector<scene::Stay>(); }});
  constexpr std::uint32_t samples = 60'000;
  std::uint64_t with_findings = 0;
  for (std::int64_t k = 0; k < samples; ++k) {
    const Sample one = sample(k);
    const std::uint64_t chance = mix(static_cast<std::uint64_t>(k));
    const auto boxes = model->boxes(one, chance);
    ASSERT_LE(!boxes.empty(), model->finds(one, chance)) << "boxes come only where something is found";
    ASSERT_TRUE(std::ranges::is_sorted(boxes, std::greater<>{}, &vision::Box::score));
    if (boxes.empty()) continue;
    ++with_findings;
    for (const vision::Box& box : boxes) ASSERT_EQ(box.label, "person");
    scorer.found({{0}, {0}, {1}, Instant{}, one.at, one.frame_at, 640, 360, boxes});
  }
  scorer.ended({{{0}, {0}, Instant{}}, Instant(seconds(samples)), true, {{{1}, samples, samples}}});
  const auto level = document_of(scorer)["2"]["yard"];
  EXPECT_NEAR(level["90"]["recall"].get<double>(), 0.95, 0.01);
  EXPECT_NEAR(level["20"]["recall"].get<double>(), 0.8, 0.01);
  EXPECT_NEAR(level["sums"]["false"].get<double>() / samples, 1.02, 0.01);
  EXPECT_EQ(model->per_million({0}, 0, {0}), 1'000'000U);
  EXPECT_EQ(with_findings, samples) << "there is a false box in each";
  const auto again = DetectionTable::parse(measured(scorer).value().dump(), "measured");
  ASSERT_TRUE(again.has_value()) << again.error().line();
  const DetectionRow& row = again.value().row("2", scene::Scene::yard);
  EXPECT_NEAR(row.recall_per_mille[6], 950, 10);
  EXPECT_NEAR(row.recall_per_mille[1], 800, 10);
  EXPECT_NEAR(row.edges_per_mille, 60, 12);
  EXPECT_EQ(row.recall_per_mille[3], DetectionTable::built_in().by_default().recall_per_mille[3])
      << "what was not there to be seen has no recall of its own";
}

TEST_F(Model, DrawsEachObjectAlone) {
  std::int64_t second = 0;
  while (camera::CameraClock(*cameras[0]).scene_time(Instant(seconds(second))) > seconds(20)) ++second;
  const Sample one = sample(second);
  std::uint32_t both = 0;
  for (std::uint64_t chance = 0; chance < 10'000; ++chance) {
    const auto boxes = model->boxes(one, mix(chance));
    both += std::ranges::count_if(boxes, [](const auto& box) { return box.score >= 0.8F; }) == 2 ? 1 : 0;
  }
  // Scores of right boxes are uniform from 0.6 to 0.999, those of false ones at most 0.799.
  EXPECT_NEAR(both, 10'000 * 0.95 * 0.8 * 0.25, 150);
}

TEST_F(Model, SaysWithoutPicturesWhetherSomethingIsFoundInLessThanATenthOfAMicrosecond) {
  constexpr std::int64_t samples = 2'000'000;
  const auto begin = std::chrono::steady_clock::now();
  std::uint64_t found = 0;
  for (std::int64_t k = 0; k < samples; ++k)
    found += model->finds(sample(k), mix(static_cast<std::uint64_t>(k))) ? 1 : 0;
  const auto took = std::chrono::steady_clock::now() - begin;
  RecordProperty("ns_per_sample", static_cast<int>(took.count() / samples));
  EXPECT_GT(found, 0U);
  // Ten times what is promised: the machine may be busy.
  EXPECT_LT(took.count() / samples, 1000);
}

TEST_F(Model, SeesTheSameInAFrameOfTwiceTheSize) {
  const auto twice = [](scene::Scene scene, std::uint32_t variant, Duration at, FrameSize size) {
    auto seen = a_few(scene, variant, at, size);
    for (scene::Seen& one : seen) one.box = {one.box.x * 2, one.box.y * 2, one.box.w * 2, one.box.h * 2};
    return seen;
  };
  cameras[0]->size = {1280, 720};
  const auto catalogue = vision::Catalogue::built_in();
  const DetectionModel larger({&roster, &cameras, &catalogue, &table},
                              {twice, [](auto...) { return std::vector<scene::Stay>(); }});
  EXPECT_EQ(larger.per_million({0}, 0, {0}), model->per_million({0}, 0, {0}));
}

TEST(DetectionTable, ThatIsBuiltInIsFine) {
  const DetectionRow& row = DetectionTable::built_in().by_default();
  EXPECT_GT(row.recall_per_mille.back(), row.recall_per_mille.front());
}

TEST(DetectionTable, ThatIsWrongIsOneLine) {
  const auto error = [](const std::string& text) {
    return DetectionTable::parse(text, "t.json").error().line();
  };
  EXPECT_EQ(error("["), "t.json: is not JSON");
  EXPECT_EQ(error("{}"), "t.json: lines: absent; it is required");
  std::string text = table_text;
  EXPECT_EQ(error(text.replace(text.find("yard"), 4, "nook")),
            "t.json: algorithms.2: scene: \"nook\" is none; there are street, night, yard, lobby, crowd, "
            "empty, card");
  text = table_text;
  EXPECT_EQ(error(text.replace(text.find(":800"), 4, ":1001")),
            "t.json: algorithms.2: yard: recall_per_mille: 20: '1001' is not a number from 0 to 1000");
}

}  // namespace
}  // namespace camfleet::testing
