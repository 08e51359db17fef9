#include "runtime/cluster/finding_frames.hpp"

#include <chrono>
#include <optional>
#include <thread>

#include <nlohmann/json.hpp>

#include "actors/spec/spec.hpp"
#include "runtime/cluster/result_wire.hpp"
#include "tests/runtime/link/link_fixture.hpp"

namespace camfleet::cluster {
namespace {

class FindingFrames : public link::LinkTest {
 protected:
  FindingFrames() {
    roster_.add_algorithm("3").value();
    for (const char* id : {"gate", "yard"})
      roster_.add_device({.id = id, .region = "", .source = ""}).value();
    const nlohmann::json call = {{"InstanceName", "17"},
                                 {"AlgorithmType", "PICTURE"},
                                 {"Algorithms", {{{"AlgorithmId", "3"}, {"AlgorithmName", "motion"}}}},
                                 {"ScheduleType", "EVERYDAY"},
                                 {"ScheduleTimes", {{{"StartTime", "01:00:00"}, {"EndTime", "02:00:00"}}}},
                                 {"Zone", "UTC"},
                                 {"Devices", {{{"DeviceId", "gate"}, {"StartStream", true}}}}};
    roster_.add_instance("17", parse_instance(call, {}).value(), Instant()).value();
    spool_ = ResultSpool::open((root_ / "x.spool").string(), {}, [](std::uint64_t) {},
                               [](const Error& error) { ADD_FAILURE() << error.line(); })
                 .value();
  }
  static Sample sample(DeviceIx device = DeviceIx{0}) {
    Sample sample{};
    sample.instance = InstanceIx{0};
    sample.device = device;
    sample.sample = 4;
    sample.due_at = Instant(hours(5));
    sample.at = Instant(hours(5) + seconds(4));
    return sample;
  }
  /// What only noise can be: each pixel is another.
  static media::Frame noise(int width, int height) {
    media::Frame frame;
    frame.resize(width, height);
    std::uint32_t state = 1;
    for (std::uint8_t& byte : frame.bgr) {
      state = state * 1664525U + 1013904223U;
      byte = static_cast<std::uint8_t>(state >> 24U);
    }
    frame.media_time = seconds(9);
    return frame;
  }
  Result spooled(std::uint64_t number) {
    for (int i = 0; i < 1000 && spool_->durable() < number; ++i)
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    return spool_->read(number - 1, 1).value().at(0);
  }

  Roster roster_;
  std::unique_ptr<ResultSpool> spool_;
  const std::vector<vision::Box> boxes_{{"motion", 0.5F, 1, 2, 30, 40}};
};

TEST_F(FindingFrames, ComesBackAsAPlantWouldTellIt) {
  FindingWriter writer(*spool_);
  const Result result = spooled(writer.add(roster_, sample(), noise(64, 48), boxes_));
  const auto found = found_of(roster_, result);
  ASSERT_TRUE(found.has_value()) << found.error().line();
  EXPECT_EQ(found.value().sample.due_at, Instant(hours(5)));
  EXPECT_EQ(found.value().sample.sample, 4U);
  EXPECT_EQ(found.value().frame.width, 64);
  EXPECT_EQ(found.value().frame.media_time, seconds(9));
  ASSERT_EQ(found.value().boxes.size(), 1U);
  EXPECT_EQ(found.value().boxes[0].w, 30);
}

TEST_F(FindingFrames, PicturesComeAlongOfTheBestUnlessAllAreAskedFor) {
  FindingWriter writer(*spool_);
  const auto has_picture = [&](float score) {
    const std::vector<vision::Box> boxes{{"motion", score, 1, 2, 30, 40}};
    return !spooled(writer.add(roster_, sample(), noise(64, 48), boxes)).picture.empty();
  };
  EXPECT_TRUE(has_picture(0.5F));
  EXPECT_FALSE(has_picture(0.5F));
  EXPECT_TRUE(has_picture(0.75F));
  EXPECT_FALSE(has_picture(0.6F));
  writer.draw_pictures(true);
  EXPECT_TRUE(has_picture(0.1F));
}

TEST_F(FindingFrames, APictureThatIsTooLargeIsMadeSmaller) {
  FindingWriter writer(*spool_);
  const Result result = spooled(writer.add(roster_, sample(), noise(3000, 2000), boxes_));
  EXPECT_FALSE(result.picture.empty());
  EXPECT_LE(result.record.size() + result.picture.size() + 64, max_result_bytes);
  EXPECT_EQ(spool_->counts().pictures_lost, 0U);
}

TEST_F(FindingFrames, WhatCannotBeIsRefused) {
  FindingWriter writer(*spool_);
  const auto of_another = found_of(roster_, spooled(writer.add(roster_, sample(DeviceIx{1}), {}, boxes_)));
  ASSERT_FALSE(of_another.has_value());
  EXPECT_EQ(of_another.error().code, Errc::corrupt) << of_another.error().line();
  Finding finding;
  finding.instance = "18";
  finding.device = "gate";
  finding.boxes = boxes_;
  const auto refusal = [&] {
    const auto found = found_of(roster_, {1, write_finding(finding), {}});
    return found.has_value() ? std::optional<Errc>() : std::optional(found.error().code);
  };
  EXPECT_EQ(refusal(), Errc::unknown_id);
  finding.instance = "17";
  finding.algorithm = "3";
  EXPECT_EQ(refusal(), std::nullopt);
  finding.algorithm = "nobody's";
  EXPECT_EQ(refusal(), Errc::unknown_id);
  finding.algorithm = "3";
  finding.boxes[0].score = 1e30F;
  EXPECT_EQ(refusal(), Errc::corrupt);
  finding.boxes.clear();
  EXPECT_EQ(refusal(), Errc::corrupt);
  EXPECT_FALSE(found_of(roster_, {1, "rubbish", {}}).has_value());
}

}  // namespace
}  // namespace camfleet::cluster
