#pragma once

#include <cstdint>
#include <optional>

#include "actors/base/time.hpp"
#include "actors/machines/protocol.hpp"

namespace camfleet {

/// Which samples a slice takes, and how far it is with them: one each `spf` from where it is due, or every
/// frame.
class SamplePlan {
 public:
  SamplePlan() = default;
  explicit SamplePlan(const BeginSlice& begun);

  [[nodiscard]] bool is_every_frame() const { return every_frame_; }
  [[nodiscard]] bool is_endless() const { return ends_at_ == end_of_time; }
  [[nodiscard]] Instant due_at() const { return due_at_; }
  [[nodiscard]] Instant ends_at() const { return ends_at_; }
  [[nodiscard]] Duration planned() const { return ends_at_ - due_at_; }
  [[nodiscard]] Duration media_from() const { return media_from_; }
  [[nodiscard]] Duration spf() const { return seconds(spf_s_); }
  [[nodiscard]] std::uint32_t spf_s() const { return spf_s_; }

  /// How many it owes; of every frame, and without an end: `without_bound`.
  [[nodiscard]] std::uint32_t owed() const { return owed_; }
  static constexpr std::uint32_t without_bound = UINT32_MAX;
  /// The one that is taken next, from 0.
  [[nodiscard]] std::uint32_t next() const { return next_; }
  [[nodiscard]] bool is_through() const { return next_ >= owed_; }
  /// When a sample is due: its span ends where the one of the next begins.
  [[nodiscard]] Instant at(std::uint32_t sample) const { return due_at_ + spf() * sample; }
  /// Whether the whole span of the next one has passed.
  [[nodiscard]] bool next_has_passed(Instant now) const { return !is_through() && at(next_ + 1) <= now; }

  /// Of footage: the media time of the next one; of every frame, where the media begins.
  [[nodiscard]] Duration target() const { return every_frame_ ? media_from_ : media_from_ + spf() * next_; }
  /// Of footage whose frames are `interval` apart: when the next one may be read.
  [[nodiscard]] Instant not_before(Duration interval) const;
  /// When a frame with this media time is due.
  [[nodiscard]] Instant at_media(Duration media_time) const { return due_at_ + (media_time - media_from_); }

  /// The next one is none, or lost.
  void pass() { ++next_; }
  /// It is taken, `offset` after the slice was due, from a stream whose frames are `interval` apart: how much
  /// of the slice that is. None, and nothing is taken, when it lies past the end.
  std::optional<Duration> take(Duration offset, Duration interval, Duration media_time);
  /// One without an end ends now.
  void end(Instant now);

 private:
  Instant due_at_{};
  Instant ends_at_{};
  Duration media_from_{0};
  Duration last_media_{0};  ///< of the frame that was taken last, of every frame
  std::uint32_t spf_s_ = 1;
  std::uint32_t next_ = 0;
  std::uint32_t owed_ = 0;
  bool every_frame_ = false;
};

}  // namespace camfleet
