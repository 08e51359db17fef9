#include "runtime/plant/live_stream.hpp"

#include <condition_variable>
#include <functional>
#include <future>
#include <mutex>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/runtime/plant/drawn_stream.hpp"

namespace camfleet::plant {
namespace {

constexpr Duration frame = milliseconds(40);
constexpr media::SourceTraits films_by_the_run{.clock = media::StreamClock::run};
const Instant start{hours(1000)};

/// One live stream of a fake camera, and what its device is told.
class LiveStreamTest : public ::testing::Test {
 protected:
  /// Opens the stream of a camera that sends `drawn`.
  void open(const media::SourceTraits& traits, int pictures = 40, int gop = 10, bool is_paced = true) {
    drawn_ = draw_stream(pictures, gop);
    camera_.emplace(drawn_);
    sources_ = camera_->registry(traits, is_paced);
    StreamParts parts{&sources_,
                      &time_,
                      &pool_,
                      &frames_,
                      &problems_,
                      [](DeviceIx, const Error&) {},
                      [this](ActorId, const Message& message) { told(message); },
                      {}};
    stream_ = std::make_shared<LiveStream>(parts, DeviceIx{0}, "gate", StreamIx{0},
                                           media::parse_source_url("fake://camera").value());
    thread_ = stream_->start();
    ASSERT_TRUE(wait_for<StreamOpened>());
  }
  void TearDown() override {
    if (stream_) stream_->close();
    if (thread_.joinable()) thread_.join();
  }

  void told(const Message& message) {
    const std::lock_guard lock(mutex_);
    messages_.push_back(message);
    more_.notify_all();
  }
  /// The first message of a kind, which is taken away; none after a long while.
  template <class M>
  std::optional<M> wait_for(const std::function<bool(const M&)>& is_it = [](const M&) { return true; }) {
    std::unique_lock lock(mutex_);
    std::optional<M> found;
    more_.wait_for(lock, std::chrono::seconds(30), [&] {
      for (auto at = messages_.begin(); at != messages_.end(); ++at) {
        const M* message = std::get_if<M>(&*at);
        if (message == nullptr || !is_it(*message)) continue;
        found = *message;
        messages_.erase(at);
        return true;
      }
      return false;
    });
    return found;
  }

  static Instant filmed(int number) { return start + frame * number; }
  void send(int first, int last, bool damaged = false) {
    for (int n = first; n <= last; ++n) camera_->send(n, filmed(n).time_since_epoch(), damaged);
  }
  void read(std::uint32_t sample, Instant not_before, bool every_frame = false) {
    stream_->read({StreamIx{0}, {0, 1}, sample, Duration(0), not_before, every_frame});
  }
  /// The number of the picture that answers a read.
  int picture() {
    const auto ready = wait_for<FrameReady>();
    if (!ready) return -1;
    last_ = *ready;
    const int number = number_of(*frames_.at(ready->frame));
    frames_.release(ready->frame);
    return number;
  }
  /// Nothing is decoded until release_pool().
  void hold_pool() {
    const std::shared_future<void> held = held_.get_future().share();
    for (std::uint32_t lane : {1U, 2U})
      pool_.submit(lane, WorkPool::no_strand, [held](unsigned) { held.wait(); });
  }
  void release_pool() { held_.set_value(); }
  /// What the stream has on the pool is through.
  void let_pool_finish() {
    std::promise<void> through;
    pool_.submit(0, reinterpret_cast<std::uintptr_t>(stream_.get()), [&](unsigned) { through.set_value(); });
    through.get_future().wait();
  }
  std::string problems() {
    const std::lock_guard lock(mutex_);
    return said_;
  }

