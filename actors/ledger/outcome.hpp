#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace camfleet {

/// How a due slice ended.
enum class Outcome : std::uint8_t { done, partial, missed, skipped };

/// Why samples were not analysed: a closed list.
enum class Reason : std::uint8_t {
  none,
  camera_offline,
  stream_corrupt,
  source_ended,
  analysis_failed,
  node_lost,
  overload,
  capacity,
  late_start,
  cancelled,
  stream_off,
  scheduler_down,
  store_behind,
};
inline constexpr std::size_t reason_count = 13;

constexpr std::string_view to_text(Outcome outcome) {
  constexpr std::array<std::string_view, 4> names{"done", "partial", "missed", "skipped"};
  return names[static_cast<std::size_t>(outcome)];
}

constexpr std::string_view to_text(Reason reason) {
  constexpr std::array<std::string_view, reason_count> names{
      "none",       "camera_offline", "stream_corrupt", "source_ended", "analysis_failed",
      "node_lost",  "overload",       "capacity",       "late_start",   "cancelled",
      "stream_off", "scheduler_down", "store_behind"};
  return names[static_cast<std::size_t>(reason)];
}

/// The samples of one algorithm in one slice: due = analysed + gated + Σ dropped.
struct AlgorithmAccount {
  std::uint32_t analysed = 0;
  std::uint32_t gated = 0;
  std::uint32_t due = 0;
  std::array<std::uint32_t, reason_count> dropped{};  ///< by Reason; [none] stays 0

  [[nodiscard]] std::uint64_t dropped_sum() const {
    std::uint64_t sum = 0;
    for (const std::uint32_t count : dropped) sum += count;
    return sum;
  }
  [[nodiscard]] std::uint64_t accounted() const { return std::uint64_t{analysed} + gated + dropped_sum(); }
  void drop(Reason reason, std::uint32_t count = 1) { dropped[static_cast<std::size_t>(reason)] += count; }

  friend bool operator==(const AlgorithmAccount&, const AlgorithmAccount&) = default;
};

/// Samples of all algorithms together.
struct SampleCount {
  std::uint64_t due = 0;
  std::uint64_t through = 0;  ///< analysed or gated
};
inline SampleCount count_of(std::span<const AlgorithmAccount> accounts) {
  SampleCount count;
  for (const AlgorithmAccount& account : accounts) {
    count.due += account.due;
    count.through += account.analysed + account.gated;
  }
  return count;
}

}  // namespace camfleet
