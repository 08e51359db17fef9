#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <string>

#include "runtime/media/decoder.hpp"
#include "runtime/media/ffmpeg.hpp"
#include "runtime/media/source.hpp"

namespace camfleet::media {

/// Why a connection must stop what it does: its deadline, or its owner. Safe to ask from any thread.
class Interrupt {
 public:
  void allow(Duration span) {
    until_ = std::chrono::steady_clock::now() + span;
    late_ = false;
  }
  void stop() { stopped_ = true; }
  [[nodiscard]] bool stopped() const { return stopped_; }
  /// The deadline passed while FFmpeg was at work: its own error number does not tell.
  [[nodiscard]] bool late() const { return late_; }

  AVIOInterruptCB callback() {
    return {[](void* self) {
              auto* interrupt = static_cast<Interrupt*>(self);
              if (std::chrono::steady_clock::now() >= interrupt->until_) interrupt->late_ = true;
              return interrupt->late_ || interrupt->stopped_ ? 1 : 0;
            },
            this};
  }

 private:
  std::chrono::steady_clock::time_point until_ = std::chrono::steady_clock::time_point::max();
  bool late_ = false;
  std::atomic<bool> stopped_ = false;
};

/// One connection to a live camera or a network video: rtsp://, rtmp://, http(s):// to .m3u8 or .flv. Makes
/// one connection or fails; whoever owns it decides what happens next. Not thread-safe.
class LiveInput {
 public:
  enum class Outcome { packet, ended, failed };

  /// `rtsp://…#transport=udp` asks for UDP, TCP otherwise. `interrupt` outlives the input. Errors, with the
  /// URL without its secrets: unreachable (refused, no such host or path, wrong password), timed_out, corrupt
  /// (it is not media), unsupported, too_large.
  static result<LiveInput> open(const SourceUrl& url, const Limits& limits, Interrupt& interrupt);

  /// The next packet of the video stream, within `limits.read_deadline`.
  Outcome read(AVPacket& packet);

  /// Why the last read() failed: unreachable (it broke off), timed_out (stalled).
  [[nodiscard]] const Error& error() const { return error_; }

  /// A decoder for its packets. Errors: those of Decoder::open.
  [[nodiscard]] result<Decoder> make_decoder() const;

  /// The nominal distance of two frames; a guess of 40 ms where the stream does not say.
  [[nodiscard]] Duration frame_interval() const;
  /// The packet's time in the stream; none where it has no stamp.
  [[nodiscard]] std::optional<Duration> time_of(const AVPacket& packet) const;

 private:
  LiveInput(FfmpegPtr<AVFormatContext> context, AVStream* stream, std::string where, const Limits& limits,
            Interrupt& interrupt)
      : context_(std::move(context)),
        stream_(stream),
        where_(std::move(where)),
        limits_(limits),
        interrupt_(&interrupt) {}

  FfmpegPtr<AVFormatContext> context_;
  AVStream* stream_;
  std::string where_;
  Limits limits_;
  Interrupt* interrupt_;
  Error error_{Errc::ended, "", ""};
};

}  // namespace camfleet::media
