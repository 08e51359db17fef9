#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "actors/base/ids.hpp"
#include "actors/base/time.hpp"
#include "actors/ledger/ledger.hpp"
#include "actors/ledger/outcome.hpp"
#include "actors/machines/protocol.hpp"
#include "actors/spec/spec.hpp"

namespace camfleet {

/// How the samples of a slice follow each other.
struct Cadence {
  Duration spf{seconds(1)};  ///< one for each …
  bool every_frame = false;  ///< … or every frame
  bool is_live = true;       ///< what has passed is lost
};

/// What is known of a slice beyond its plan: what its device has told, and the nodes that it has been on.
struct Journey {
  std::vector<AlgorithmAccount> accounts;  ///< of the present part; one per algorithm, or none
  SliceProgress progress{};                ///< of the present part
  Instant part_from{};                     ///< when that began on its node, or to wait for one
  std::optional<Place> last_place;         ///< where the part before was
  SliceSoFar so_far;                       ///< of the parts that have ended on their nodes
  /// Until then a node may come that has it, from before the scheduler began anew; end_of_time: until the
  /// placement says where its device is.
  Instant asked_until = Instant::min();
  /// It had begun before the scheduler did: what has passed of it may have been analysed.
  bool had_begun = false;

  /// What is analysed of a span counts no longer.
  void give_up(Instant from, Instant to) {
    if (from < to) so_far.given_up.push_back({from, to});
  }
};

/// A slice that was begun and has no outcome yet: where it runs, and what is left of it.
struct RunningSlice {
  SliceKey key;
  Instant due_at{};                 ///< of what is left of it
  Instant ends_at{};                ///< end_of_time: until it is cancelled
  Duration media_from{0};           ///< of what is left
  std::optional<Place> place;       ///< none: it waits for a node
  std::uint32_t position : 24 = 0;  ///< of its device in the instance's list
  bool cut : 1 = false;
  bool is_cancelled : 1 = false;
  Reason late : 6 = Reason::late_start;  ///< why samples pass before it has a stream
  std::unique_ptr<Journey> journey;      ///< none: nothing is known of it

  Journey& make_journey();
  /// What its device has told, for `count` algorithms.
  std::vector<AlgorithmAccount>& accounts_of(std::size_t count);

  /// Its part on `node` ends at `now` for the reason `why`, with what was told of it so far; answers what
  /// that is. A live slice goes on with the next sample; what its node has not told of up to then is
  /// node_lost. Footage goes on with the first sample that was not told of: nothing is lost.
  SampleCount leave(std::string node, Instant now, std::string why, const Cadence& cadence,
                    std::size_t algorithms);

  /// What an earlier process of the scheduler's knew of its parts.
  void recall(const SliceSoFar& so_far);
  /// What it owed until `due` is dropped for `reason`: parts on nodes that nothing is known of any more.
  void skip(Instant due, Reason reason, const Cadence& cadence, std::size_t algorithms);

  /// What has passed before `to` counts no longer, as an earlier process may have had it analysed. False:
  /// there is nothing.
  bool give_up_passed(Instant to, std::size_t algorithms);

  /// Nothing more of it is done: the rest is dropped for `reason`. One without an end ends at `now`.
  void drop_rest(Reason reason, Instant now, const Cadence& cadence, std::size_t algorithms);

  [[nodiscard]] bool is_over() const { return due_at >= ends_at; }
  /// At `at` or soon after it, far from the instant of a sample: who leaves then loses none.
  [[nodiscard]] Instant between_samples(Instant at, const Cadence& cadence) const;

  /// Adds what was before to `row`, which has the account of its last part.
  void complete(SliceRow& row) const;
};
/// Of a row whose slice had begun before, and began anew at `due`: what had passed before its first frame is
/// given up.
void give_up_until_start(SliceRow& row, Instant due, const Cadence& cadence);
/// Of a row whose slice had begun before: what lies beyond as many samples as count is given up.
void give_up_rest(SliceRow& row, const Cadence& cadence);

// Of a large fleet many run at once.
static_assert(sizeof(RunningSlice) <= 56 && max_devices < (1U << 24U));

}  // namespace camfleet
