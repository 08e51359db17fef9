#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "actors/base/time.hpp"
#include "actors/ledger/ledger.hpp"
#include "actors/ledger/outcome.hpp"
#include "actors/machines/protocol.hpp"

namespace camfleet {

/// Samples of all algorithms together.
struct SampleCount {
  std::uint64_t due = 0;
  std::uint64_t through = 0;  ///< analysed or gated
};
SampleCount count_of(std::span<const AlgorithmAccount> accounts);

/// A slice that may go on at another node: where it is, what its earlier nodes have accounted for, and what
/// is still to be done.
struct Journey {
  std::uint32_t position = 0;        ///< of its device in the instance's list
  std::uint16_t place = 0;           ///< where it runs; 0: it waits for a node
  Reason late = Reason::late_start;  ///< why samples pass before it has a stream
  bool cancelled = false;
  bool every_frame = false;
  bool live = true;
  std::uint32_t spf_s = 1;
  /// What is left of it.
  Instant due_at{};
  Instant ends_at{};
  Duration media_from{0};

  Instant part_from{};
  SliceProgress progress{};              ///< of the present part
  std::vector<SlicePart> parts;          ///< that have ended
  std::vector<AlgorithmAccount> before;  ///< of the parts that have ended; one per algorithm
  std::optional<Instant> started_at;
  Duration observed{0};

  /// The present part ends at `now`, with what its node has told so far in `accounts`, which are zero
  /// afterwards. A live slice goes on with the next sample; what its node has not told of up to then is
  /// node_lost. Footage goes on with the first sample that was not told of: nothing is lost.
  void leave(std::string node, Instant now, std::string why, std::span<AlgorithmAccount> accounts);

  /// Nothing more of it is done: the rest is dropped for `reason`. One without an end ends at `now`.
  void drop_rest(Reason reason, Instant now);

  [[nodiscard]] bool over() const { return due_at >= ends_at; }

  /// Adds the earlier parts to `row`, which has the account of the last one.
  void complete(SliceRow& row) const;
};

}  // namespace camfleet
