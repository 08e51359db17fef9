#include <algorithm>
#include <chrono>
#include <cstring>
#include <deque>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include <poll.h>
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

/// Raw frames are written by whoever sends them, as long as there is credit and nothing waits before them.
/// The thread takes what had to wait, and encodes: a handler has no time for that.
class RemoteSender::Impl {
 public:
  Impl(const Settings& settings, GaveWay gave_way)
      : settings_(settings), gave_way_(std::move(gave_way)), socket_(context_, zmq::socket_type::dealer) {
    socket_.set(zmq::sockopt::linger, 0);
    socket_.set(zmq::sockopt::sndhwm, 0);  // credits are the bound
    socket_.connect(settings.endpoint);
    socket_.send(zmq::message_t(), zmq::send_flags::none);  // asks for the first credits
    socket_fd_ = socket_.get(zmq::sockopt::fd);
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
      } else if (settings_.form == Form::raw && queue_.empty() && has_credit()) {
        --credits_;
        put(sample, std::move(frame));
        if (message_.empty()) return;
        // Small frames that follow each other closely go together, at the end of the thread's nap.
        const auto now = std::chrono::steady_clock::now();
        if (now - std::exchange(put_at_, now) >= std::chrono::nanoseconds(Patience::nap_ns)) return flush();
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
    Patience patience;
    std::unique_lock lock(mutex_);
    while (!stopping_) {
      if (queue_.empty() || !has_credit()) {
        if (message_.empty()) {
          rest(lock, patience);
        } else {
          lock.unlock();
          Patience::take_a_nap();
          lock.lock();
          flush();
        }
        continue;
      }
      patience.worked();
      Waiting next = std::move(queue_.front());
      queue_.pop_front();
      --credits_;
      if (settings_.form == Form::raw) {
        put(next.sample, std::move(next.frame));
      } else {
        encode(lock, next);
      }
    }
    flush();
  }

  /// Until something waits for which there may be credit. The socket's descriptor is looked at only while
  /// frames wait for credit: then nobody else reads from the socket, and no answer is overlooked.
  void rest(std::unique_lock<std::mutex>& lock, Patience& patience) {
    const bool for_credit = !queue_.empty();
    wake_.before_sleep();
    lock.unlock();
    if (!patience.nap()) {
      pollfd events[] = {{wake_.fd(), POLLIN, 0}, {socket_fd_, POLLIN, 0}};
      ::poll(events, for_credit ? 2 : 1, -1);
    }
    lock.lock();
    wake_.after_sleep();
  }

  bool has_credit() {
    zmq::message_t message;
    while (credits_ == 0 && socket_.recv(message, zmq::recv_flags::dontwait)) {
      std::uint32_t granted = 0;
      if (message.size() == sizeof granted) {
        std::memcpy(&granted, message.data(), sizeof granted);
        credits_ += granted;
      }
    }
    return credits_ > 0;
  }

  void encode(std::unique_lock<std::mutex>& lock, const Waiting& one) {
    lock.unlock();
    const media::Frame& frame = *one.frame;
    auto jpeg =
        media::encode_jpeg(frame.pixels(), frame.width, frame.height, frame.stride, settings_.jpeg_quality);
    if (!jpeg.has_value()) gave_way_(one.sample);
    lock.lock();
    if (!jpeg.has_value()) {
      ++credits_;
      return;
    }
    FrameHeader header = header_of(one.sample, frame, Form::jpeg);
    header.pixel_bytes = jpeg.value().size();
    put(header, jpeg.value().data(), [&] { return zmq::message_t(jpeg.value()); });
  }

  void put(const Sample& sample, media::FrameRef frame) {
    const FrameHeader header = header_of(sample, *frame, Form::raw);
    const std::uint8_t* pixels = frame->pixels();
    put(header, pixels, [&] {
      // ZeroMQ gives the frame back once it is on its way.
      auto* held = new media::FrameRef(std::move(frame));
      return zmq::message_t(
          const_cast<std::uint8_t*>(pixels), header.pixel_bytes,
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
  WakeUp wake_;
  std::mutex mutex_;  ///< guards all that follows
  zmq::context_t context_{1};
  zmq::socket_t socket_;
  int socket_fd_ = -1;
  std::deque<Waiting> queue_;
  bool stopping_ = false;
  std::uint64_t credits_ = 0;
  std::vector<std::uint8_t> message_;             ///< headers with inline pixels, not sent yet
  std::chrono::steady_clock::time_point put_at_;  ///< the last small frame
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
