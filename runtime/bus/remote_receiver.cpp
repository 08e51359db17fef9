#include <algorithm>
#include <atomic>
#include <cstring>
#include <map>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include <zmq.hpp>

#include "runtime/bus/remote_bus.hpp"
#include "runtime/bus/wake_up.hpp"
#include "runtime/media/picture_decoder.hpp"

namespace camfleet::bus {

class RemoteReceiver::Impl {
 public:
  Impl(const Settings& settings, Take take)
      : settings_(settings),
        take_(std::move(take)),
        pool_(settings.frames),
        socket_(context_, zmq::socket_type::router) {
    socket_.set(zmq::sockopt::linger, 0);
    socket_.set(zmq::sockopt::rcvhwm, 0);  // credits are the bound
    socket_.set(zmq::sockopt::maxmsgsize, most_message_bytes);
    socket_.bind(settings.endpoint);
    thread_ = std::thread([this] { run(); });
  }
  ~Impl() { stop(); }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  void done(SenderId from) {
    {
      const std::lock_guard lock(mutex_);
      if (++given_back_[from] < worth_a_grant()) return;
      grants_wait_ = true;
    }
    wake_.wake();
  }

  void stop() {
    stopping_ = true;
    wake_.wake();
    if (thread_.joinable()) thread_.join();
  }

  [[nodiscard]] std::uint64_t refused() const { return refused_; }

 private:
  static constexpr std::int64_t most_message_bytes = std::int64_t{max_side} * max_side * 4;

  void run() {
    Patience patience;
    while (!stopping_) {
      grant();
      if (receive()) {
        patience.worked();
      } else if (!patience.nap()) {
        sleep();
      }
    }
  }

  void sleep() {
    wake_.before_sleep();
    // At most a quarter of the credits lies here, so a sender has some left while this waits.
    if (!stopping_ && !grants_wait_) {
      zmq::pollitem_t items[] = {{socket_.handle(), 0, ZMQ_POLLIN, 0}, {nullptr, wake_.fd(), ZMQ_POLLIN, 0}};
      zmq::poll(items, 2, std::chrono::milliseconds(100));
    }
    wake_.after_sleep();
  }

  /// Credits are granted a quarter at a time: a message for each frame would cost as much as the frame.
  [[nodiscard]] std::uint32_t worth_a_grant() const { return std::max(settings_.credits / 4, 1U); }

  void grant() {
    if (!grants_wait_.exchange(false)) return;
    std::vector<std::pair<SenderId, std::uint32_t>> grants;
    {
      const std::lock_guard lock(mutex_);
      for (SenderId sender = 0; sender < given_back_.size(); ++sender) {
        if (given_back_[sender] < worth_a_grant()) continue;
        grants.emplace_back(sender, std::exchange(given_back_[sender], 0));
      }
    }
    for (const auto& [sender, count] : grants) give(names_[sender], count);
  }

  void give(const std::string& name, std::uint32_t count) {
    socket_.send(zmq::buffer(name), zmq::send_flags::sndmore);
    socket_.send(zmq::buffer(&count, sizeof count), zmq::send_flags::none);
  }

  /// False when nothing waits.
  bool receive() {
    zmq::message_t name;
    if (!socket_.recv(name, zmq::recv_flags::dontwait)) return false;
    zmq::message_t headers;
    if (!name.more() || !socket_.recv(headers, zmq::recv_flags::none)) return true;
    zmq::message_t pixels;
    const bool has_pixels = headers.more() && socket_.recv(pixels, zmq::recv_flags::none);
    for (zmq::message_t rest; pixels.more() && socket_.recv(rest, zmq::recv_flags::none) && rest.more();) {
    }
    const SenderId sender = sender_of(name.to_string_view());
    if (headers.size() == 0) {
      // Once: whoever asks again has what it was given.
      if (!greeted_[sender]) give(names_[sender], settings_.credits);
      greeted_[sender] = true;
      return true;
    }
    read_frames(sender, headers, has_pixels ? &pixels : nullptr);
    return true;
  }

  SenderId sender_of(std::string_view name) {
    const auto found = senders_.find(name);
    if (found != senders_.end()) return found->second;
    const auto sender = static_cast<SenderId>(names_.size());
    names_.emplace_back(name);
    greeted_.push_back(false);
    senders_.emplace(name, sender);
    const std::lock_guard lock(mutex_);
    given_back_.push_back(0);
    return sender;
  }

