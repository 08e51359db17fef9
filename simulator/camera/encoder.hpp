#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "actors/base/error.hpp"
#include "actors/spec/spec.hpp"
#include "simulator/scene/renderer.hpp"

namespace camfleet::camera {

/// One picture of a stream. H.264 and H.265 in Annex B form, with the parameter sets before each key frame.
struct EncodedFrame {
  std::vector<std::uint8_t> bytes;
  bool is_key = false;
  std::size_t slices_at = 0;  ///< where the first slice's unit begins; 0: the codec has no units
};

/// Encodes pictures one after the other; none is held back. One encoder on one thread gives the same bytes
/// for the same pictures.
class Encoder {
 public:
  struct Settings {
    Coding codec = Coding::h264;  ///< any but mpeg4
    FrameSize size{1280, 720};    ///< even both ways
    std::uint32_t fps = 25;
    std::uint32_t kbps = 2000;
  };

  /// Errors: unsupported: this machine's FFmpeg has no such encoder; limit: no memory.
  static result<std::unique_ptr<Encoder>> make(const Settings& settings);

  Encoder() = default;
  virtual ~Encoder() = default;
  Encoder(const Encoder&) = delete;
  Encoder& operator=(const Encoder&) = delete;

  /// `key` makes a key frame; otherwise there is none but the first. Errors: broken_invariant: the encoder
  /// failed, with its words.
  virtual result<EncodedFrame> encode(const scene::Planes& picture, bool key) = 0;
};

}  // namespace camfleet::camera
