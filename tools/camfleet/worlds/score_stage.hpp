#pragma once

#include <filesystem>
#include <memory>
#include <mutex>
#include <variant>
#include <vector>

#include <nlohmann/json.hpp>

#include "actors/machines/protocol.hpp"
#include "actors/plan/roster.hpp"
#include "runtime/media/frame.hpp"
#include "runtime/vision/catalogue.hpp"
#include "simulator/fault.hpp"
#include "simulator/score/camera_file.hpp"
#include "tools/camfleet/worlds/cameras.hpp"

namespace camfleet::cli {

/// The part of a run that scores what is found by synthetic cameras. Samples and rows may come from any
/// thread.
class ScoreStage {
 public:
  /// Nothing is scored where no camera is synthetic, and where samples are counted: they leave no findings.
  void set_up(const Roster& roster, const Cameras& cameras, const vision::Catalogue& catalogue, bool counted);

  /// What runs while its camera has a fault is left out. Before the run begins.
  void add_faults(const std::vector<sim::Fault>& faults);

  /// From now on found() and ended() may be called from any thread, and drain() is to be called a few times
  /// in a second.
  void keep_for_later() { keeps_ = true; }
  /// Scores what came since the last time.
  void drain();

  void found(const Sample& sample, const media::Frame& frame, const std::vector<vision::Box>& boxes);
  void ended(const SliceRow& row);

  /// `score` of summary.json; null: nothing is scored. Once nothing runs, as write().
  [[nodiscard]] nlohmann::ordered_json document();
  /// Writes cameras.json, where something is scored. Errors: io.
  [[nodiscard]] result<void> write(const std::filesystem::path& folder) const;

 private:
  /// A finding with boxes of its own.
  struct KeptFinding {
    score::Finding finding;
    std::vector<vision::Box> boxes;
  };

  const Roster* roster_ = nullptr;
  score::NamedSetting names_;  ///< without its setting, which the scorer has
  std::unique_ptr<score::Scorer> scorer_;
  bool keeps_ = false;
  std::mutex mutex_;
  std::vector<std::variant<KeptFinding, score::EndedSlice>> kept_;  ///< in the order in which it came
};

}  // namespace camfleet::cli