  std::mutex mutex_;
  std::condition_variable more_;
  std::deque<Message> messages_;
  std::string said_;
  timing::Timekeeper time_{start, {}, 2};
  WorkPool pool_{2};
  FrameTable frames_{8};
  ProblemLog problems_{[this](const Error& error, const ProblemSubject&) {
    const std::lock_guard lock(mutex_);
    said_ += error.line() + "\n";
  }};
  DrawnStream drawn_;
  std::optional<FakeCamera> camera_;
  media::SourceRegistry sources_;
  std::shared_ptr<LiveStream> stream_;
  std::thread thread_;
  FrameReady last_{};
  std::promise<void> held_;
};

TEST_F(LiveStreamTest, AReadGetsTheFrameNearestBeforeOrAfterItsInstantByHalfAFrame) {
  open(films_by_the_run);
  read(0, filmed(7) + milliseconds(19));
  send(0, 9);
  EXPECT_EQ(picture(), 7);
  EXPECT_EQ(last_.at, filmed(7));
  read(1, filmed(7) + milliseconds(21));
  EXPECT_EQ(picture(), 8);
  EXPECT_EQ(last_.sample, 1U);
}

TEST_F(LiveStreamTest, WhatNobodyWaitsForIsDroppedUpToTheLastKeyFrame) {
  open(films_by_the_run);
  send(0, 33);
  // Its group began with picture 30; it is decoded although nobody asked before it came.
  ASSERT_TRUE(
      wait_for<StreamMeasured>([](const StreamMeasured& told) { return told.key_distance == frame * 10; }));
  send(34, 34);
  read(0, filmed(34));
  EXPECT_EQ(picture(), 34);
}

TEST_F(LiveStreamTest, OneThatIsBehindDoesNotDecodeOldGroupsThatNobodyWaitsFor) {
  open(films_by_the_run);
  hold_pool();
  read(0, filmed(0));
  send(0, 33);
  camera_->wait_until_taken();
  release_pool();
  EXPECT_EQ(picture(), 0);
  let_pool_finish();
  read(1, filmed(5));
  EXPECT_EQ(picture(), 30);
}

TEST_F(LiveStreamTest, OneThatIsBehindKeepsNoGroupBetweenThoseThatAreWaitedFor) {
  open(films_by_the_run, 47);
  hold_pool();
  read(0, filmed(3));
  send(0, 46);
  camera_->wait_until_taken();
  read(1, filmed(12));
  release_pool();
  EXPECT_EQ(picture(), 3);
  EXPECT_EQ(picture(), 40);
}

TEST_F(LiveStreamTest, AClockThatIsPutBackCostsNoPicture) {
  open(films_by_the_run, 40, 20);
  send(20, 25);
  for (int n = 26; n < 40; ++n) camera_->send(n, filmed(n - 20).time_since_epoch());
  camera_->wait_until_taken();
  read(0, filmed(7));
  EXPECT_EQ(picture(), 27);
  let_pool_finish();
  read(1, filmed(12));
  EXPECT_EQ(picture(), 32);
}

TEST_F(LiveStreamTest, WhoTakesEveryFrameMissesNoneAcrossGroups) {
  // Within the second that packets are kept for who asks again.
  constexpr int pictures = 25;
  open(films_by_the_run, pictures, 6);
  read(0, filmed(3), true);
  send(0, pictures - 1);
  for (int n = 3; n < pictures; ++n) {
    ASSERT_EQ(picture(), n);
    if (n < pictures - 1) read(static_cast<std::uint32_t>(n - 2), filmed(3), true);
  }
}

TEST_F(LiveStreamTest, TwoReadersShareOnePicture) {
  open(films_by_the_run);
  read(0, filmed(5));
  stream_->read({StreamIx{0}, {1, 1}, 0, Duration(0), filmed(5), false});
  send(0, 5);
  EXPECT_EQ(picture(), 5);
  EXPECT_EQ(picture(), 5);
  EXPECT_EQ(frames_.in_use(), 0U);
}

TEST_F(LiveStreamTest, BeforeItsFirstKeyFrameItSaysThatItWaitsForOne) {
  open(films_by_the_run);
  read(0, filmed(1));
  send(1, 9);
  EXPECT_TRUE(wait_for<StreamMeasured>([](const StreamMeasured& told) { return told.waits_for_key; }));
  send(10, 12);
  EXPECT_TRUE(wait_for<StreamMeasured>([](const StreamMeasured& told) { return !told.waits_for_key; }));
  EXPECT_EQ(picture(), 10);
  EXPECT_THAT(problems(), ::testing::HasSubstr("no key frame in 1 s"));
}

TEST_F(LiveStreamTest, OneThatSendsRubbishLosesTheSampleAsCorrupt) {
  open(films_by_the_run);
  read(0, filmed(10));
  send(0, 39, true);
  const auto lost = wait_for<ReadFailed>();
  ASSERT_TRUE(lost);
  EXPECT_EQ(lost->loss, ReadLoss::lost);
  EXPECT_EQ(lost->reason, Reason::stream_corrupt);
  EXPECT_THAT(problems(), ::testing::HasSubstr("no picture can be decoded"));
}

TEST_F(LiveStreamTest, OneDamagedPictureCostsNoSample) {
  open(films_by_the_run);
  read(0, filmed(12));
  send(0, 11);
  send(12, 12, true);
  send(13, 25);
  EXPECT_GE(picture(), 12);
}

TEST_F(LiveStreamTest, WhatComesAtOnceIsPacedByItsStamps) {
  open({}, 40, 10, false);
  time_.go([](ActorId, TimerTag) {});
  read(0, start, true);
  for (int n = 0; n < 6; ++n) camera_->send(n, frame * n);
  std::vector<Instant> came;
  for (int n = 0; n < 6; ++n) {
    ASSERT_EQ(picture(), n);
    came.push_back(last_.at);
    read(static_cast<std::uint32_t>(n + 1), start, true);
  }
  EXPECT_GE(came.back() - came.front(), frame * 5 - milliseconds(1));
}

TEST_F(LiveStreamTest, MoreThanIsKeptBetweenTwoKeyFramesIsSaidAndDropped) {
  open(films_by_the_run);
  constexpr int more_than_kept = 70;
  for (int n = 0; n < more_than_kept; ++n) camera_->send_large(n == 0 ? 0 : 1, filmed(n).time_since_epoch());
  ASSERT_TRUE(wait_for<StreamMeasured>([](const StreamMeasured& told) { return told.waits_for_key; }));
  EXPECT_THAT(problems(), ::testing::HasSubstr("between two key frames"));
}

TEST_F(LiveStreamTest, AnEndIsToldWithItsReason) {
  open(films_by_the_run);
  camera_->end();
  const auto failed = wait_for<StreamFailed>();
  ASSERT_TRUE(failed);
  EXPECT_EQ(failed->reason, Reason::camera_offline);
}

}  // namespace
}  // namespace camfleet::plant
