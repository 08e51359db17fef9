#pragma once

#include <string>

#include "runtime/media/ffmpeg.hpp"
#include "runtime/media/showing.hpp"
#include "runtime/media/source.hpp"

namespace camfleet::media {

/// One decoder on one thread: a packet in, the pictures that it completes out, in the order of presentation.
/// Each says how it is shown, also where the container or an earlier one says it.
class Decoder {
 public:
  /// Errors: unsupported (codec), too_large, corrupt, all with `where`.
  static result<Decoder> open(const AVStream& stream, const std::string& where, const Limits& limits);

  /// Takes a packet after the last receive() said that it wants one; nullptr: there are no more. With
  /// `skip_unreferenced` a picture that no other one needs is left out. Damage is survived: FFmpeg's error
  /// number.
  int send(const AVPacket* packet, bool skip_unreferenced);

  /// 0 with a picture in `into`; AVERROR(EAGAIN): wants a packet; AVERROR_EOF; anything else is damage.
  int receive(AVFrame& into);

  /// Forgets all pictures, for a seek.
  void flush() { avcodec_flush_buffers(context_.get()); }

  /// True when leaving out unreferenced pictures changes no other picture.
  [[nodiscard]] bool can_skip_exactly() const { return can_skip_; }

  /// Pictures that the decoder may hold back to put them in order.
  [[nodiscard]] int delay() const { return context_->has_b_frames; }

 private:
  Decoder(FfmpegPtr<AVCodecContext> context, const StreamShowing& showing, bool can_skip,
          std::int64_t max_pixels)
      : context_(std::move(context)), showing_(showing), can_skip_(can_skip), max_pixels_(max_pixels) {}
  FfmpegPtr<AVCodecContext> context_;
  StreamShowing showing_;
  bool can_skip_;
  std::int64_t max_pixels_;
};

}  // namespace camfleet::media
