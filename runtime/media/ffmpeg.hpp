#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libswscale/swscale.h>
}

#include "actors/base/time.hpp"

namespace camfleet::media {

struct FfmpegDelete {
  void operator()(AVFormatContext* context) const { avformat_close_input(&context); }
  void operator()(AVCodecContext* context) const { avcodec_free_context(&context); }
  void operator()(AVFrame* frame) const { av_frame_free(&frame); }
  void operator()(AVPacket* packet) const { av_packet_free(&packet); }
  void operator()(SwsContext* context) const { sws_freeContext(context); }
};

template <class T>
using FfmpegPtr = std::unique_ptr<T, FfmpegDelete>;

/// Options that FFmpeg takes from a dictionary, leaving those in it that it did not know.
class FfmpegOptions {
 public:
  FfmpegOptions() = default;
  ~FfmpegOptions() { av_dict_free(&dictionary_); }
  FfmpegOptions(const FfmpegOptions&) = delete;
  FfmpegOptions& operator=(const FfmpegOptions&) = delete;
  void set(const char* key, const std::string& value) { av_dict_set(&dictionary_, key, value.c_str(), 0); }
  AVDictionary** get() { return &dictionary_; }

 private:
  AVDictionary* dictionary_ = nullptr;
};

/// FFmpeg's own words for one of its error numbers.
std::string ffmpeg_text(int code);

/// AVCodecContext::max_pixels for pictures of up to `max_pixels`: FFmpeg compares sizes that it has rounded
/// up. Who sets it compares the decoded picture once more.
constexpr std::int64_t padded_pixels(std::int64_t max_pixels) {
  return max_pixels + max_pixels / 4 + (1 << 20);
}

/// "12.345 s".
std::string seconds_text(Duration span);

/// While one lives, what FFmpeg reports as an error on this thread is kept instead of printed; without one it
/// is dropped. Of nested ones the innermost gets it.
class FfmpegLog {
 public:
  FfmpegLog();
  ~FfmpegLog();
  FfmpegLog(const FfmpegLog&) = delete;
  FfmpegLog& operator=(const FfmpegLog&) = delete;

  /// The first error, printable, without secrets and at most 200 characters; FFmpeg's words for `code` when
  /// there was none.
  [[nodiscard]] std::string reason(int code) const;

  /// Pixels of a picture that FFmpeg refused for its size; 0 when there was none.
  [[nodiscard]] std::uint64_t refused_pixels() const { return refused_pixels_; }

  /// Bytes of the largest body that an answer over RTSP claims, on this thread, within the innermost log's
  /// life; 0 when there was none, below 0 when one was no length. Known before FFmpeg reads it, for which it
  /// takes all its memory at once.
  static std::int64_t claimed_body();

 private:
  static void receive(void* from, int level, const char* format, va_list arguments);
  void take_header(const char* line);
  FfmpegLog* outer_;
  std::string first_;
  std::uint64_t refused_pixels_ = 0;
  std::int64_t claimed_body_ = 0;
};

/// When work must stop, and whether that is why it did: FFmpeg's error numbers do not tell.
class Deadline {
 public:
  void start(Duration span) {
    until_ = std::chrono::steady_clock::now() + span;
    fired_ = false;
  }
  bool passed() {
    fired_ = fired_ || std::chrono::steady_clock::now() >= until_;
    return fired_;
  }
  /// True once passed() has said so since start().
  [[nodiscard]] bool fired() const { return fired_; }

  /// An interrupt callback whose opaque pointer is this Deadline, which outlives the context.
  AVIOInterruptCB callback() {
    return {[](void* self) { return static_cast<Deadline*>(self)->passed() ? 1 : 0; }, this};
  }

 private:
  std::chrono::steady_clock::time_point until_ = std::chrono::steady_clock::time_point::max();
  bool fired_ = false;
};

}  // namespace camfleet::media
