#include "runtime/vision/image.hpp"

#include <algorithm>
#include <cmath>

#include <opencv2/imgproc.hpp>

namespace camfleet::vision {

result<void> check_picture(const ImageView& image) {
  const auto size = std::to_string(image.width) + "x" + std::to_string(image.height);
  if (image.bgr == nullptr) return fail(Errc::invalid_field, "picture", "has no pixels (null)");
  if (image.width < 1 || image.height < 1) {
    return fail(Errc::invalid_field, "picture", "is " + size + " pixels; at least 1x1 is right");
  }
  if (image.width > max_picture_side || image.height > max_picture_side) {
    return fail(Errc::too_large, "picture",
                "is " + size + " pixels; a side is at most " + std::to_string(max_picture_side));
  }
  if (image.stride < 3 * image.width) {
    return fail(Errc::invalid_field, "picture",
                "has a stride of " + std::to_string(image.stride) + " bytes; at least " +
                    std::to_string(3 * image.width) + " is right");
  }
  return success();
}

cv::Mat matrix_of(const ImageView& image) {
  // cv::Mat knows no read-only pixels; nobody writes through this one.
  auto* pixels = const_cast<std::uint8_t*>(image.bgr);
  return {image.height, image.width, CV_8UC3, pixels, static_cast<std::size_t>(image.stride)};
}

Mapping fit(const cv::Mat& picture, int width, int height, bool letterbox, int pad, cv::Mat& out) {
  if (!letterbox) {
    cv::resize(picture, out, {width, height}, 0, 0, cv::INTER_LINEAR);
    return {0, 0, static_cast<float>(picture.cols) / static_cast<float>(width),
            static_cast<float>(picture.rows) / static_cast<float>(height)};
  }
  const double ratio =
      std::min(static_cast<double>(width) / picture.cols, static_cast<double>(height) / picture.rows);
  const int inner_width = std::clamp(static_cast<int>(std::lround(picture.cols * ratio)), 1, width);
  const int inner_height = std::clamp(static_cast<int>(std::lround(picture.rows * ratio)), 1, height);
  const int left = (width - inner_width) / 2;
  const int top = (height - inner_height) / 2;
  out.create(height, width, CV_8UC3);
  out.setTo(cv::Scalar::all(pad));
  cv::resize(picture, out(cv::Rect(left, top, inner_width, inner_height)), {inner_width, inner_height}, 0, 0,
             cv::INTER_LINEAR);
  return {static_cast<float>(left), static_cast<float>(top),
          static_cast<float>(picture.cols) / static_cast<float>(inner_width),
          static_cast<float>(picture.rows) / static_cast<float>(inner_height)};
}

Mapping scale_by(const cv::Mat& picture, double scale, int max_side, cv::Mat& out) {
  const double largest = std::max(picture.cols, picture.rows);
  const double factor = std::min(scale, max_side / largest);
  const int width = std::max(1, static_cast<int>(std::lround(picture.cols * factor)));
  const int height = std::max(1, static_cast<int>(std::lround(picture.rows * factor)));
  return fit(picture, width, height, false, 0, out);
}

std::string one_line(const std::exception& error) {
  const auto* from_opencv = dynamic_cast<const cv::Exception*>(&error);
  std::string text = from_opencv != nullptr ? from_opencv->err : error.what();
  std::replace(text.begin(), text.end(), '\n', ' ');
  return text.size() > 300 ? text.substr(0, 300) + "…" : text;
}

}  // namespace camfleet::vision
