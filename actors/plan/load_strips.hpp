#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "actors/base/time.hpp"
#include "actors/plan/roster.hpp"

namespace camfleet {

/// Where the slices of an instance lie in one of its listed windows: each round the same, so one round stands
/// for all.
struct Lane {
  std::optional<std::uint32_t> strip;  ///< that its rounds are laid on; none without polling
  std::int64_t every_s = 1;            ///< from round to round
  std::int64_t start_s = 0;            ///< of a round, on the strip
  std::int64_t length_s = 1;           ///< P
  std::int64_t slice_s = 1;
  std::int64_t phase_s = 0;
  std::uint32_t hours = 0;  ///< of the day (UTC) in which the window is open, as bits

  /// When the slice of the device at a position of the list begins, in seconds after its round.
  [[nodiscard]] std::int64_t begins_s(std::uint32_t position) const {
    return (slice_s * position + phase_s) % length_s;
  }
  /// What a slice of this cost comes to over a round.
  [[nodiscard]] Duration mean(Duration cost) const;
};

/// What runs on each node of a cluster, and when, in core time per second: a row for each. Instances whose
/// rounds are equally long and whose windows are open in the same hours of the day share a strip, which has
/// one cell for each second of the round, or for some where it is long. Of what is on other strips, the mean
/// of each hour counts.
class LoadStrips {
 public:
  static constexpr std::int64_t most_cells = 4096;           ///< of one strip and node
  static constexpr std::size_t most_cells_in_all = 1 << 22;  ///< beyond them, instances count by their mean
  static constexpr std::size_t most_strips = 1 << 10;
  static constexpr std::size_t most_lanes = 24;  ///< of one instance: further listed windows are like these
  static constexpr std::size_t hours_of_day = 24;

  /// Of which each stands for a node, or for several together. Never fewer than before. Where there is no
  /// room for that many, the strips that were taken last count by their mean from now on.
  void grow(std::uint32_t rows);
  [[nodiscard]] std::uint32_t rows() const { return static_cast<std::uint32_t>(hours_.size()); }

  /// The lanes of an instance, one for each listed window; it holds on to their strips until it releases
  /// them.
  std::vector<Lane> take_lanes(const InstanceEntry& instance);
  void release(const std::vector<Lane>& lanes);

  /// One device of an instance more in a row, or, with a negative cost, less.
  void add(std::uint32_t row, const Lane& lane, std::uint32_t position, Duration cost);
  /// The most that runs there while a slice of that device does.
  [[nodiscard]] Duration peak(std::uint32_t row, const Lane& lane, std::uint32_t position) const;
  /// The same if what is on other strips, while the window is open, came together.
  [[nodiscard]] Duration ceiling(std::uint32_t row, const Lane& lane, std::uint32_t position) const;
  /// Nothing runs anywhere.
  void clear();

 private:
  using Hours = std::array<Duration, hours_of_day>;
  /// What one row has on a strip.
  struct RowStrip {
    std::vector<Duration> cells;  ///< empty where there was never anything
    std::vector<Duration> tops;   ///< the highest of so many cells each
    Duration top{0};              ///< of all
    Duration mean{0};
  };
  struct Strip {
    std::int64_t every_s = 0;
    std::uint32_t hours = 0;
    std::int64_t cell_s = 1;
    std::uint32_t users = 0;  ///< lanes; 0: the place is free
    bool is_loose = false;  ///< there is no room for its rows: it counts by its mean, as what is on no strip
    std::vector<RowStrip> rows;
    [[nodiscard]] std::int64_t cells() const { return ceil_div(every_s, cell_s); }
  };

  /// Null for a lane without a strip, or one that is loose.
  [[nodiscard]] const Strip* strip_of(const Lane& lane) const;
  /// The cells of all strips if so many rows had them.
  [[nodiscard]] std::size_t cells_for(std::size_t rows) const;
  /// What is on a strip counts as loose from now on.
  void loosen(Strip& strip);
  std::optional<std::uint32_t> take_strip(std::int64_t every_s, std::uint32_t open_hours);
  /// Calls `visit(first, last)` for the cells that a slice touches: half-open, two pieces where it runs into
  /// the next round.
  template <class Visit>
  static void for_cells(const Strip& strip, const Lane& lane, std::uint32_t position, Visit visit);
  /// The most of what a row has on a lane's strip while a slice runs.
  [[nodiscard]] Duration strip_peak(std::uint32_t row, const Lane& lane, std::uint32_t position) const;

  std::vector<Strip> strips_;
  std::vector<std::uint32_t> laid_;  ///< those that are used and not loose, in order
  std::vector<Hours> hours_;         ///< by row: the means of all that runs in an hour
  std::vector<Hours> loose_;         ///< … of which on no strip
};

}  // namespace camfleet
