#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "actors/error.hpp"
#include "actors/ledger.hpp"
#include "runtime/plant/problem_log.hpp"
#include "simulator/scenario.hpp"

namespace camfleet::cli {

struct ReplayOptions {
  std::filesystem::path out;  ///< folder for the records; empty: none are written
  std::string models;         ///< folder of models to look in first; empty: the standard ones
  std::string catalogue;      ///< a catalogue file that adds to the built-in one; empty: none
  unsigned threads = 0;       ///< of inference; 0 = the machine's cores
};

/// What one device did for one instance.
struct DeviceReport {
  std::string instance;
  std::string device;
  std::array<std::uint64_t, 4> slices{};  ///< by Outcome
  std::uint64_t due = 0;
  std::uint64_t analysed = 0;
  std::uint64_t found = 0;       ///< samples in which something was found
  Reason reason = Reason::none;  ///< of the last slice that was not done
};

/// How an algorithm was run.
struct AlgorithmReport {
  std::string id;
  std::string name;
  std::string engine;
  std::string absent;  ///< model files whose absence ruled out the catalogue's first choice; empty: none
};

struct ReplayReport {
  nlohmann::ordered_json summary;
  std::vector<DeviceReport> devices;        ///< in the order of the roster
  std::vector<AlgorithmReport> algorithms;  ///< those that were used, by id
  plant::ProblemLog problems;
};

/// Called now and then with the share of the span that has passed, in thousandths, and the slices that have
/// ended.
using ReplayProgress = std::function<void(std::uint64_t thousandths, std::uint64_t slices)>;

/// Runs a scenario on the kernel with the real plant: every file:// and pictures:// device is decoded and
/// analysed for real, in virtual time. Errors: unsupported (a device that cannot be replayed), unknown_id,
/// model, io, broken_invariant.
result<ReplayReport> run_replay(const sim::Scenario& scenario, const ReplayOptions& options,
                                const ReplayProgress& progress);

}  // namespace camfleet::cli
