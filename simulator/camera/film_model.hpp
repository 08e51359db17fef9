#pragma once

#include <string>

#include "simulator/camera/camera_clock.hpp"
#include "simulator/camera/camera_faults.hpp"

namespace camfleet::camera {

/// What a synthetic camera sends when, without a picture of it: the same as SyntheticSource does, for worlds
/// whose time is virtual. Faults are aligned.
class FilmModel {
 public:
  /// What the reader of a live stream does about it.
  struct Patience {
    Duration open_deadline = seconds(10);  ///< a slower open fails
    Duration stall = seconds(5);           ///< without a packet for so long the stream has broken off
    Duration undecoded = seconds(1);       ///< without a picture for so long a sample is lost
  };

  FilmModel(const CameraSpec& camera, CameraFaults faults, std::string device, const Patience& patience)
      : clock_(camera), faults_(std::move(faults)), device_(std::move(device)), patience_(patience) {}

  struct Opening {
    bool opens = true;
    Instant at;     ///< when that is known
    Instant first;  ///< the first frame that can be decoded
  };
  /// Of a connection that is begun at `now`.
  [[nodiscard]] Opening open(Instant now) const;

  struct Shot {
    enum class Fate { picture, lost, gone };
    Fate fate = Fate::picture;
    std::int64_t frame = 0;
    Instant filmed;
    Instant
        comes;  ///< when the picture has come, when the sample is known to be lost, or the stream to be gone
  };
  /// The first picture that was filmed at `from` or later.
  [[nodiscard]] Shot shot(Instant from) const;
  /// The first frame that a sample takes which is due at `due` and is asked for at `asked`; a stream keeps
  /// what came since the last key frame.
  [[nodiscard]] Instant from_of(Instant due, Instant asked) const;

  [[nodiscard]] const CameraClock& clock() const { return clock_; }
  [[nodiscard]] const CameraFaults& faults() const { return faults_; }

 private:
  [[nodiscard]] Instant group_of(Instant at) const;

  CameraClock clock_;
  CameraFaults faults_;
  std::string device_;
  Patience patience_;
};

}  // namespace camfleet::camera