  void read_frames(SenderId sender, const zmq::message_t& headers, zmq::message_t* pixels) {
    const std::span<const std::uint8_t> bytes(static_cast<const std::uint8_t*>(headers.data()),
                                              headers.size());
    std::size_t at = 0;
    while (at + header_bytes <= bytes.size()) {
      const auto header = read_header(bytes.subspan(at, header_bytes));
      at += header_bytes;
      if (!header.has_value()) return refuse();
      const std::size_t size = header.value().pixel_bytes;
      if (size <= inline_pixels) {
        if (bytes.size() - at < size) return refuse();
        const auto inside = bytes.subspan(at, size);
        at += size;
        hand_over(sender, header.value(), inside, [&](media::Frame& frame) {
          frame.resize(static_cast<int>(header.value().width), static_cast<int>(header.value().height));
          copy_rows(inside, header.value().stride, frame);
        });
      } else {
        if (pixels == nullptr || pixels->size() != size || at != bytes.size()) return refuse();
        hand_over(sender, header.value(), {static_cast<const std::uint8_t*>(pixels->data()), size},
                  [&](media::Frame& frame) { lend(std::move(*pixels), header.value(), frame); });
      }
    }
    if (at != bytes.size()) refuse();
  }

  template <class Fill>
  void hand_over(SenderId sender, const FrameHeader& header, std::span<const std::uint8_t> bytes, Fill raw) {
    auto frame = pool_.try_acquire();
    if (!frame || (header.form == Form::jpeg && !decode(bytes, header, **frame))) {
      refuse();
      return done(sender);
    }
    if (header.form == Form::raw) raw(**frame);
    (*frame)->media_time = header.media_time;
    take_(sender, header, std::move(*frame));
  }

  bool decode(std::span<const std::uint8_t> bytes, const FrameHeader& header, media::Frame& frame) {
    const auto decoded = decoder_.decode(bytes, "frame", frame);
    return decoded.has_value() && frame.width == static_cast<int>(header.width) &&
           frame.height == static_cast<int>(header.height);
  }

  static void copy_rows(std::span<const std::uint8_t> pixels, std::size_t stride, media::Frame& frame) {
    const auto wide = static_cast<std::size_t>(frame.stride);
    for (std::size_t row = 0; row < static_cast<std::size_t>(frame.height); ++row)
      std::memcpy(frame.bgr.data() + row * wide, pixels.data() + row * stride, wide);
  }

  /// The frame shows the message itself: no pixel is copied.
  static void lend(zmq::message_t message, const FrameHeader& header, media::Frame& frame) {
    const auto held = std::make_shared<zmq::message_t>(std::move(message));
    frame.show({held, static_cast<const std::uint8_t*>(held->data())}, static_cast<int>(header.width),
               static_cast<int>(header.height), static_cast<int>(header.stride));
  }

  void refuse() { ++refused_; }

  Settings settings_;
  Take take_;
  media::FramePool pool_;
  zmq::context_t context_{1};
  zmq::socket_t socket_;
  WakeUp wake_;
  std::atomic<bool> stopping_ = false;
  std::atomic<bool> grants_wait_ = false;
  std::atomic<std::uint64_t> refused_ = 0;
  media::PictureDecoder decoder_{std::int64_t{max_side} * max_side};  ///< the thread's
  std::map<std::string, SenderId, std::less<>> senders_;              ///< the thread's
  std::vector<std::string> names_;                                    ///< the thread's
  std::vector<bool> greeted_;                                         ///< the thread's
  std::mutex mutex_;
  std::vector<std::uint32_t> given_back_;  ///< by sender: credits not granted yet
  std::thread thread_;
};

RemoteReceiver::RemoteReceiver(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
RemoteReceiver::~RemoteReceiver() = default;

result<std::unique_ptr<RemoteReceiver>> RemoteReceiver::bind(const Settings& settings, Take take) {
  try {
    return std::unique_ptr<RemoteReceiver>(
        new RemoteReceiver(std::make_unique<Impl>(settings, std::move(take))));
  } catch (const zmq::error_t& error) {
    return fail(Errc::io, settings.endpoint, std::string("cannot be bound: ") + error.what());
  }
}

void RemoteReceiver::done(SenderId from) {
  impl_->done(from);
}
std::uint64_t RemoteReceiver::refused() const {
  return impl_->refused();
}
void RemoteReceiver::stop() {
  impl_->stop();
}

}  // namespace camfleet::bus
