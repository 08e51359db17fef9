#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <optional>

#include "actors/base/time.hpp"

namespace camfleet::cluster {

/// When the last heartbeats were sent, for their round trips.
class AskedTimes {
 public:
  using Clock = std::chrono::steady_clock;

  /// `sent_at`: as the heartbeat says it, by which its answer is known.
  void add(Instant sent_at, Clock::time_point at) { asked_[next_++ % asked_.size()] = {sent_at, at}; }
  /// None: it was not asked, or too long ago.
  [[nodiscard]] std::optional<Clock::time_point> find(Instant sent_at) const {
    for (const Asked& one : asked_) {
      if (one.sent_at == sent_at && one.at != Clock::time_point()) return one.at;
    }
    return std::nullopt;
  }

 private:
  struct Asked {
    Instant sent_at;
    Clock::time_point at;
  };
  std::array<Asked, 16> asked_{};
  std::size_t next_ = 0;
};

}  // namespace camfleet::cluster
