#include <algorithm>
#include <cstring>
#include <deque>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include <sched.h>
#include <zmq.hpp>

#include "runtime/bus/remote_bus.hpp"
#include "runtime/bus/wake_up.hpp"
#include "runtime/media/jpeg.hpp"

namespace camfleet::bus {
namespace {

/// Small frames go together, up to about this many bytes a message.
constexpr std::size_t most_per_message = 64 * 1024;

FrameHeader header_of(const Sample& sample, const media::Frame& frame, Form form) {
  FrameHeader header;
  header.sample = sample;
  header.form = form;
  header.width = static_cast<std::uint32_t>(frame.width);
  header.height = static_cast<std::uint32_t>(frame.height);
  header.stride = static_cast<std::uint32_t>(frame.stride);
  header.media_time = frame.media_time;
  header.pixel_bytes = std::uint64_t{header.stride} * header.height;
  return header;
}

}  // namespace

class RemoteSender::Impl {
 public:
  Impl(const Settings& settings, GaveWay gave_way)
      : settings_(settings), gave_way_(std::move(gave_way)), socket_(context_, zmq::socket_type::dealer) {
    socket_.set(zmq::sockopt::linger, 0);
    socket_.set(zmq::sockopt::sndhwm, 0);  // credits are the bound
    socket_.connect(settings.endpoint);
    socket_.send(zmq::message_t(), zmq::send_flags::none);  // asks for the first credits
    thread_ = std::thread([this] { run(); });
  }
  ~Impl() { stop(); }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  void send(const Sample& sample, media::FrameRef frame) {
    std::optional<Waiting> oldest;
    {
      const std::lock_guard lock(mutex_);
      if (stopping_) {
        oldest = Waiting{sample, std::move(frame)};
      } else {
        queue_.push_back({sample, std::move(frame)});
        if (queue_.size() > settings_.queue_limit) oldest = take_oldest();
      }
    }
    wake_.wake();
    if (oldest) gave_way_(oldest->sample);
  }

  void stop() {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    wake_.wake();
    if (thread_.joinable()) thread_.join();
    std::deque<Waiting> left;
    left.swap(queue_);
    for (const Waiting& each : left) gave_way_(each.sample);
  }

 private:
  struct Waiting {
    Sample sample;
    media::FrameRef frame;
  };

  /// The oldest that may give way; of recorded ones alone, the newest: its device waits for the answer.
  Waiting take_oldest() {
    auto at = std::ranges::find_if(queue_, [](const Waiting& one) { return one.sample.may_give_way; });
    if (at == queue_.end()) at = std::prev(queue_.end());
    Waiting oldest = std::move(*at);
    queue_.erase(at);
    return oldest;
  }

  void run() {
    int yields = 0;
    while (true) {
      read_credits();
      if (!take_batch()) {
        const std::lock_guard lock(mutex_);
        if (stopping_) return;
      }
      if (batch_.empty()) {
        if (++yields <= patience) {
          ::sched_yield();
        } else {
          sleep();
        }
        continue;
      }
      yields = 0;
      for (Waiting& each : batch_) write(each);
      flush();
      batch_.clear();
    }
  }

  bool take_batch() {
    const std::lock_guard lock(mutex_);
    if (stopping_) return false;
    while (credits_ > 0 && !queue_.empty()) {
      batch_.push_back(std::move(queue_.front()));
      queue_.pop_front();
      --credits_;
    }
    return true;
  }

  void read_credits() {
    zmq::message_t message;
    while (socket_.recv(message, zmq::recv_flags::dontwait)) {
      std::uint32_t granted = 0;
      if (message.size() == sizeof granted) {
        std::memcpy(&granted, message.data(), sizeof granted);
        credits_ += granted;
      }
    }
  }

  void sleep() {
    wake_.before_sleep();
    bool work = false;
    {
      const std::lock_guard lock(mutex_);
      work = stopping_ || (credits_ > 0 && !queue_.empty());
    }
    if (!work) {
      zmq::pollitem_t items[] = {{socket_.handle(), 0, ZMQ_POLLIN, 0}, {nullptr, wake_.fd(), ZMQ_POLLIN, 0}};
      zmq::poll(items, 2, std::chrono::milliseconds(-1));
    }
    wake_.after_sleep();
  }

  void write(Waiting& each) {
    const media::Frame& frame = *each.frame;
    FrameHeader header = header_of(each.sample, frame, settings_.form);
    if (settings_.form == Form::jpeg) {
      auto jpeg = media::encode_jpeg(frame.bgr.data(), frame.width, frame.height, frame.stride,
                                     settings_.jpeg_quality);
      if (!jpeg.has_value()) {
        ++credits_;
        return gave_way_(each.sample);
      }
      header.pixel_bytes = jpeg.value().size();
      return put(header, jpeg.value().data(), [&] { return zmq::message_t(jpeg.value()); });
    }
    put(header, frame.bgr.data(), [&] {
      // ZeroMQ gives the frame back once it is on its way.
      auto* held = new media::FrameRef(std::move(each.frame));
      return zmq::message_t((**held).bgr.data(), header.pixel_bytes,
                            [](void*, void* hint) { delete static_cast<media::FrameRef*>(hint); }, held);
    });
  }

  template <class Pixels>
  void put(const FrameHeader& header, const std::uint8_t* pixels, Pixels as_message) {
    append_header(message_, header);
    if (header.pixel_bytes <= inline_pixels) {
      message_.insert(message_.end(), pixels, pixels + header.pixel_bytes);
      if (message_.size() >= most_per_message) flush();
      return;
    }
    socket_.send(zmq::buffer(message_), zmq::send_flags::sndmore);
    message_.clear();
    zmq::message_t large = as_message();
    socket_.send(large, zmq::send_flags::none);
  }

  void flush() {
    if (message_.empty()) return;
    socket_.send(zmq::buffer(message_), zmq::send_flags::none);
    message_.clear();
  }

  Settings settings_;
  GaveWay gave_way_;
  zmq::context_t context_{1};
  zmq::socket_t socket_;  ///< the thread's, once it runs
  WakeUp wake_;
  std::mutex mutex_;
  std::deque<Waiting> queue_;
  bool stopping_ = false;
  std::uint64_t credits_ = 0;  ///< the thread's
  std::vector<Waiting> batch_;
  std::vector<std::uint8_t> message_;  ///< headers with inline pixels, not sent yet
  std::thread thread_;
};

RemoteSender::RemoteSender(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
RemoteSender::~RemoteSender() = default;

result<std::unique_ptr<RemoteSender>> RemoteSender::connect(const Settings& settings, GaveWay gave_way) {
  try {
    return std::unique_ptr<RemoteSender>(
        new RemoteSender(std::make_unique<Impl>(settings, std::move(gave_way))));
  } catch (const zmq::error_t& error) {
    return fail(Errc::io, settings.endpoint, std::string("cannot be connected to: ") + error.what());
  }
}

void RemoteSender::send(const Sample& sample, media::FrameRef frame) {
  impl_->send(sample, std::move(frame));
}
void RemoteSender::stop() {
  impl_->stop();
}

}  // namespace camfleet::bus
