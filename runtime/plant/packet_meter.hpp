#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "actors/base/time.hpp"

namespace camfleet::plant {

/// What the packets of a live stream show of it by when they come: how far its frames are apart, and its key
/// frames. What a stream says of its own rate is often not so.
class PacketMeter {
 public:
  /// A packet came; `at` by a clock that does not go back.
  void add(Duration at, bool key);

  /// The mean distance of the last frames; 0 before 16 have come, or a second and two of them. 1 ms to 60 s.
  [[nodiscard]] Duration frame_interval() const;
  /// The longest distance of two key frames so far; 0 before the second one.
  [[nodiscard]] Duration key_distance() const { return key_distance_; }

 private:
  static constexpr std::size_t kept = 17;

  std::array<Duration, kept> last_{};  ///< a ring
  std::uint64_t count_ = 0;
  Duration key_at_{0};
  bool had_key_ = false;
  Duration key_distance_{0};
};

}  // namespace camfleet::plant
