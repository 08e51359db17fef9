#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "actors/base/time.hpp"
#include "actors/plan/calendar.hpp"
#include "actors/spec/spec.hpp"

namespace camfleet {

/// One planned slice of an instance: `device` is the position in the instance's list, from 0.
struct PlannedSlice {
  std::uint32_t device = 0;
  std::uint32_t round = 0;
  Instant begins{};
  Instant ends{};
  bool cut = false;  ///< the close came before the slice was whole
  friend bool operator==(const PlannedSlice&, const PlannedSlice&) = default;
};

/// What the slices of one window follow from.
struct RoundPlan {
  Window window;                   ///< nominal, also when it is joined late
  std::optional<Polling> polling;  ///< none: one slice per window and device
  std::uint32_t devices = 0;
  Duration phase{0};              ///< φ of the instance and listed window, in [0, P)
  Instant from = Instant::min();  ///< joined here: slices that ended before are not due, one under way is due
                                  ///< for its rest
  Instant until = end_of_time;    ///< nothing is due from here on; slices are cut here
  /// Devices that are joined so much later than `from`, so that they can connect; by position, empty: none.
  std::vector<bool> connecting = {};
  Duration connect_time{0};

  [[nodiscard]] Instant joined_at(std::uint32_t device) const {
    return !connecting.empty() && connecting[device] ? from + connect_time : from;
  }
  /// When all have joined.
  [[nodiscard]] Instant all_joined() const { return connecting.empty() ? from : from + connect_time; }
};

/// When a device of a polled instance begins after its round starts: (i·n + φ) mod P.
Duration offset_in_round(const RoundPlan& plan, std::uint32_t device);

/// P = min(60·m, the window's length): the length of a round's strip.
Duration strip_length(const Window& window, const Polling& polling);

/// The lower bound on concurrent slices of D devices that are each analysed n in every P: ⌈D·min(n,P)/P⌉.
std::int64_t concurrency_bound(std::uint32_t devices, Duration slice, Duration strip);

/// Walks the slices of one window in order of `begins`, then device. Rounds start at the opening, every 60·m
/// seconds; device i begins at (i·n + φ) mod P after its round starts and may run into the next round; it is
/// due when it begins before the close and is cut there. A pure function of the plan.
class RoundCursor {
 public:
  explicit RoundCursor(const RoundPlan& plan);

  /// The next slice, until the cursor advances; null when the window's slices are all given.
  [[nodiscard]] const PlannedSlice* peek() const { return has_next_ ? &next_ : nullptr; }
  void advance();
  [[nodiscard]] const RoundPlan& plan() const { return track_->plan; }

 private:
  struct Lists {
    std::vector<std::uint32_t> order;  ///< positions sorted by offset in the round, then by position; empty:
                                       ///< as listed
    std::vector<PlannedSlice> joined;  ///< those that begin until all have joined: they come first
  };
  /// What stays the same on the way; shared by copies of a cursor.
  struct Track {
    RoundPlan plan;
    Instant closes{};
    Duration strip{0};
    std::unique_ptr<const Lists> lists;  ///< null: of all are none
  };

  [[nodiscard]] std::optional<PlannedSlice> slice_at(std::uint32_t round, std::uint32_t place) const;
  void settle();
  [[nodiscard]] std::vector<PlannedSlice> gather_joined();
  [[nodiscard]] const Lists& lists() const;

  std::shared_ptr<const Track> track_;
  std::uint32_t round_ = 0;
  std::uint32_t place_ = 0;
  std::uint32_t joined_at_ = 0;
  bool has_next_ = false;
  PlannedSlice next_;
};

}  // namespace camfleet
