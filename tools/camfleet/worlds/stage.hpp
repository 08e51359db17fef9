#pragma once

#include <atomic>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "actors/ledger/ledger_book.hpp"
#include "actors/plan/roster.hpp"
#include "runtime/media/registry.hpp"
#include "runtime/plant/engine_set.hpp"
#include "runtime/plant/finding_log.hpp"
#include "runtime/plant/footage.hpp"
#include "runtime/plant/source_facts.hpp"
#include "simulator/camera/cameras.hpp"
#include "simulator/checker/checked_plan.hpp"
#include "simulator/fault.hpp"
#include "simulator/summary.hpp"
#include "tools/camfleet/cli/process.hpp"
#include "tools/camfleet/cli/work_meter.hpp"
#include "tools/camfleet/worlds/cameras.hpp"
#include "tools/camfleet/worlds/score_stage.hpp"
#include "tools/camfleet/worlds/sources.hpp"
#include "tools/camfleet/worlds/world.hpp"

namespace camfleet::cli {

/// What every world that runs a scenario is put together from: the roster, the algorithms, the
/// sources and the records. Its parts point at each other, so it stays where it was made.
class Stage {
 public:
  Stage(const sim::Scenario& scenario, const RunOptions& options, RunReport& report);
  Stage(const Stage&) = delete;
  Stage& operator=(const Stage&) = delete;

  /// What a device is by its URL. Errors: unsupported, by the world that cannot have it.
  using KindOf =
      std::function<result<DeviceKind>(const media::SourceUrl& url, const media::SourceRegistry& sources)>;
  /// Of a world that opens nothing: any will do.
  static result<DeviceKind> any_kind(const media::SourceUrl& url, const media::SourceRegistry& sources) {
    return plant::kind_of(url, sources);
  }

  /// What the algorithms are for: real pictures need their engines, modelled ones only their names.
  enum class Engines { loaded, modelled };

  /// Fills the roster, loads the algorithms, opens the records. Errors: those of the world's functions.
  result<void> set_up(const KindOf& kind_of, Engines engines = Engines::loaded);

  /// What the run has to do, for whoever checks what it did.
  [[nodiscard]] check::CheckedPlan plan() const;
  /// From then on no fault makes a difference.
  void set_healed(Instant at) { healed_ = at; }
  /// A signal has ended it then: what is due later is not known to be. `within`: how well that is known.
  void set_stopped(Instant at, Duration within) { stopped_ = {at, within}; }
  /// Hear of each slice that becomes due, of each row and of each sample in which something was found, from
  /// now on. Each may be empty.
  struct Observer {
    std::function<void(const SliceKey& key)> due;
    std::function<void(const SliceRow& row)> row;
    std::function<void(const Sample& sample)> found;
  };
  void observe(Observer observer) { observer_ = std::move(observer); }

  /// Closes the records and puts the report together. `facts` has what the world alone knows.
  result<void> wind_up(sim::RunFacts facts);

  /// How far the run is; what `speed` has it take still, unless that is the work's own.
  [[nodiscard]] RunState state(Instant now, const timing::Speed& speed = {std::nullopt}) const;
  [[nodiscard]] RunState finished() const { return {WorkMeter::whole, ended_, Duration(0)}; }

  [[nodiscard]] const Roster& roster() const { return roster_; }
  /// Of a world whose nodes come and go.
  [[nodiscard]] Roster& roster() { return roster_; }
  /// By AlgorithmIx; null for one that no instance has.
  [[nodiscard]] std::vector<const vision::Algorithm*> used_algorithms() const {
    return algorithms_of_instances();
  }
  [[nodiscard]] const media::SourceRegistry& sources() const { return sources_; }
  [[nodiscard]] plant::EngineSet& engines() { return *engines_; }
  [[nodiscard]] plant::FindingLog& findings() { return *findings_; }
  [[nodiscard]] LedgerBook& book() { return book_; }
  [[nodiscard]] ScoreStage& scoring() { return scoring_; }
  /// Once it is set up.
  [[nodiscard]] const vision::Catalogue& catalogue() const { return catalogue_; }
  [[nodiscard]] unsigned threads() const { return threads_; }
  /// By device; nothing for one that is no synthetic camera.
  [[nodiscard]] const Cameras& cameras() const { return cameras_; }
  /// What stands behind synthetic:// URLs.
  [[nodiscard]] camera::Library& library() { return films_.library(); }
  /// Those of the scenario, drawn, and where they befall a synthetic camera aligned with its stream.
  [[nodiscard]] const std::vector<sim::Fault>& faults() const { return faults_; }
  /// Those that befall the processes of a real run and the links between them.
  [[nodiscard]] const std::vector<sim::Fault>& process_faults() const { return process_faults_; }

 private:
  result<void> fill_roster(const KindOf& kind_of, Engines engines);
  result<DeviceEntry> device_entry(const sim::ScenarioDevice& device, const KindOf& kind_of) const;
  /// In a world that reads no footage nobody else says what is wrong with it.
  void measure(DeviceEntry& entry, bool says_problems);
  [[nodiscard]] std::vector<const vision::Algorithm*> algorithms_of_instances() const;
  /// Settles what the synthetic cameras are and what befalls them.
  result<void> set_cameras();
  /// Has the faults of processes and links by themselves.
  void set_process_faults_apart();
  /// Leaves out the faults that befall no synthetic camera; how many.
  std::size_t keep_film_faults();
  /// Makes the loops of the cameras that are not there.
  result<void> make_loops();
  result<void> load_algorithms();
  result<void> open_records();
  result<void> close_records();
  result<void> close_ledger();
  void note_ledger();
  void record(const SliceRow& row, std::string_view line);
  [[nodiscard]] nlohmann::ordered_json algorithms_used() const;
  void list_devices();
  void list_algorithms();

  const Stopwatch watch_;
  const sim::Scenario* scenario_;
  const RunOptions* options_;
  RunReport* report_;
  unsigned threads_;
  Roster roster_;
  vision::Catalogue catalogue_;
  media::SourceRegistry sources_ = all_sources();
  plant::SourceFacts own_footage_;
  camera::Cameras films_;
  Cameras cameras_;
  std::vector<sim::Fault> faults_;
  std::vector<sim::Fault> process_faults_;
  std::unique_ptr<plant::EngineSet> engines_;
  std::optional<plant::FindingLog> findings_;
  std::optional<WorkMeter> meter_;
  ScoreStage scoring_;
  LedgerBook book_;
  std::optional<Instant> healed_;
  std::optional<std::pair<Instant, Duration>> stopped_;
  Observer observer_;
  std::ofstream ledger_file_;
  int ledger_reason_ = 0;  ///< errno of what failed first
  std::atomic<std::uint64_t> ended_ = 0;
  std::unordered_map<std::uint64_t, DeviceReport> by_device_;  ///< by instance and device
  std::vector<SampleSums> by_algorithm_;                       ///< by AlgorithmIx
};

}  // namespace camfleet::cli
