#pragma once

#include <cstdint>
#include <optional>

#include "actors/base/time.hpp"

namespace camfleet::media {

/// A stamp beyond this is damage. Small enough that the sum of three fits.
inline constexpr Duration longest_media = hours(24 * 365 * 80);

/// Gives decoded pictures their media times, in the order of presentation; the times never step back.
class Timeline {
 public:
  struct Rate {
    int frames = 25;
    int seconds = 1;
  };

  /// `counted`: the stream has no stamps of use, so picture k lies at k / rate.
  Timeline(bool counted, Rate rate) : counted_(counted), rate_(rate) {}

  /// The next picture's media time. `stamp`: its own offset from the start of the media; nothing = it has
  /// none, then it lies one frame after the one before. Nothing when that one is not known either, after a
  /// seek. A stamp that steps back a little stays; one that steps back by a second or more begins a new part
  /// of the media, and later ones follow on.
  std::optional<Duration> place(std::optional<Duration> stamp);

  /// After a seek: the picture before is not known.
  void forget() { last_.reset(); }

  [[nodiscard]] bool counted() const { return counted_; }

  /// True once a new part began: stamps are ambiguous from then on, and only reading from the start is exact.
  [[nodiscard]] bool ambiguous() const { return shift_ != Duration{0}; }

 private:
  [[nodiscard]] Duration frames(std::int64_t count) const;

  bool counted_;
  Rate rate_;
  std::int64_t count_ = 0;
  std::optional<Duration> last_;
  Duration shift_{0};
};

}  // namespace camfleet::media
