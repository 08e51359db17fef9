#pragma once

#include <cstdint>
#include <optional>

#include "actors/base/error.hpp"
#include "runtime/media/decoder.hpp"
#include "runtime/media/frame.hpp"
#include "simulator/camera/reel.hpp"

namespace camfleet::camera {

/// Decodes any frame of a synthetic camera, by its number.
class FilmReader {
 public:
  /// The loops of the reel are whole, or are waited for.
  FilmReader(const CameraSpec& camera, Reel reel, CameraFaults faults)
      : camera_(camera), clock_(camera), reel_(std::move(reel)), faults_(std::move(faults)) {}

  /// The picture of frame `number`; its media time counts from `opened_at`. Errors: those of the loop's
  /// making and of the decoder; corrupt.
  result<void> read(std::int64_t number, Instant opened_at, media::Frame& into);
  /// The same without the picture.
  result<void> pass(std::int64_t number) { return go_to(number, nullptr); }

 private:
  /// Decodes up to `number`, from its key frame unless it is on the way already.
  result<void> go_to(std::int64_t number, media::Frame* into);
  result<void> decode(std::int64_t number, media::Frame* into);

  CameraSpec camera_;
  CameraClock clock_;
  Reel reel_;
  CameraFaults faults_;
  std::optional<media::Decoder> decoder_;
  std::optional<std::int64_t> last_;  ///< the frame that was decoded last
};

}  // namespace camfleet::camera
