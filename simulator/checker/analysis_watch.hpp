#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <vector>

#include "actors/base/time.hpp"
#include "actors/ledger/ledger.hpp"
#include "actors/machines/protocol.hpp"
#include "simulator/checker/breaches.hpp"

namespace camfleet::check {

/// Looks at the messages of a run as they arrive: no sample is analysed twice by whoever runs its slice; no
/// slice is analysed on one node once another one has begun it, but for the moment in which a process that
/// stood still comes to; no row counts a sample that nobody has had analysed; and each sample that is given
/// to an analyzer is answered, unless their process ends.
class AnalysisWatch {
 public:
  explicit AnalysisWatch(Breaches& breaches) : breaches_(&breaches) {}

  /// A device is told to begin a slice, or to go on with it: from when it is said, as it may come late.
  void saw(ActorId to, const BeginSlice& message);
  /// It goes on where it runs since before the scheduler began anew.
  void saw(ActorId to, const RenameSlice& message);
  /// A sample has come to an analyzer.
  void saw(Instant now, ActorId to, const Sample& message);
  /// A device has given a sample to the analyzer of its process.
  void gave(Place place) { ++open_samples(place); }
  /// A device has its answer.
  void answered(Place place) { --open_samples(place); }
  /// What was on its way in a process is gone with it.
  void process_ended(Place place) { open_samples(place) = 0; }
  /// The slice has its row; `every_frame`: as its instance wants it.
  void ended(const SliceRow& row);
  /// The run is over.
  void close();

 private:
  /// From the first thing that a process does that stood still until it has noticed: what waited for it is
  /// handled before its timers are.
  static constexpr Duration coming_to = milliseconds(100);

  /// Samples of one algorithm, by when they are of.
  class Samples {
   public:
    /// False: it was there.
    bool add(Duration since_due, bool every_frame);
    void clear();
    [[nodiscard]] std::uint64_t count() const { return count_; }

   private:
    std::vector<std::uint64_t> seconds_;  ///< bits, one per second
    std::set<Duration> frames_;           ///< of every frame
    std::uint64_t count_ = 0;
  };
  struct Open {
    SliceKey key;
    Place place;
    std::map<Place, Instant> strays{};  ///< where it was analysed elsewhere since then, and when first
    bool every_frame = false;
    std::vector<Samples> present;  ///< by algorithm: of whoever runs it now
    std::vector<Samples> all;      ///< of everybody who did; empty: nobody did before
  };
  [[nodiscard]] Open* find(const SliceKey& key);
  std::int64_t& open_samples(Place place) {
    if (place.number >= open_samples_.size()) open_samples_.resize(place.number + 1U);
    return open_samples_[place.number];
  }
  [[nodiscard]] static std::string name(const SliceKey& key);

  Breaches* breaches_;
  std::vector<std::vector<std::unique_ptr<Open>>> open_;  ///< by device
  std::vector<std::int64_t> open_samples_;                ///< by place: given, and not answered
};

}  // namespace camfleet::check
