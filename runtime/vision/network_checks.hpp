#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "actors/base/error.hpp"

namespace camfleet::vision {

/// Whether the bytes are a whole ONNX model whose every tensor holds as many values as its dimensions say,
/// and whose every node takes what is there. OpenCV 4.6 reads past the end of a tensor that holds fewer
/// values, and crashes on a node without its weights. Errors: model.
result<void> check_onnx(std::span<const std::uint8_t> bytes);

/// Whether the text is a darknet cfg whose sizes are in range; OpenCV 4.6 divides by some of them unchecked.
/// Errors: model, with the line.
result<void> check_darknet_cfg(std::string_view text);

}  // namespace camfleet::vision
