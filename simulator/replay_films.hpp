#pragma once

#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "actors/machines/plant.hpp"
#include "actors/machines/protocol.hpp"
#include "actors/plan/roster.hpp"
#include "simulator/camera/film_reader.hpp"
#include "simulator/camera/library.hpp"
#include "simulator/event_queue.hpp"
#include "simulator/fault.hpp"
#include "simulator/films.hpp"

namespace camfleet::sim {

/// The synthetic cameras of a replay: what each sends at a virtual instant, decoded for real.
class ReplayFilms {
 public:
  struct Parts {
    const Roster* roster;
    EventQueue* queue;
    camera::Library* library;
    const std::vector<std::optional<camera::CameraSpec>>* cameras;  ///< by device
    const std::vector<Fault>* faults;                               ///< as draw_faults gives them, aligned
  };
  explicit ReplayFilms(const Parts& parts);

  [[nodiscard]] bool holds(DeviceIx device) const { return films_[device.value] != nullptr; }
  [[nodiscard]] const camera::FilmModel& film(DeviceIx device) const { return *films_[device.value]; }
  /// In order.
  [[nodiscard]] std::span<const Fault> faults_of(DeviceIx device) const;
  /// When connections of a device are cut off by its faults, in order.
  [[nodiscard]] std::vector<Instant> breaks_of(DeviceIx device) const;

  /// Opens a stream whose first frame is `first`. Errors: those of Reel::open.
  result<void> open(DeviceIx device, StreamIx stream, Instant opened_at, Instant first);
  [[nodiscard]] bool is_open(DeviceIx device, StreamIx stream) const {
    return open_.contains({device, stream});
  }
  void close(DeviceIx device, StreamIx stream) { open_.erase({device, stream}); }
  /// The streams of a device that are open, all of which are closed.
  std::vector<StreamIx> break_off(DeviceIx device, Instant now);

  /// What a read gets. The stream is open.
  [[nodiscard]] camera::FilmModel::Shot shot(DeviceIx device, const ReadRequest& request);
  /// Decodes it. Errors: those of FilmReader::read.
  result<void> read(DeviceIx device, StreamIx stream, const camera::FilmModel::Shot& shot,
                    media::Frame& into);

 private:
  struct Open {
    camera::FilmReader reader;
    Instant opened_at;
    Instant first;  ///< the first frame that can be decoded
    std::map<std::uint32_t, std::pair<std::uint32_t, Instant>> last_given{};  ///< by slot: use, every frame
  };

  Parts parts_;
  Films films_;
  std::map<std::pair<DeviceIx, StreamIx>, Open> open_;
};

}  // namespace camfleet::sim
