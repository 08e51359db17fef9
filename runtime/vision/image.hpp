#pragma once

#include <opencv2/core.hpp>

#include "actors/base/error.hpp"
#include "runtime/vision/boxes.hpp"
#include "runtime/vision/engine.hpp"

namespace camfleet::vision {

constexpr int max_picture_side = 8'192;  ///< pixels; 8K pictures fit

/// Errors: invalid_field (no pixels, no size, a stride below 3 × width), too_large (a side over
/// max_picture_side).
result<void> check_picture(const ImageView& image);

/// The picture as a matrix over the same memory; it is only read. Precondition: check_picture.
cv::Mat matrix_of(const ImageView& image);

/// Resizes into `out` (width × height, BGR), stretched, or with its aspect kept and `pad` grey around it; the
/// mapping leads from pixels of `out` back to the picture.
Mapping fit(const cv::Mat& picture, int width, int height, bool letterbox, int pad, cv::Mat& out);

/// Scales by `scale`, less where a side of the result would pass `max_side`; the mapping leads back.
Mapping scale_by(const cv::Mat& picture, double scale, int max_side, cv::Mat& out);

/// One line for a message: the first line of a library's error, shortened.
std::string one_line(const std::exception& error);

}  // namespace camfleet::vision
