#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "actors/base/error.hpp"
#include "actors/ledger/ledger.hpp"
#include "actors/plan/capacity.hpp"
#include "runtime/plant/finding_log.hpp"
#include "runtime/plant/problem_log.hpp"
#include "runtime/time/timekeeper.hpp"
#include "simulator/fault.hpp"
#include "simulator/rare_situations.hpp"
#include "simulator/scenario.hpp"

namespace camfleet::plant {
class SourceFacts;
}

namespace camfleet::cli {

struct RunOptions {
  std::filesystem::path out;  ///< folder for the records; empty: none are written
  bool ledger = true;         ///< false: no ledger.jsonl and no fingerprint
  std::string models;         ///< folder of models to look in first; empty: the standard ones
  std::string catalogue;      ///< a catalogue file that adds to the built-in one; empty: none
  unsigned threads = 0;       ///< that decode and analyse; 0 = the machine's cores
  timing::Speed speed;        ///< of the real world
  std::uint32_t nodes = 0;    ///< processes of the real world that carry devices; 0: this one does
  std::vector<std::string> node_arguments;   ///< of each of them
  std::vector<Instant>* instants = nullptr;  ///< gets those at which something happened in the virtual world
  plant::SourceFacts* footage = nullptr;     ///< what other runs have looked at too
  std::optional<Costs> costs;                ///< of the virtual world, in the place of the scenario's
  std::uint64_t camera_cache = std::uint64_t{2}
                               << 30U;  ///< bytes that the loops of synthetic cameras may take
  bool film_faults_alone = false;       ///< faults that befall no synthetic camera are left out in each world
  /// Hears how many of the loops that the run needs are there; false stops their making. May be empty.
  std::function<bool(std::size_t made, std::size_t all)> filming;
};

/// What one device did for one instance.
struct DeviceReport {
  std::string instance;
  std::string device;
  std::array<std::uint64_t, 4> slices{};  ///< by Outcome
  std::uint64_t due = 0;
  std::uint64_t analysed = 0;
  std::uint64_t found = 0;       ///< samples in which something was found
  Reason reason = Reason::none;  ///< of the last slice that was not done; this and the next
  std::string detail{};          ///< see SliceRow
};

/// Samples of one algorithm.
struct SampleSums {
  std::uint64_t due = 0;
  std::uint64_t analysed = 0;
  std::uint64_t gated = 0;
};

/// How an algorithm was run, and what came of it.
struct AlgorithmReport {
  std::string id;
  std::string name;
  std::string engine;
  std::string absent;  ///< model files whose absence ruled out the catalogue's first choice; empty: none
  SampleSums samples{};
  plant::AlgorithmFindings found{};  ///< those that have a line in findings.jsonl
};

struct RunReport {
  nlohmann::ordered_json summary;
  std::vector<DeviceReport> devices;        ///< in the order of the roster
  std::vector<AlgorithmReport> algorithms;  ///< those that were used, by id
  plant::ProblemLog problems;
  Duration work{0};  ///< CPU of decoding and inference, where it was measured
  /// Why parts of slices ended that went on elsewhere, and how many did.
  std::map<std::string, std::uint64_t, std::less<>> moved;
  std::string stopped_by;  ///< the signal that ended the run early; empty: none
  /// That befell it in the virtual world, by kind.
  std::array<std::uint64_t, sim::fault_names.size()> faults{};
  /// That a cluster of the virtual world came to; of others nothing.
  sim::RareSituations::Counts situations{};
};

/// How far a run is.
struct RunState {
  std::uint64_t done = 0;        ///< of its work, in millionths
  std::uint64_t slices = 0;      ///< that have ended
  std::optional<Duration> left;  ///< how long it takes still, where the clock says it
};

/// Called now and then.
using RunProgress = std::function<void(const RunState& state)>;

/// Runs a scenario on the kernel with the real plant: every file:// and pictures:// device is decoded and
/// analysed for real, in virtual time. Errors: unsupported (a device that cannot be replayed), unknown_id,
/// model, io, broken_invariant.
result<void> run_replay(const sim::Scenario& scenario, const RunOptions& options, const RunProgress& progress,
                        RunReport& report);

/// Runs a scenario on the kernel with the modelled plant: every scheme is accepted, none is opened; the
/// node's ACU are the analyses at once. Errors: unknown_id, io, limit, broken_invariant.
result<void> run_virtual(const sim::Scenario& scenario, const RunOptions& options,
                         const RunProgress& progress, RunReport& report);

/// Refuses what run_virtual refuses before it begins; says in the report what is wrong with footage. The
/// faults that its seed draws, a line each, by time.
result<std::vector<std::string>> check_virtual(const sim::Scenario& scenario, const RunOptions& options,
                                               RunReport& report);

/// Runs a scenario on CAF's threads with the real plant, in real time or at `options.speed`, which live
/// sources refuse (bad_usage). SIGINT or SIGTERM ends it early: what runs is cancelled and accounted for; a
/// second one ends the program at once. Errors as run_replay.
result<void> run_real(const sim::Scenario& scenario, const RunOptions& options, const RunProgress& progress,
                      RunReport& report);

}  // namespace camfleet::cli
