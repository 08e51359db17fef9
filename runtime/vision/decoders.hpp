#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "actors/base/error.hpp"
#include "runtime/vision/boxes.hpp"
#include "runtime/vision/tensor.hpp"

namespace camfleet::vision {

/// What a decoder needs to know besides the outputs.
struct DecodeContext {
  int width = 0;    ///< of the network's input, pixels
  int height = 0;   ///< of the network's input, pixels
  int classes = 1;  ///< number of labels
  float score_threshold = 0.5F;
};

using Decoder = result<std::vector<Detection>> (*)(std::span<const Tensor>, const DecodeContext&);

/// One way in which networks write boxes: what `output:` of the catalogue calls it, and how it is read.
struct OutputLayout {
  std::string_view name;
  Decoder decode;
};

/// Every layout that can be read, in alphabetical order. A decoder gives the candidates from the score
/// threshold up, in the order of the output, in pixels of the network's input. Errors: model, when a shape is
/// not the expected one (both are named) or a value is not a number.
std::span<const OutputLayout> output_layouts();

/// The layout of that name, or null.
const OutputLayout* find_layout(std::string_view name);

/// The names, separated by commas.
std::string layout_names();

}  // namespace camfleet::vision
