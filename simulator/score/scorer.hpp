#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <tuple>
#include <vector>

#include "actors/base/ids.hpp"
#include "actors/ledger/ledger.hpp"
#include "runtime/vision/engine.hpp"
#include "simulator/camera/camera_clock.hpp"
#include "simulator/score/matching.hpp"
#include "simulator/score/object_labels.hpp"
#include "simulator/score/score_sums.hpp"
#include "simulator/score/stay_book.hpp"
#include "simulator/score/truth_cache.hpp"

namespace camfleet::score {

/// What a scorer must know of a run beforehand.
struct Setting {
  struct Algorithm {
    std::string id;
    ClassSet owes;                       ///< empty: it has no score
    std::vector<scene::Scene> scenes{};  ///< that it is to look at: they are there even if no slice is due
  };
  struct Instance {
    std::uint32_t spf = 1;  ///< seconds, at least 1
    bool every_frame = false;
  };
  /// A camera was not well in [from, to).
  struct Fault {
    DeviceIx device;
    Instant from{};
    Instant to{};
    std::string kind{};  ///< for people
  };
  std::vector<Algorithm> algorithms;                       ///< by AlgorithmIx
  std::vector<Instance> instances;                         ///< by InstanceIx
  std::vector<std::optional<camera::CameraSpec>> cameras;  ///< by DeviceIx; nothing: no synthetic one
  std::vector<Fault> faults;
};

/// A sample that an algorithm looked at; boxes in pixels of a frame of `width` x `height`.
struct Finding {
  InstanceIx instance;
  DeviceIx device;
  AlgorithmIx algorithm;
  Instant due_at{};    ///< of the slice
  Instant at{};        ///< of the sample
  Instant frame_at{};  ///< of its frame
  int width = 0;       ///< above 0, as the height
  int height = 0;
  std::span<const vision::Box> boxes;
};

/// A slice that has ended.
struct EndedSlice {
  struct Account {
    AlgorithmIx algorithm;
    std::uint32_t due = 0;
    std::uint32_t analysed = 0;
  };
  SliceKey key;
  Instant ended_at{};
  bool is_done = false;
  std::vector<Account> algorithms;
};

/// Weighs findings against the truth of synthetic cameras: that of the sample's own instant, computed again.
/// The findings of a slice come before its end; of different slices in any order. Samples of a slice that is
/// done and that have no finding had no boxes. Slices that are not done, or during which their camera was not
/// well, are left out and counted. Memory grows with what was found in the slices that are open.
class Scorer {
 public:
  /// What one algorithm may find in one slice, boxes and samples alike; a slice with more is left out.
  static constexpr std::size_t max_found = 1'000'000;

  /// Of the scenes that an algorithm was to look at; null: not at that one.
  using Scenes = std::array<std::unique_ptr<SceneSums>, scene::scene_names.size()>;

  explicit Scorer(Setting setting, Truth truth = {});

  /// One more fault, before any slice ends during which it was under way.
  void add_fault(const Setting::Fault& fault);

  void found(const Finding& finding);
  void ended(const EndedSlice& slice);
  /// The samples of this device and algorithm that were found and belong to no slice (due at 0) are all there
  /// were.
  void ended_without_slice(InstanceIx instance, DeviceIx device, AlgorithmIx algorithm);

  [[nodiscard]] const Setting& setting() const { return setting_; }
  /// By AlgorithmIx.
  [[nodiscard]] const std::vector<Scenes>& sums() const { return sums_; }
  /// Samples with findings whose slice has not ended: of no row.
  [[nodiscard]] SampleSums unended(AlgorithmIx algorithm, scene::Scene scene) const;

 private:
  /// A sample in which something was found.
  struct Sighting {
    Instant at{};
    Instant frame_at{};
    std::uint32_t first = 0;  ///< of its boxes
    std::uint32_t count = 0;
    std::uint32_t unscored = 0;
  };
  /// What one algorithm found in a slice that is open.
  struct Found {
    std::vector<Sighting> sightings;
    std::vector<FoundBox> boxes;
    bool is_too_much = false;
  };
  using Key = std::tuple<InstanceIx, DeviceIx, Instant, AlgorithmIx>;
  /// One slice of one algorithm that is being scored.
  struct Look;

  /// The classes that count: which the algorithm owes and the truth of the camera's scene has.
  [[nodiscard]] ClassSet scored(DeviceIx device, AlgorithmIx algorithm) const;
  [[nodiscard]] bool is_scored(DeviceIx device, AlgorithmIx algorithm) const;
  SceneSums& sums_of(DeviceIx device, AlgorithmIx algorithm);
  [[nodiscard]] bool had_fault(DeviceIx device, Instant from, Instant to) const;
  void end_account(const EndedSlice& slice, const EndedSlice::Account& account);
  /// A look at what a device showed from `due_at` on.
  Look look_of(DeviceIx device, AlgorithmIx algorithm, Instant due_at, const Found& found);
  void score_sampled(Look& look, std::uint32_t samples, std::uint32_t spf);
  void score_every_frame(Look& look, std::uint32_t samples);
  void score_sample(Look& look, const SamplePlace& place, const Sighting* sighting);
  void count_boxes(Look& look, const std::vector<scene::Seen>& truth, std::span<const FoundBox> boxes);

  Setting setting_;
  TruthCache truths_;
  std::vector<std::vector<Setting::Fault>> faults_;  ///< by device
  std::vector<LoopTruth*> loops_;                    ///< by device; null: not needed yet
  std::vector<Scenes> sums_;
  std::map<Key, Found> open_;
  Matches matches_;
};

}  // namespace camfleet::score
