#include "runtime/vision/draw.hpp"

#include <algorithm>
#include <cmath>

#include <opencv2/imgproc.hpp>

#include "runtime/media/jpeg.hpp"
#include "runtime/vision/image.hpp"

namespace camfleet::vision {
namespace {

constexpr std::size_t longest_label = 40;

/// The same colour for the same label everywhere; all are bright enough for black letters.
cv::Scalar colour_of(const std::string& label) {
  static const cv::Scalar colours[] = {{80, 220, 80},  {80, 200, 255}, {255, 200, 80},  {230, 150, 255},
                                       {255, 255, 90}, {90, 255, 220}, {160, 180, 255}, {200, 255, 160}};
  std::uint32_t hash = 2166136261U;
  for (const char c : label) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619U;
  return colours[hash % std::size(colours)];
}

/// One "?" for each character that is not ASCII.
std::string ascii(const std::string& text) {
  std::string shown;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool continues_character = (byte & 0xC0U) == 0x80U;
    if (continues_character || shown.size() == longest_label) continue;
    shown += byte >= 0x20 && byte < 0x7F ? c : '?';
  }
  return shown;
}

void draw(cv::Mat& canvas, const Box& box) {
  const int thickness = std::clamp(std::min(canvas.cols, canvas.rows) / 300, 2, 8);
  const double size = std::clamp(canvas.rows / 1500.0, 0.35, 3.0);
  const auto colour = colour_of(box.label);
  cv::rectangle(canvas, {box.x, box.y, box.w, box.h}, colour, thickness);
  const int percent = static_cast<int>(std::lround(std::clamp(box.score, 0.0F, 1.0F) * 100));
  const auto caption = ascii(box.label) + " " + std::to_string(percent);
  int baseline = 0;
  const auto extent = cv::getTextSize(caption, cv::FONT_HERSHEY_SIMPLEX, size, 1, &baseline);
  const int height = extent.height + baseline + 2;
  // Above the box, or inside it when there is no room above; never beyond the right edge where it fits at
  // all.
  const int top = box.y >= height ? box.y - height : box.y;
  const int left = std::max(0, std::min(box.x, canvas.cols - extent.width - 4));
  cv::rectangle(canvas, {left, top, extent.width + 4, height}, colour, cv::FILLED);
  cv::putText(canvas, caption, {left + 2, top + extent.height + 1}, cv::FONT_HERSHEY_SIMPLEX, size, {0, 0, 0},
              1, cv::LINE_AA);
}

bool is_within(const Box& box, const ImageView& image) {
  return box.x >= 0 && box.y >= 0 && box.w >= 1 && box.h >= 1 && box.x <= image.width - box.w &&
         box.y <= image.height - box.h;
}

}  // namespace

result<std::vector<std::uint8_t>> draw_findings(const ImageView& image, const std::vector<Box>& boxes,
                                                int quality) {
  CAMFLEET_CHECK(check_picture(image));
  if (quality < 1 || quality > 100) {
    return fail(Errc::invalid_field, "quality", std::to_string(quality) + " is wrong; it is 1 to 100");
  }
  if (boxes.size() > max_boxes) {
    return fail(Errc::limit, "boxes",
                std::to_string(boxes.size()) + "; at most " + std::to_string(max_boxes));
  }
  const auto outside =
      std::find_if(boxes.begin(), boxes.end(), [&](const Box& box) { return !is_within(box, image); });
  if (outside != boxes.end()) {
    return fail(Errc::invalid_field, "boxes[" + std::to_string(outside - boxes.begin()) + "]",
                "is not within the picture");
  }
  try {
    cv::Mat canvas = matrix_of(image).clone();
    // The best are drawn last, on top.
    for (auto box = boxes.rbegin(); box != boxes.rend(); ++box) draw(canvas, *box);
    return media::encode_jpeg(canvas.data, canvas.cols, canvas.rows, static_cast<int>(canvas.step), quality);
  } catch (const std::exception& error) {
    return fail(Errc::io, "picture", "cannot be drawn on: " + one_line(error));
  }
}

}  // namespace camfleet::vision
