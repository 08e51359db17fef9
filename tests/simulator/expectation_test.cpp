#include "simulator/expectation.hpp"

#include <string>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace camfleet::sim {
namespace {

const nlohmann::json summary = nlohmann::json::parse(
    R"({"slices":{"due":10,"done":8},"samples":{"dropped":{"overload":3}},"concurrency":{"peak":11,"bound":10},"name":"x",)"
    R"("score":{"1":{"lobby":{"130":{"recall":0.93,"precision":null}}}}})");

bool holds(const std::string& text) {
  return Expectation::parse(text).value().weigh(summary).value().held;
}

TEST(Expectation, HasWhatStandsOnBothSidesUnlessThatIsNotKnown) {
  const auto sides = Expectation::parse("2 * slices.done >= slices.due + 7").value().weigh(summary).value();
  EXPECT_EQ(sides.left, 16);
  EXPECT_EQ(sides.right, 17);
  EXPECT_TRUE(sides.is_known);
  EXPECT_FALSE(sides.held);
  const auto nothing =
      Expectation::parse("score.1.lobby.130.precision <= 0.5").value().weigh(summary).value();
  EXPECT_FALSE(nothing.is_known);
  EXPECT_FALSE(nothing.held) << "0 would be less";
}

TEST(Expectation, Compares) {
  EXPECT_TRUE(holds("slices.due == 10"));
  EXPECT_TRUE(holds("slices.done<slices.due"));
  EXPECT_TRUE(holds("slices.done != 10"));
  EXPECT_FALSE(holds("slices.done > 8"));
  EXPECT_TRUE(holds("slices.done >= 8"));
  EXPECT_FALSE(holds("slices.done >= 8.5"));
  EXPECT_TRUE(holds("concurrency.peak <= 1.1 * concurrency.bound"));
  EXPECT_FALSE(holds("concurrency.peak <= concurrency.bound"));
  EXPECT_TRUE(holds("2 + 3 * 4 == 14"));
  EXPECT_TRUE(holds("(2 + 3) * 4 == 20"));
  EXPECT_TRUE(holds("slices.due - slices.done / 4 == 8"));
}

TEST(Expectation, KnowsWhatItIsAbout) {
  const auto about = [](const std::string& text) {
    return Expectation::parse(text).value().is_about("delay_s");
  };
  EXPECT_TRUE(about("delay_s.p99 <= 5"));
  EXPECT_TRUE(about("1 < 2 * delay_s.most"));
  EXPECT_FALSE(about("slices.done > 8"));
  EXPECT_FALSE(about("delay_start > 8"));
}

TEST(Expectation, AReasonThatNeverOccurredIsZero) {
  EXPECT_TRUE(holds("samples.dropped.camera_offline == 0"));
  EXPECT_TRUE(holds("samples.dropped.overload == 3"));
}

TEST(Expectation, IsAboutAScoreToo) {
  EXPECT_TRUE(holds("score.1.lobby.130.recall >= 0.9"));
  EXPECT_FALSE(holds("score.1.lobby.130.recall >= 0.95"));
}

TEST(Expectation, AboutWhatIsNullDoesNotHold) {
  for (const char* text : {"score.1.lobby.130.precision >= 0", "score.1.lobby.130.precision < 1",
                           "score.1.lobby.130.precision != 2", "1 + 0 * score.1.lobby.130.precision == 1"})
    EXPECT_FALSE(holds(text)) << text;
}

TEST(Expectation, ANameThatIsNotThereIsAnError) {
  for (const char* text : {"slices.lost == 0", "samples.dropped.bad_luck == 0", "name == 1", "slices == 1",
                           "score.1.yard.130.recall > 0"}) {
    EXPECT_FALSE(Expectation::parse(text).value().weigh(summary).has_value()) << text;
  }
}

TEST(Expectation, AWrongTextIsAnErrorWithItsPlace) {
  const auto error = [](std::string text) { return Expectation::parse(std::move(text)).error().what; };
  EXPECT_EQ(error("slices.due"),
            "'slices.due' is not a comparison: at character 11 there should be one of < <= > >= == !=");
  EXPECT_EQ(error("1 <"),
            "'1 <' is not a comparison: at character 4 there should be a number or a name of the summary");
  EXPECT_EQ(error("(1 < 2"),
            "'(1 < 2' is not a comparison: at character 4 there should be a closing bracket");
  EXPECT_EQ(
      error("1 < 2 3"),
      "'1 < 2 3' is not a comparison: at character 7 there should be nothing more after the comparison");
  EXPECT_EQ(error("1.2.3 < 2"), "'1.2.3 < 2' is not a comparison: at character 1 there should be a number");
  EXPECT_FALSE(Expectation::parse(std::string(2000, '(')).has_value());
}

}  // namespace
}  // namespace camfleet::sim
