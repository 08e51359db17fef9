#pragma once

#include <string_view>

#include "actors/spec/spec.hpp"
#include "runtime/media/ffmpeg.hpp"

namespace camfleet::camera {

/// FFmpeg's number of a codec that synthetic cameras have.
inline AVCodecID codec_id(Coding codec) {
  switch (codec) {
    case Coding::h265:
      return AV_CODEC_ID_HEVC;
    case Coding::vp8:
      return AV_CODEC_ID_VP8;
    case Coding::vp9:
      return AV_CODEC_ID_VP9;
    default:
      return AV_CODEC_ID_H264;
  }
}

}  // namespace camfleet::camera
