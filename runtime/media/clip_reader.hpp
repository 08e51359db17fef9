#pragma once

#include <optional>
#include <string>

#include "runtime/media/decoder.hpp"
#include "runtime/media/demuxer.hpp"
#include "runtime/media/timeline.hpp"

namespace camfleet::media {

/// Work of one step() is bounded by this many packets and damaged pictures without a picture (400 s at 25 per
/// second).
inline constexpr int max_packets_without_frame = 10'000;

/// The pictures of one file, one by one in the order of presentation, from its start or from a key frame.
class ClipReader {
 public:
  enum class Step {
    frame,   ///< frame() and time() hold
    end,     ///< there are no more
    late,    ///< the deadline passed between two packets; the next step goes on
    barren,  ///< max_packets_without_frame were reached; the next step goes on
    broken,  ///< the container cannot be read on; failure() says why
  };

  /// Opens the file and stands before its first picture. `deadline` as Demuxer::open has it.
  static result<ClipReader> open(const SourceUrl& url, const Limits& limits, Deadline& deadline);

  /// Decodes the next picture. Pictures before `needed_from` may be left out when nothing else needs them.
  Step step(Duration needed_from);

  /// Goes to a key frame at or before `place`, as far as the container can; where it landed shows by the time
  /// of the first picture. False: it cannot.
  bool seek(Duration place);

  /// False when only reading from the start on gives every picture its right time.
  [[nodiscard]] bool can_seek() const { return !timeline_.counted() && !timeline_.ambiguous(); }

  /// Whether the container lists a key frame between here and `place`, so that a seek saves decoding.
  [[nodiscard]] bool key_ahead(Duration place) const;

  /// Whether `place` is so far that there should be a key frame on the way, which the container does not
  /// list.
  [[nodiscard]] bool far_ahead(Duration place) const;

  /// How far before its goal a seek should aim at first: key frames that the container does not list.
  [[nodiscard]] Duration seek_margin() const;

  [[nodiscard]] const AVFrame& frame() const { return *frame_; }
  [[nodiscard]] Duration time() const { return time_; }
  [[nodiscard]] Duration interval() const {
    return interval_;
  }  ///< between two pictures; a guess where not known
  [[nodiscard]] bool skipped() const {
    return skipped_;
  }  ///< a picture may have been left out since the last seek
  [[nodiscard]] const Demuxer& demuxer() const { return demuxer_; }
  [[nodiscard]] std::string failure() const;

 private:
  ClipReader(Demuxer demuxer, Decoder decoder, Deadline& deadline);
  Step feed(Duration needed_from);
  void note(const AVPacket& packet);
  bool take_frame();
  [[nodiscard]] Duration key_distance() const;
  bool skippable(const AVPacket& packet, Duration needed_from) const;
  std::optional<Duration> media_time(std::int64_t stamp) const;
  [[nodiscard]] std::int64_t stamp_of(Duration media) const;
  static Timeline::Rate rate_of(const Demuxer& demuxer);

  Demuxer demuxer_;
  Decoder decoder_;
  Deadline* deadline_;
  FfmpegPtr<AVPacket> packet_;
  FfmpegPtr<AVFrame> frame_;
  Timeline timeline_;
  std::optional<std::int64_t> origin_;  ///< stamp at media time 0
  bool at_start_ = true;                ///< no picture was decoded yet
  bool packet_waits_ = false;           ///< packet_ was read but not sent
  bool want_key_ = false;               ///< after a seek: packets before the first key frame are of no use
  bool draining_ = false;
  bool skipped_ = false;
  Duration time_{0};
  Duration interval_{0};
  std::optional<Duration> front_;     ///< of the last packet
  std::optional<Duration> last_key_;  ///< of the last key frame's packet, since the last seek
  Duration key_distance_{0};          ///< the longest one seen
};

}  // namespace camfleet::media
