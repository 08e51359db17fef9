#include "simulator/scene/cutting.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include <opencv2/imgproc.hpp>

namespace camfleet::scene {
namespace {

constexpr int margin = 8;         // pixels; more than the masks' kernels reach
constexpr int least_change = 28;  // of a channel, from the picture without people
constexpr int yellow = 44;        // by how much marks have less blue than red and green
constexpr int mending_rounds = 12;
constexpr int features = 640;  // how far out brows and lips reach, of ellipse_part()

const std::uint8_t* pixel(const media::Frame& frame, int x, int y) {
  return frame.pixels() + std::ptrdiff_t{y} * frame.stride + std::ptrdiff_t{x} * 3;
}

cv::Mat kernel(int width, int height) {
  return cv::getStructuringElement(cv::MORPH_RECT, {width, height});
}

/// 255 where the two differ, closed and without specks.
cv::Mat changes(const media::Frame& a, const media::Frame& b) {
  cv::Mat mask(a.height, a.width, CV_8U);
  for (int y = 0; y < a.height; ++y) {
    for (int x = 0; x < a.width; ++x) {
      const std::uint8_t* p = pixel(a, x, y);
      const std::uint8_t* q = pixel(b, x, y);
      const int change = std::max({std::abs(p[0] - q[0]), std::abs(p[1] - q[1]), std::abs(p[2] - q[2])});
      mask.at<std::uint8_t>(y, x) = change > least_change ? 255 : 0;
    }
  }
  cv::morphologyEx(mask, mask, cv::MORPH_CLOSE, kernel(5, 9));
  cv::morphologyEx(mask, mask, cv::MORPH_OPEN, kernel(3, 3));
  return mask;
}

/// The largest connected part alone.
cv::Mat largest(const cv::Mat& mask) {
  cv::Mat labels;
  cv::Mat stats;
  cv::Mat centres;
  const int count = cv::connectedComponentsWithStats(mask, labels, stats, centres);
  int best = 0;
  int area = 0;
  for (int i = 1; i < count; ++i) {
    if (stats.at<int>(i, cv::CC_STAT_AREA) <= area) continue;
    area = stats.at<int>(i, cv::CC_STAT_AREA);
    best = i;
  }
  cv::Mat part(mask.size(), CV_8U);
  for (int y = 0; y < mask.rows; ++y)
    for (int x = 0; x < mask.cols; ++x)
      part.at<std::uint8_t>(y, x) = best != 0 && labels.at<int>(y, x) == best ? 255 : 0;
  return part;
}

/// Mean of three by three pixels, whole inside and soft at the edge.
int softened(const cv::Mat& mask, int x, int y) {
  int sum = 0;
  for (int dy = -1; dy <= 1; ++dy)
    for (int dx = -1; dx <= 1; ++dx)
      sum +=
          mask.at<std::uint8_t>(std::clamp(y + dy, 0, mask.rows - 1), std::clamp(x + dx, 0, mask.cols - 1));
  // Nothing grows beyond the mask, and its own pixels are seen at least by half.
  return mask.at<std::uint8_t>(y, x) == 0 ? 0 : std::clamp(sum / 9 * 5 / 4, 110, 255);
}

Colour colour_of(const std::uint8_t* bgr) {
  return rgb(bgr[2], bgr[1], bgr[0]);
}

/// How far out a place half of `x` and `y` from the middle is: 1024 at the edge, squared.
int ellipse_part(std::int64_t x, std::int64_t y, const PortraitCut& cut) {
  const std::int64_t across = std::int64_t{cut.across} * cut.across;
  const std::int64_t down = std::int64_t{cut.down} * cut.down;
  return static_cast<int>(1024 * (x * x * down + y * y * across) / (4 * across * down));
}

/// Soft over the outer tenth.
int ellipse_alpha(std::int64_t x, std::int64_t y, const PortraitCut& cut) {
  return std::clamp((1024 - ellipse_part(x, y, cut)) * 255 / 205, 0, 255);
}

bool marked(const std::uint8_t* bgr) {
  return std::min(bgr[1], bgr[2]) - bgr[0] > yellow && bgr[1] > 100;
}

std::uint8_t* pixel(media::Frame& frame, int x, int y) {
  return frame.bgr.data() + std::ptrdiff_t{y} * frame.stride + std::ptrdiff_t{x} * 3;
}

/// Gives one pixel the mean of those around it that are no holes; false when there are fewer than two.
bool fill(media::Frame& frame, const cv::Mat& holes, int x, int y) {
  std::array<int, 3> sum{};
  int count = 0;
  for (int place = 0; place < 9; ++place) {
    const int px = x + place % 3 - 1;
    const int py = y + place / 3 - 1;
    if (holes.at<std::uint8_t>(py, px) != 0) continue;
    for (std::size_t c = 0; c < 3; ++c) sum[c] += pixel(frame, px, py)[c];
    ++count;
  }
  if (count < 2) return false;
  for (std::size_t c = 0; c < 3; ++c) pixel(frame, x, y)[c] = static_cast<std::uint8_t>(sum[c] / count);
  return true;
}

/// Marks along the features become dark lines, as brows, lids and lips are; gives those along the jaw.
cv::Mat darken_features(media::Frame& frame, const PortraitCut& cut) {
  cv::Mat jaw(frame.height, frame.width, CV_8U, cv::Scalar(0));
  for (int y = 0; y < frame.height; ++y) {
    for (int x = 0; x < frame.width; ++x) {
      std::uint8_t* bgr = pixel(frame, x, y);
      if (!marked(bgr)) continue;
      if (ellipse_part(2 * x + 1 - 2 * cut.across, 2 * y + 1 - 2 * cut.down, cut) > features) {
        jaw.at<std::uint8_t>(y, x) = 255;
        continue;
      }
      bgr[0] = static_cast<std::uint8_t>(bgr[2] / 4);
      bgr[1] = static_cast<std::uint8_t>(bgr[2] * 3 / 8);
      bgr[2] = static_cast<std::uint8_t>(bgr[2] * 9 / 16);
    }
  }
  return jaw;
}

/// Takes the marks away; those along the jaw are filled, with their rim, from around them.
void mend(media::Frame& frame, const PortraitCut& cut) {
  cv::Mat holes = darken_features(frame, cut);
  cv::dilate(holes, holes, kernel(3, 3));
  for (int round = 0; round < mending_rounds; ++round) {
    const cv::Mat before = holes.clone();
    for (int y = 1; y + 1 < frame.height; ++y)
      for (int x = 1; x + 1 < frame.width; ++x)
        if (before.at<std::uint8_t>(y, x) != 0 && fill(frame, before, x, y)) holes.at<std::uint8_t>(y, x) = 0;
  }
}

}  // namespace

Rect with_margin(const Rect& box) {
  return {box.x - margin, box.y - margin, box.w + 2 * margin, box.h + 2 * margin};
}

media::Frame cropped(const media::Frame& frame, const Rect& part) {
  media::Frame out;
  out.resize(part.w, part.h);
  std::fill(out.bgr.begin(), out.bgr.end(), std::uint8_t{0});
  const Rect inside = within(part, {frame.width, frame.height});
  for (int y = inside.y; y < inside.y + inside.h; ++y)
    std::memcpy(
        out.bgr.data() + std::ptrdiff_t{y - part.y} * out.stride + std::ptrdiff_t{inside.x - part.x} * 3,
        pixel(frame, inside.x, y), static_cast<std::size_t>(inside.w) * 3);
  return out;
}

media::Frame median(const std::vector<std::vector<std::uint8_t>>& frames, int width, int height) {
  media::Frame out;
  out.resize(width, height);
  std::vector<std::uint8_t> values(frames.size());
  for (std::size_t i = 0; i < out.bgr.size(); ++i) {
    for (std::size_t k = 0; k < frames.size(); ++k) values[k] = frames[k][i];
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    out.bgr[i] = *middle;
  }
  return out;
}

Cutout cut_difference(const media::Frame& piece, const media::Frame& empty, const Rect& box) {
  const cv::Mat mask = largest(changes(piece, empty));
  Cutout out{box.w, box.h, {}, {}};
  for (int y = margin; y < margin + box.h; ++y) {
    for (int x = margin; x < margin + box.w; ++x) {
      out.colours.push_back(colour_of(pixel(piece, x, y)));
      out.alpha.push_back(static_cast<std::uint8_t>(softened(mask, x, y)));
    }
  }
  return out;
}

Cutout cut_ellipse(const media::Frame& frame, const PortraitCut& cut) {
  media::Frame piece = cropped(frame, {cut.x - cut.across, cut.y - cut.down, 2 * cut.across, 2 * cut.down});
  if (cut.marked) mend(piece, cut);
  Cutout out{piece.width, piece.height, {}, {}};
  for (int y = 0; y < piece.height; ++y) {
    for (int x = 0; x < piece.width; ++x) {
      Colour colour = colour_of(pixel(piece, x, y));
      if (cut.grey) colour = {colour.y, 116, 144};
      out.colours.push_back(colour);
      out.alpha.push_back(static_cast<std::uint8_t>(
          ellipse_alpha(2 * x + 1 - 2 * cut.across, 2 * y + 1 - 2 * cut.down, cut)));
    }
  }
  return out;
}

}  // namespace camfleet::scene
