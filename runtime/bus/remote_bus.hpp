#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "actors/base/error.hpp"
#include "runtime/bus/wire.hpp"
#include "runtime/media/frame.hpp"

namespace camfleet::bus {

/// Frames on their way to an analyzer of another process, over ZeroMQ: raw over ipc, JPEG over tcp. The
/// receiver grants credits, one per frame that it has room for; what has none waits here, a bounded number,
/// and the oldest live one gives way. Raw pixels are not copied on this side.
class RemoteSender {
 public:
  struct Settings {
    std::string endpoint;  ///< "ipc:///run/frames", "tcp://10.0.0.7:5570"
    Form form = Form::raw;
    std::size_t queue_limit = 256;  ///< frames that wait for credit, ≥ 1
    int jpeg_quality = 85;
  };
  /// The sample's place was taken by a newer one, or its frame could not be encoded. On the sender's thread,
  /// or on the one that sends.
  using GaveWay = std::function<void(const Sample& sample)>;

  /// Errors: io (the endpoint).
  static result<std::unique_ptr<RemoteSender>> connect(const Settings& settings, GaveWay gave_way);
  ~RemoteSender();
  RemoteSender(const RemoteSender&) = delete;
  RemoteSender& operator=(const RemoteSender&) = delete;

  /// From any thread; not after stop().
  void send(const Sample& sample, media::FrameRef frame);

  /// Sends nothing more; every frame that waits gives way. ZeroMQ may hold raw frames until this is
  /// destroyed.
  void stop();

 private:
  class Impl;
  explicit RemoteSender(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// The other end: puts frames into a pool of its own.
class RemoteReceiver {
 public:
  struct Settings {
    std::string endpoint;
    std::uint32_t frames = 128;  ///< in the pool
    std::uint32_t credits = 64;  ///< of each sender, at most `frames`
  };
  /// Who sent a frame, for done().
  using SenderId = std::uint32_t;
  /// A frame came, on the receiver's thread.
  using Take = std::function<void(SenderId from, const FrameHeader& header, media::FrameRef frame)>;

  /// Errors: io (the endpoint).
  static result<std::unique_ptr<RemoteReceiver>> bind(const Settings& settings, Take take);
  ~RemoteReceiver();
  RemoteReceiver(const RemoteReceiver&) = delete;
  RemoteReceiver& operator=(const RemoteReceiver&) = delete;

  /// A frame of this sender is given back: it may send another. From any thread, once per frame.
  void done(SenderId from);

  /// Messages that were no frames, or for which no frame was free: dropped and counted.
  [[nodiscard]] std::uint64_t refused() const;

  /// Takes nothing more.
  void stop();

 private:
  class Impl;
  explicit RemoteReceiver(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace camfleet::bus
