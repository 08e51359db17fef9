#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "simulator/checker/checker.hpp"
#include "simulator/modelled_kernel.hpp"

namespace camfleet::sim {

/// Live cameras under one instance on the kernel with the modelled plant: 01:00 to 01:02 UTC, one sample
/// every five seconds.
struct ModelledWorld {
  std::uint32_t cameras = 1;
  std::uint32_t tapes = 0;  ///< looped footage, after the cameras
  std::uint32_t nodes = 0;  ///< each with `workers` ACU; 0: the scheduler's process carries all
  std::uint32_t workers = 4;
  std::optional<std::uint32_t> cores{};  ///< that the plant has; none: as many as workers
  bool counted = false;
  std::uint64_t lose_one_in = 0;
  std::uint64_t loses = 0;  ///< as KernelSettings has it
  bool is_checked = false;  ///< the checker looks at it, which takes all to be well from the start
  std::uint64_t seed = 1;
  Models models;
  std::vector<Fault> faults;
  std::vector<Instant> joins{};  ///< by node: when it begins; of further ones at the start
  nlohmann::json fields = nlohmann::json::object();  ///< over the instance's
  std::optional<Instant> removed_at{};               ///< when the instance is deleted
  const char* url = "rtsp://camera";                 ///< of all cameras
  const char* tape_url = "file:///tape.mp4";
  std::optional<camera::CameraSpec> film{};    ///< what all cameras are, if they are synthetic
  std::function<void(Instant)> after_event{};  ///< called instead of keeping when each was handled

  static Instant at(const std::string& time) { return parse_iso("2026-03-01T" + time + "Z").value(); }

  struct Run {
    std::vector<std::string> waits;  ///< of slices without an outcome
    std::vector<nlohmann::json> rows;
    std::string ledger;           ///< all lines
    std::vector<Instant> events;  ///< when each was handled
    LedgerTotals totals;
    std::uint64_t analyses = 0;     ///< by the plant
    std::uint64_t found_again = 0;  ///< samples that were analysed twice, of those with findings
    std::vector<NodeUse> nodes;     ///< without nodes, that of the one process
    Duration core_time{0};
    std::string plan_fingerprint;
    std::vector<std::string> breaches;  ///< that the checker found
    std::string broken;                 ///< the first invariant that did not hold; empty: all did
  };

  static Instant start() { return at("00:59:00"); }

  [[nodiscard]] std::unique_ptr<Roster> make_roster() const {
    auto made = std::make_unique<Roster>();
    Roster& roster = *made;
    for (const char* id : {"1", "2", "3"}) roster.add_algorithm(id).value();
    nlohmann::json instance = {{"InstanceName", "watch"},
                               {"AlgorithmType", "PICTURE"},
                               {"Algorithms", {{{"AlgorithmId", "2"}, {"AlgorithmName", "person"}}}},
                               {"ScheduleType", "EVERYDAY"},
                               {"ScheduleTimes", {{{"StartTime", "01:00:00"}, {"EndTime", "01:02:00"}}}},
                               {"ComputePictureValue", 5},
                               {"Zone", "UTC"}};
    instance["Devices"] = nlohmann::json::array();
    for (std::uint32_t i = 0; i < cameras + tapes; ++i) {
      const bool live = i < cameras;
      const std::string id = live ? "cam-" + std::to_string(i) : "tape-" + std::to_string(i - cameras);
      const DeviceKind kind = live ? DeviceKind::live : DeviceKind::recorded;
      roster.add_device({id, "", live ? url : tape_url, kind, Duration(0), 0}).value();
      instance["Devices"].push_back({{"DeviceId", id}, {"StartStream", true}});
    }
    if (nodes > 0) roster.use_placement().value();
    for (std::uint32_t i = 0; i < nodes; ++i)
      roster.add_node({"node-" + std::to_string(i), {.acu = workers}}).value();
    instance.update(fields);
    roster.add_instance("watch", parse_instance(instance, {}).value(), start()).value();
    return made;
  }

  [[nodiscard]] Run run() const {
    const auto made = make_roster();
    const Roster& roster = *made;
    Run result;
    std::optional<check::Checker> checker;
    std::optional<check::AnalysisWatch> watch;
    if (is_checked) {
      check::CheckedPlan plan = check::plan_of(roster, start(), at("02:00:00"));
      plan.healed = start() - hours(48);
      checker.emplace(std::move(plan));
      watch.emplace(checker->breaches());
    }
    LedgerBook book(roster, [&](const SliceRow& row, std::string_view line) {
      if (checker) {
        watch->ended(row);
        checker->row(row).value();
      }
      result.rows.push_back(nlohmann::json::parse(line));
      result.ledger += line;
    });
    EventQueue queue(start());
    const std::vector films(cameras + tapes, film);
    ModelledPlant plant({.roster = &roster,
                         .queue = &queue,
                         .book = &book,
                         .workers = cores.value_or(workers),
                         .cameras = film ? &films : nullptr,
                         .joins = joins},
                        models, seed, faults);
    if (counted) plant.count_samples(at("02:00:00"));
    const KernelSettings settings{.seed = seed,
                                  .until = at("02:00:00"),
                                  .analyzer = {.workers = workers, .queue_limit = 64},
                                  .device = {},
                                  .lose_one_in = lose_one_in,
                                  .loses = loses,
                                  .costs = models.costs,
                                  .faults = faults,
                                  .joins = joins,
                                  .watch = checker ? &*watch : nullptr};
    Kernel<ModelledPlant> kernel(roster, queue, plant, settings);
    kernel.add_instance(InstanceIx{0});
    if (removed_at) kernel.remove_instance(InstanceIx{0}, *removed_at);
    while (kernel.step()) {
      if (after_event)
        after_event(queue.now());
      else
        result.events.push_back(queue.now());
    }
    if (checker) {
      watch->close();
      checker->close();
      result.breaches = checker->breaches().lines();
    }
    result.waits = kernel.waits(3);
    result.analyses = plant.analyses();
    result.found_again = plant.found_again();
    result.core_time = plant.core_time();
    const Duration lasted = queue.now() - start();
    result.nodes = plant.loads().of_nodes(lasted);
    if (nodes == 0)
      result.nodes = {whole_of(plant.loads().of_process("local", workers, lasted), book.ledger())};
    result.totals = book.ledger().totals();
    result.plan_fingerprint = book.ledger().plan_fingerprint();
    if (const auto closed = book.closed(); !closed.has_value()) result.broken = closed.error().line();
    if (const auto closed = plant.closed(); !closed.has_value()) result.broken += closed.error().line();
    return result;
  }
};

}  // namespace camfleet::sim
