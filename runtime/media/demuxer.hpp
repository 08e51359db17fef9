#pragma once

#include <memory>
#include <string>
#include <utility>

#include "runtime/media/ffmpeg.hpp"
#include "runtime/media/http_input.hpp"
#include "runtime/media/source.hpp"

namespace camfleet::media {

/// Errors: not_found, forbidden, unreadable (also a FIFO, a device, a folder: never opened, so nothing
/// blocks), corrupt (empty).
result<void> check_regular_file(const std::string& path, const std::string& where);

/// One media file and the one video stream of it that is read. Opens local files of media containers only.
class Demuxer {
 public:
  enum class Outcome { packet, end, failed };

  /// Of a file of this machine, whose path is absolute, or over HTTP. `deadline`, running already, bounds the
  /// work of this and of every later call; it outlives the Demuxer. Errors: as check_regular_file,
  /// unsupported, unreachable, corrupt, too_large, timed_out, all with the URL.
  static result<Demuxer> open(const SourceUrl& url, const Limits& limits, Deadline& deadline);

  /// The next packet of the video stream. After `failed`, failure() says why.
  Outcome read(AVPacket& packet);

  /// Goes to a place at or before `stamp` (the stream's time base), as the container understands it: it may
  /// land late, or between key frames. False: it cannot.
  bool seek(std::int64_t stamp);

  /// Stamp of the last key frame at or before `stamp` by the container's own index; AV_NOPTS_VALUE without
  /// one.
  [[nodiscard]] std::int64_t indexed_key_before(std::int64_t stamp) const;

  /// True when the container's index has every frame, so that no key frame exists beyond those it lists.
  [[nodiscard]] bool index_is_complete() const;

  [[nodiscard]] const AVStream& stream() const { return *stream_; }
  [[nodiscard]] bool has_stamps() const;
  [[nodiscard]] Duration length() const;                  ///< 0 = unknown
  [[nodiscard]] AVRational rate() const;                  ///< frames per second; 0/1 = unknown
  [[nodiscard]] int failure() const { return failure_; }  ///< FFmpeg's error number

 private:
  Demuxer(std::unique_ptr<HttpInput> http, FfmpegPtr<AVFormatContext> context, AVStream* stream)
      : http_(std::move(http)), context_(std::move(context)), stream_(stream) {}
  std::unique_ptr<HttpInput> http_;  ///< outlives the context; null for a file of this machine
  FfmpegPtr<AVFormatContext> context_;
  AVStream* stream_;
  int failure_ = 0;
};

}  // namespace camfleet::media
