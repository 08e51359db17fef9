#include "runtime/bus/remote_bus.hpp"

#include <algorithm>
#include <condition_variable>
#include <cstdlib>
#include <filesystem>
#include <mutex>
#include <vector>

#include <gtest/gtest.h>
#include <unistd.h>
#include <zmq.hpp>

namespace camfleet::bus {
namespace {

namespace fs = std::filesystem;

Sample sample(std::uint32_t number, bool may_give_way = true) {
  Sample made{};
  made.sample = number;
  made.may_give_way = may_give_way;
  return made;
}

/// A frame whose pixels tell its number.
media::FrameRef frame(media::FramePool& pool, int width, int height, std::uint8_t level) {
  auto made = pool.try_acquire().value();
  made->resize(width, height);
  std::fill(made->bgr.begin(), made->bgr.end(), level);
  made->media_time = milliseconds(level);
  return made;
}

/// What a receiver took, and a way to wait for it.
class Taken {
 public:
  void add(std::uint32_t number) {
    const std::lock_guard lock(mutex_);
    numbers_.push_back(number);
    changed_.notify_all();
  }
  std::vector<std::uint32_t> wait_for(std::size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, std::chrono::seconds(20), [&] { return numbers_.size() >= count; });
    return numbers_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::uint32_t> numbers_;
};

class RemoteBus : public ::testing::Test {
 protected:
  RemoteBus() {
    std::string pattern = (fs::temp_directory_path() / "camfleet-bus-XXXXXX").string();
    folder_ = mkdtemp(pattern.data());
    endpoint_ = "ipc://" + (folder_ / "frames").string();
  }
  ~RemoteBus() override { fs::remove_all(folder_); }

  std::unique_ptr<RemoteSender> connect(Form form, std::size_t queue_limit, Taken& gave_way) {
    return RemoteSender::connect({endpoint_, form, queue_limit, 90},
                                 [&gave_way](const Sample& one) { gave_way.add(one.sample); })
        .value();
  }

