#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "actors/base/time.hpp"
#include "simulator/camera/camera_clock.hpp"
#include "simulator/scene/scene.hpp"
#include "simulator/score/score_sums.hpp"

namespace camfleet::score {

/// A sample's place: the frame that it has, and when that begins.
struct SamplePlace {
  std::int64_t frame = 0;
  Instant at{};
};

/// The stays of objects in one slice, sample by sample in order of time: an object's time in view as far as
/// the slice looked. What was in view before the slice was due came when it was due.
class StayBook {
 public:
  /// `stays` by id and time, as long as the book is used.
  StayBook(const std::vector<scene::Stay>& stays, const camera::CameraClock& clock, Instant due_at)
      : stays_(&stays), clock_(&clock), due_at_(due_at) {}

  /// An object that was in view in a sample, and whether it was found there.
  void note(const SamplePlace& sample, std::uint32_t object, bool is_found);

  /// Adds what the slice knows.
  void close(SampleSums& into) const;

 private:
  struct Entry {
    std::uint32_t stay = 0;  ///< position in the list
    std::int64_t loop = 0;   ///< the frame with which the loop began in which it began
    Instant begin{};
    std::optional<Instant> found;
  };
  static constexpr std::uint32_t nothing = UINT32_MAX;

  /// The stay that an object is in; its position, and where it began.
  [[nodiscard]] std::optional<Entry> entry_of(const SamplePlace& sample, std::uint32_t object) const;

  const std::vector<scene::Stay>* stays_;
  const camera::CameraClock* clock_;
  Instant due_at_;
  std::vector<Entry> entries_;
  std::vector<std::uint32_t> last_;  ///< by object: its last entry
};

}  // namespace camfleet::score
