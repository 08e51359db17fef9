#pragma once

#include <string>
#include <vector>

namespace camfleet::vision::testing {

/// An ONNX file with one Reshape: input 1x3x8x8 → output 1x24x8, so that each row of 8 pixels of a colour
/// plane is a row of a yolov5 output with three classes. `shape_values` other than 3 makes the shape's tensor
/// lie about itself.
std::string tiny_onnx(std::size_t shape_values = 3, const std::string& node_takes = "shape");

/// A darknet network for 32x32 pictures: one convolution and a [yolo] layer with one class and one anchor.
std::string tiny_cfg();

/// Its weights: a header and as many zeros as the cfg needs, `more` more (or, below 0, fewer).
std::string tiny_weights(int more = 0);

}  // namespace camfleet::vision::testing