  fs::path folder_;
  std::string endpoint_;
  media::FramePool frames_{512};
  Taken gave_way_;
};

TEST_F(RemoteBus, FramesOfEverySizeArriveWholeAndInOrder) {
  struct Size {
    int width;
    int height;
  };
  const Size sizes[] = {{1, 1}, {33, 1}, {130, 128}, {640, 640}, {3, 1}, {1920, 1080}};
  Taken taken;
  std::unique_ptr<RemoteReceiver> receiver;
  receiver = RemoteReceiver::bind({endpoint_, 16, 8}, [&](std::uint32_t from, const FrameHeader& header,
                                                          media::FrameRef got) {
               const auto number = static_cast<std::uint8_t>(header.sample.sample);
               const Size& size = sizes[number % std::size(sizes)];
               EXPECT_EQ(got->width, size.width);
               EXPECT_EQ(got->height, size.height);
               EXPECT_EQ(got->media_time, milliseconds(number));
               const std::uint8_t* row =
                   got->pixels() + static_cast<std::ptrdiff_t>(size.height - 1) * got->stride;
               EXPECT_EQ(std::count(row, row + size.width * 3, number), size.width * 3);
               got = {};
               receiver->done(from);
               taken.add(header.sample.sample);
             }).value();
  const auto sender = connect(Form::raw, 400, gave_way_);
  for (std::uint32_t i = 0; i < 200; ++i) {
    const Size& size = sizes[i % std::size(sizes)];
    sender->send(sample(i), frame(frames_, size.width, size.height, static_cast<std::uint8_t>(i)));
  }
  const auto numbers = taken.wait_for(200);
  ASSERT_EQ(numbers.size(), 200U);
  for (std::uint32_t i = 0; i < 200; ++i) EXPECT_EQ(numbers[i], i);
  EXPECT_EQ(receiver->refused(), 0U);
  sender->stop();
}

TEST_F(RemoteBus, AsJpegTheyArriveOfTheirSizeAndColour) {
  endpoint_ = "tcp://127.0.0.1:" + std::to_string(20'000 + getpid() % 20'000);
  Taken taken;
  const auto receiver = RemoteReceiver::bind({endpoint_, 16, 8}, [&](std::uint32_t, const FrameHeader& header,
                                                                     const media::FrameRef& got) {
                          EXPECT_EQ(got->width, 321);
                          EXPECT_EQ(got->height, 243);
                          EXPECT_NEAR(got->pixels()[1000], 40, 3);
                          taken.add(header.sample.sample);
                        }).value();
  const auto sender = connect(Form::jpeg, 8, gave_way_);
  sender->send(sample(7), frame(frames_, 321, 243, 40));
  EXPECT_EQ(taken.wait_for(1), std::vector<std::uint32_t>{7});
}

TEST_F(RemoteBus, WithoutCreditTheOldestLiveFrameGivesWay) {
  Taken taken;
  std::atomic<std::uint32_t> sender_id = 0;
  const auto receiver =
      RemoteReceiver::bind({endpoint_, 16, 4}, [&](std::uint32_t from, const FrameHeader& header,
                                                   const media::FrameRef&) {
        sender_id = from;
        taken.add(header.sample.sample);
      }).value();
  const auto sender = connect(Form::raw, 3, gave_way_);
  // The first four use up the credits.
  for (std::uint32_t i = 0; i < 3; ++i) sender->send(sample(i), frame(frames_, 8, 8, 1));
  ASSERT_EQ(taken.wait_for(3).size(), 3U);
  sender->send(sample(3), frame(frames_, 8, 8, 1));
  ASSERT_EQ(taken.wait_for(4).size(), 4U);
  sender->send(sample(4, false), frame(frames_, 8, 8, 1));
  for (std::uint32_t i = 5; i < 9; ++i) sender->send(sample(i), frame(frames_, 8, 8, 1));
  EXPECT_EQ(gave_way_.wait_for(2), (std::vector<std::uint32_t>{5, 6})) << "4 is recorded and stays";
  receiver->done(sender_id);
  EXPECT_EQ(taken.wait_for(5).back(), 4U);
  sender->stop();
  EXPECT_EQ(gave_way_.wait_for(4), (std::vector<std::uint32_t>{5, 6, 7, 8})) << "what waits at the end, too";
  EXPECT_EQ(frames_.in_use(), 0U);
}

TEST_F(RemoteBus, AReceiverThatComesLaterGetsWhatWaits) {
  const auto sender = connect(Form::raw, 10, gave_way_);
  for (std::uint32_t i = 0; i < 5; ++i) sender->send(sample(i), frame(frames_, 8, 8, 1));
  Taken taken;
  const auto receiver = RemoteReceiver::bind({endpoint_, 16, 8}, [&](std::uint32_t, const FrameHeader& header,
                                                                     const media::FrameRef&) {
                          taken.add(header.sample.sample);
                        }).value();
  EXPECT_EQ(taken.wait_for(5).size(), 5U);
}

TEST_F(RemoteBus, WhatIsNoFrameIsCountedAndDropped) {
  Taken taken;
  const auto receiver = RemoteReceiver::bind({endpoint_, 16, 8}, [&](std::uint32_t, const FrameHeader& header,
                                                                     const media::FrameRef&) {
                          taken.add(header.sample.sample);
                        }).value();
  zmq::context_t context;
  zmq::socket_t socket(context, zmq::socket_type::dealer);
  socket.connect(endpoint_);
  socket.send(zmq::str_buffer("GET / HTTP/1.1"), zmq::send_flags::none);
  socket.send(zmq::message_t(header_bytes), zmq::send_flags::none);
  std::vector<std::uint8_t> lone;
  FrameHeader header;
  header.width = 640;
  header.height = 640;
  header.stride = 1920;
  header.pixel_bytes = 1920ULL * 640;
  append_header(lone, header);
  socket.send(zmq::buffer(lone), zmq::send_flags::none);
  socket.send(zmq::buffer(lone), zmq::send_flags::sndmore);
  socket.send(zmq::str_buffer("too few"), zmq::send_flags::sndmore);
  socket.send(zmq::str_buffer("too many"), zmq::send_flags::none);
  const auto sender = connect(Form::raw, 4, gave_way_);
  sender->send(sample(1), frame(frames_, 8, 8, 1));
  EXPECT_EQ(taken.wait_for(1), std::vector<std::uint32_t>{1});
  // Frames of another connection may pass them.
  for (int i = 0; i < 1000 && receiver->refused() < 4; ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  EXPECT_EQ(receiver->refused(), 4U);
}

TEST_F(RemoteBus, AnEndpointThatIsNoneIsNamed) {
  const auto receiver = RemoteReceiver::bind({"carrier pigeon", 4, 4}, nullptr);
  ASSERT_FALSE(receiver.has_value());
  EXPECT_TRUE(receiver.error().line().starts_with("carrier pigeon: cannot be bound: "));
}

}  // namespace
}  // namespace camfleet::bus
