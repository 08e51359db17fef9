#pragma once

#include <memory>
#include <string>

#include "runtime/media/source.hpp"

namespace camfleet::media {

/// How a recorded source is laid out in time: the query keys "start" and "loop".
struct Playback {
  Duration start{0};  ///< target 0 is this far into the media
  bool loop = false;  ///< a target past the end wraps by the media's length
};

/// Reads `?start=SECONDS` and `?loop=0|1`. Errors: invalid_field.
result<Playback> playback_of(const SourceUrl& url);

/// `source` with its targets moved by `playback.start` and, when it loops, wrapped by its length; media times
/// move and go on growing alike. A looped source has no length and never ends; where its announced length is
/// longer than the media, or the end is cut off, targets in that tail give the first frame. A length that is
/// not announced counts from when the source has told it, at the latest at its end. Errors: invalid_field
/// when the start is past the end of media that does not loop.
result<std::unique_ptr<Source>> with_playback(std::unique_ptr<Source> source, Playback playback,
                                              const std::string& where);

}  // namespace camfleet::media
