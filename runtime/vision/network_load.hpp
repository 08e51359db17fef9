#pragma once

#include <string>
#include <vector>

#include <opencv2/dnn.hpp>

#include "actors/base/error.hpp"

namespace camfleet::vision {

/// Loads a network for one CPU thread: "onnx" from one file, "darknet" from a cfg and its weights.
/// Errors: model (empty, truncated, not of its format, cfg and weights of different networks).
result<cv::dnn::Net> load_network(const std::string& engine, const std::vector<std::string>& files);

}  // namespace camfleet::vision
