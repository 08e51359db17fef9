#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "actors/base/error.hpp"
#include "actors/base/time.hpp"
#include "actors/ledger/delays.hpp"
#include "actors/ledger/ledger.hpp"

namespace camfleet::sim {

/// What one node had to do in a run.
struct NodeUse {
  std::string id;
  std::uint32_t acu = 1;
  std::optional<Duration> core_time;  ///< none: not known
  Duration lasted{0};                 ///< the time over which that came
  std::optional<Duration> peak;  ///< the most that slices asked of it at one instant, in core time per second
  std::uint64_t slices = 0;      ///< that ran there, in whole or in part
  std::uint64_t samples = 0;     ///< that were due there
  std::uint64_t lost = 0;        ///< of which none was analysed or gated
};

/// What a run measured of itself, beside its ledger.
struct RunFacts {
  std::string scenario;
  std::uint64_t seed = 1;
  std::string_view world;     ///< "replay", "virtual", "real"
  bool is_repeatable = true;  ///< false: the fingerprint is null
  std::int64_t bound = 0;     ///< of concurrent slices
  std::uint64_t events = 0;
  Duration virtual_time{0};
  Duration wall{0};
  Duration cpu{0};
  std::optional<Duration> core;  ///< of decoding and analysis: modelled, or measured where that is known
  std::optional<Delays> delays;  ///< from a sample's instant until it was analysed; none where time waits
  std::uint64_t rss_bytes = 0;
  std::uint64_t findings = 0;         ///< samples in which something was found
  std::string findings_fingerprint;   ///< of what was found; empty: not repeatable
  nlohmann::ordered_json score;       ///< of what was found; null: no camera is synthetic
  std::vector<NodeUse> nodes;         ///< in their order; where one process carries everything, that process
  std::uint64_t answers_dropped = 0;  ///< what nodes said of slices that they did not have
  std::vector<std::string> waits{};   ///< of slices without an outcome: who waits for what, the first few
};

/// The document of summary.json, with the expectations weighed: `held` is null for one about delays in a
/// world that has none.
/// Errors: invalid_field when an expectation names what the summary does not have.
result<nlohmann::ordered_json> summarise(const RunFacts& facts, const Ledger& ledger,
                                         const std::vector<std::string>& expectations);

/// The row of a process that carries everything of the ledger itself.
NodeUse whole_of(NodeUse process, const Ledger& ledger);

/// True when no expectation in the summary failed.
bool all_held(const nlohmann::ordered_json& summary);

}  // namespace camfleet::sim
