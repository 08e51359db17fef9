#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <vector>

#include "runtime/media/frame.hpp"
#include "runtime/media/registry.hpp"

namespace camfleet::plant {

/// An encoded stream of 64x64 pictures, each of one grey that tells its number.
struct DrawnStream {
  std::vector<media::FfmpegPtr<AVPacket>> packets;  ///< one a picture
  media::FfmpegPtr<AVCodecContext> encoder;         ///< what a decoder is opened by
};

/// H.264 without B-frames, `gop` pictures from key frame to key frame.
DrawnStream draw_stream(int pictures, int gop);

/// The number of a picture of such a stream, at most 47.
int number_of(const media::Frame& frame);

/// What a camera sends, as the test says it. Thread-safe.
class FakeCamera {
 public:
  explicit FakeCamera(const DrawnStream& drawn) : drawn_(&drawn) {}

  /// Sends picture `number`, filmed at `at`; of a damaged one the payload is rubbish.
  void send(int number, Duration at, bool damaged = false);
  /// The same with a million bytes behind the picture.
  void send_large(int number, Duration at);
  /// Returns once the reader has all that was sent, and asks for more.
  void wait_until_taken();
  /// Ends the stream once all that was sent is read.
  void end();

  /// A registry whose scheme "fake" connects to it.
  media::SourceRegistry registry(const media::SourceTraits& traits, bool is_paced = true);

 private:
  friend class FakeSource;
  void put(media::FfmpegPtr<AVPacket> packet, Duration at);
  struct Sent {
    media::FfmpegPtr<AVPacket> packet;
    Duration at;
  };
  const DrawnStream* drawn_;
  std::mutex mutex_;
  std::condition_variable more_;
  std::condition_variable all_taken_;
  bool asks_ = false;
  std::deque<Sent> sent_;
  bool ended_ = false;
};

}  // namespace camfleet::plant
