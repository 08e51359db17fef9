#pragma once

#include "runtime/media/ffmpeg.hpp"
#include "runtime/media/frame.hpp"

namespace camfleet::media {

/// Turns decoded pictures into BGR as a player shows them: of shown_size(), turned by turn_of(), with the
/// range and the matrix that the picture names. One that names no matrix is BT.709 from 1280×577 up, else
/// BT.601.
class Converter {
 public:
  /// False when the pixel format cannot be converted; `into` then holds nothing of use. Keeps
  /// `into.media_time`.
  bool convert(const AVFrame& picture, Frame& into);

 private:
  struct Form {
    int width = 0;
    int height = 0;
    int shown_width = 0;  ///< before it is turned
    AVPixelFormat format = AV_PIX_FMT_NONE;
    int matrix = 0;
    bool full_range = false;
    friend bool operator==(const Form&, const Form&) = default;
  };
  static Form form_of(const AVFrame& picture);
  bool prepare(const Form& form);

  Form form_;
  FfmpegPtr<SwsContext> context_;
};

}  // namespace camfleet::media
