#include "simulator/camera/synthetic_source.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "runtime/media/source_url.hpp"
#include "simulator/camera/cameras.hpp"
#include "tests/simulator/camera/test_cameras.hpp"

namespace camfleet::camera {
namespace {

using media::PacketSource;
using sim::Fault;
using sim::FaultKind;
using test::small_camera;

constexpr Duration frame = milliseconds(200);
constexpr Duration patience = seconds(5);
/// Three frames into a group of ten.
const Instant noon = Instant(hours(500'000)) + frame * 3;

/// One synthetic camera, connected to at noon.
class SyntheticSourceTest : public ::testing::Test {
 protected:
  void befall(FaultKind kind, Duration from, Duration to) {
    Fault fault;
    fault.kind = kind;
    fault.from = noon + from;
    fault.to = noon + to;
    faults_.push_back(fault);
  }
  result<std::unique_ptr<PacketSource>> connect(Coding codec = Coding::h264) {
    camera_ = small_camera(codec);
    align_faults(faults_, {camera_});
    cameras_.add("gate", camera_, CameraFaults(faults_));
    registry_.add("synthetic", cameras_.scheme());
    return registry_.connect(media::parse_source_url(url_of(camera_)).value(),
                             {{}, &interrupt_, &clock_, "gate"});
  }
  /// Connects so that the first packet is of noon's group.
  void open(Coding codec = Coding::h264) {
    auto connected = connect(codec);
    ASSERT_TRUE(connected.has_value()) << connected.error().line();
    source_ = std::move(connected).value();
    reader_.emplace(source_->make_decoder().value());
  }
  struct Got {
    Instant filmed;
    Instant came;
    bool is_key = false;
    std::int64_t stamp = 0;
    std::vector<test::Luma> pictures;
  };
  std::optional<Got> next() {
    const media::FfmpegPtr<AVPacket> packet(av_packet_alloc());
    if (source_->read(*packet, patience) != PacketSource::Outcome::packet) return std::nullopt;
    Got got;
    got.filmed = Instant(source_->time_of(*packet).value());
    got.came = clock_.now();
    got.is_key = (packet->flags & AV_PKT_FLAG_KEY) != 0;
    got.stamp = packet->pts;
    got.pictures = reader_->take(*packet);
    return got;
  }
  std::vector<Got> take(int packets) {
    std::vector<Got> all;
    for (int i = 0; i < packets; ++i) {
      auto one = next();
      if (!one) break;
      all.push_back(std::move(*one));
    }
    return all;
  }

  test::JumpingClock clock_{noon};
  media::Interrupt interrupt_;
  Cameras cameras_{Library::Settings{}};
  media::SourceRegistry registry_;
  std::vector<Fault> faults_;
  CameraSpec camera_;
  std::unique_ptr<PacketSource> source_;
  std::optional<test::PictureReader> reader_;
};

TEST_F(SyntheticSourceTest, BeginsWithTheLastKeyFrameAndGoesOnByTheClock) {
  open();
  const Instant connected = clock_.now();
  EXPECT_GE(connected, noon + milliseconds(300));
  EXPECT_LE(connected, noon + milliseconds(1500));
  const auto got = take(40);
  ASSERT_EQ(got.size(), 40U);
  EXPECT_TRUE(got[0].is_key);
  EXPECT_LE(got[0].filmed, connected);
  for (std::size_t i = 0; i < got.size(); ++i) {
    EXPECT_EQ(got[i].filmed, got[0].filmed + frame * static_cast<std::int64_t>(i));
    EXPECT_EQ(got[i].came, std::max(got[i].filmed, connected));
    EXPECT_EQ(got[i].is_key, i % 10 == 0);
    EXPECT_EQ(got[i].pictures.size(), 1U);
  }
}

TEST_F(SyntheticSourceTest, PicturesSayWhoFilmedThemWhenAndWhichTheyAre) {
  for (const Coding codec : {Coding::h264, Coding::h265}) {
    open(codec);
    for (const Got& got : take(12)) {
      ASSERT_EQ(got.pictures.size(), 1U);
      const std::string& message = got.pictures[0].message;
      ASSERT_EQ(message.size(), 16 + 8 + 8 + 4U) << to_text(codec);
      EXPECT_TRUE(std::equal(identity_uuid.begin(), identity_uuid.end(), message.begin(),
                             [](std::uint8_t a, char b) { return a == static_cast<std::uint8_t>(b); }));
      const auto number = [&](std::size_t at) {
        std::uint64_t value = 0;
        for (std::size_t i = 0; i < 8; ++i) value = value << 8U | static_cast<std::uint8_t>(message[at + i]);
        return static_cast<std::int64_t>(value);
      };
      EXPECT_EQ(number(16), got.filmed.time_since_epoch().count());
      EXPECT_EQ(number(24), got.filmed.time_since_epoch() / frame);
      EXPECT_EQ(message.substr(32), "gate");
    }
  }
}

TEST_F(SyntheticSourceTest, ADisconnectEndsItAndKeepsItAwayUntilItIsOver) {
  befall(FaultKind::disconnect, seconds(4), seconds(9));
  open();
  Instant last{};
  while (const auto got = next()) last = got->filmed;
  EXPECT_EQ(last, noon + seconds(4) - frame);
  EXPECT_EQ(clock_.now(), noon + seconds(4));
  EXPECT_EQ(source_->error().code, Errc::unreachable);
  EXPECT_THAT(connect().error().line(), ::testing::HasSubstr("Connection refused"));
  clock_.set(noon + seconds(9));
  open();
  EXPECT_TRUE(next()->is_key);
}

TEST_F(SyntheticSourceTest, AFreezeThatIsTooLongIsAStallAndAShortOneGoesOnWithAKeyFrame) {
  befall(FaultKind::freeze, seconds(3), seconds(5));
  befall(FaultKind::freeze, seconds(20), seconds(40));
  open();
  std::vector<Got> all;
  while (auto got = next()) all.push_back(std::move(*got));
  EXPECT_EQ(source_->error().code, Errc::timed_out);
  EXPECT_EQ(all.back().filmed, noon + seconds(20) - frame);
  EXPECT_EQ(clock_.now(), all.back().came + patience);
  const auto after =
      std::ranges::find_if(all, [](const Got& got) { return got.filmed >= noon + seconds(3); });
  ASSERT_NE(after, all.end());
  EXPECT_TRUE(after->is_key);
  EXPECT_GE(after->filmed, noon + seconds(5));
  EXPECT_EQ(reader_->damaged, 0);
}

TEST_F(SyntheticSourceTest, ASlowConnectIsSlowOrTooSlow) {
  befall(FaultKind::slow_connect, Duration(0), seconds(1));
  faults_.back().by = seconds(5);
  open();
  EXPECT_GE(clock_.now(), noon + milliseconds(5300));
  clock_.set(noon);
  faults_.back().by = seconds(30);
  const auto refused = connect();
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, Errc::timed_out);
  EXPECT_EQ(clock_.now(), noon + seconds(10));
}

TEST_F(SyntheticSourceTest, NothingIsDecodedOfWhatIsCorrupt) {
  for (const Coding codec : test::all_codecs) {
    SCOPED_TRACE(to_text(codec));
    faults_.clear();
    clock_.set(noon);
    befall(FaultKind::corrupt, seconds(4), seconds(8));
    open(codec);
    const auto* fault = &faults_.at(0);
    for (const Got& got : take(80)) {
      const bool corrupt = fault->from <= got.filmed && got.filmed < fault->to;
      EXPECT_EQ(got.pictures.size(), corrupt ? 0U : 1U) << to_iso(got.filmed);
    }
    EXPECT_EQ(fault->to - fault->from, seconds(4));
  }
}

TEST_F(SyntheticSourceTest, PicturesAreBlackFromOneGroupToAnother) {
  for (const Coding codec : test::all_codecs) {
    SCOPED_TRACE(to_text(codec));
    faults_.clear();
    clock_.set(noon);
    befall(FaultKind::black, seconds(4), seconds(8));
    open(codec);
    for (const Got& got : take(80)) {
      ASSERT_EQ(got.pictures.size(), 1U);
      const bool black = faults_.at(0).from <= got.filmed && got.filmed < faults_.at(0).to;
      EXPECT_EQ(got.pictures[0].mean() < 20, black) << to_iso(got.filmed);
    }
  }
}

TEST_F(SyntheticSourceTest, PicturesBecomeSmallerAndLargeAgain) {
  for (const Coding codec : test::all_codecs) {
    SCOPED_TRACE(to_text(codec));
    faults_.clear();
    clock_.set(noon);
    befall(FaultKind::resize, seconds(4), seconds(8));
    open(codec);
    for (const Got& got : take(80)) {
      ASSERT_EQ(got.pictures.size(), 1U);
      const bool small = faults_.at(0).from <= got.filmed && got.filmed < faults_.at(0).to;
      EXPECT_EQ(got.pictures[0].width, small ? 160 : 320) << to_iso(got.filmed);
    }
  }
}

TEST_F(SyntheticSourceTest, ABurstIsLateAndLosesNothing) {
  befall(FaultKind::burst, seconds(3), seconds(6));
  open();
  const auto got = take(60);
  for (std::size_t i = 1; i < got.size(); ++i) {
    EXPECT_EQ(got[i].filmed, got[i - 1].filmed + frame);
    EXPECT_GE(got[i].came, got[i - 1].came);
    EXPECT_LE(got[i].came - got[i].filmed, std::max(burst_length, got[0].came - got[i].filmed));
  }
  EXPECT_TRUE(
      std::ranges::any_of(got, [](const Got& one) { return one.came - one.filmed >= milliseconds(800); }));
}

TEST_F(SyntheticSourceTest, AKeyFrameIsLateForWhoConnectsThenAlone) {
  befall(FaultKind::late_key, Duration(0), seconds(3));
  open();
  const auto got = take(30);
  EXPECT_FALSE(got[0].is_key);
  EXPECT_TRUE(std::ranges::any_of(got, &Got::is_key));
}

TEST_F(SyntheticSourceTest, WrongStampsDoNotMoveItsFrames) {
  befall(FaultKind::wrong_stamps, Duration(0), seconds(60));
  open();
  const auto got = take(30);
  EXPECT_GE(got[5].stamp, got[6].stamp - 1);
  EXPECT_NE(got[5].stamp, got[5].filmed.time_since_epoch().count());
  for (std::size_t i = 1; i < got.size(); ++i) EXPECT_EQ(got[i].filmed, got[i - 1].filmed + frame);
}

TEST_F(SyntheticSourceTest, AClockThatIsMovedIsFollowed) {
  open();
  take(10);
  clock_.set(clock_.now() + hours(3));
  const auto ahead = next();
  ASSERT_TRUE(ahead);
  EXPECT_TRUE(ahead->is_key);
  EXPECT_LE(clock_.now() - ahead->filmed, seconds(2));
  clock_.set(noon - hours(3));
  const auto back = next();
  ASSERT_TRUE(back);
  EXPECT_TRUE(back->is_key);
  EXPECT_LE(back->filmed, noon - hours(3));
}

TEST_F(SyntheticSourceTest, OneThatIsClosedGivesNothingMore) {
  open();
  interrupt_.stop();
  EXPECT_FALSE(next());
}

}  // namespace
}  // namespace camfleet::camera
