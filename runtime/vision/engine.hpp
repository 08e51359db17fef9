#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "actors/base/error.hpp"

namespace camfleet::vision {

/// A picture to look at, owned by somebody else: packed BGR, 8 bits a channel, top row first.
struct ImageView {
  const std::uint8_t* bgr = nullptr;
  int width = 0;
  int height = 0;
  int stride = 0;  ///< bytes from a row to the next
};

/// What was seen at one place. Pixels of the picture, clipped to it; w, h ≥ 1.
struct Box {
  std::string label;
  float score = 0;  ///< 0 to 1
  int x = 0;
  int y = 0;
  int w = 0;
  int h = 0;
};

/// What an engine remembers from picture to picture of one slice (motion: the last picture). Most have none.
class EngineState {
 public:
  virtual ~EngineState() = default;
};

/// One loaded algorithm. Not thread-safe: each thread of the inference pool has its own.
class Engine {
 public:
  virtual ~Engine() = default;

  /// A fresh memory for one slice; null when the engine keeps none.
  [[nodiscard]] virtual std::unique_ptr<EngineState> new_state() const { return nullptr; }

  /// Finds boxes in `image`, best score first; `out` is emptied first. `state` is what new_state() gave for
  /// this slice. Repeatable: the same picture and state give the same boxes. Errors: model; invalid_field
  /// or too_large for a picture without pixels or with a side over 8192.
  virtual result<void> analyse(const ImageView& image, EngineState* state, std::vector<Box>& out) = 0;
};

}  // namespace camfleet::vision
