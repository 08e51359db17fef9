#include "runtime/vision/boxes.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>

namespace camfleet::vision {
namespace {

float area(const Detection& d) {
  return std::max(0.0F, d.right - d.left) * std::max(0.0F, d.bottom - d.top);
}

int clip(float edge, int limit) {
  return static_cast<int>(std::lround(std::clamp(edge, 0.0F, static_cast<float>(limit))));
}

}  // namespace

float overlap(const Detection& a, const Detection& b) {
  const float width = std::min(a.right, b.right) - std::max(a.left, b.left);
  const float height = std::min(a.bottom, b.bottom) - std::max(a.top, b.top);
  if (width <= 0 || height <= 0) return 0;
  const float both = width * height;
  const float either = area(a) + area(b) - both;
  return either > 0 ? both / either : 0;
}

std::vector<Detection> suppress(std::vector<Detection> found, float threshold) {
  std::stable_sort(found.begin(), found.end(),
                   [](const Detection& a, const Detection& b) { return a.score > b.score; });
  if (found.size() > max_candidates) found.resize(max_candidates);
  std::vector<Detection> kept;
  for (const auto& candidate : found) {
    if (kept.size() == max_boxes) break;
    const bool covered = std::any_of(kept.begin(), kept.end(), [&](const Detection& better) {
      return better.label == candidate.label && overlap(better, candidate) > threshold;
    });
    if (!covered) kept.push_back(candidate);
  }
  return kept;
}

void to_boxes(const std::vector<Detection>& found, const Mapping& mapping, const ImageView& image,
              const std::vector<std::string>& labels, std::vector<Box>& out) {
  for (const auto& d : found) {
    assert(d.label >= 0 && static_cast<std::size_t>(d.label) < labels.size());
    const auto& label = labels[static_cast<std::size_t>(d.label)];
    const int left = clip((d.left - mapping.offset_x) * mapping.factor_x, image.width);
    const int top = clip((d.top - mapping.offset_y) * mapping.factor_y, image.height);
    const int right = clip((d.right - mapping.offset_x) * mapping.factor_x, image.width);
    const int bottom = clip((d.bottom - mapping.offset_y) * mapping.factor_y, image.height);
    if (label.empty() || right <= left || bottom <= top) continue;
    out.push_back({label, std::clamp(d.score, 0.0F, 1.0F), left, top, right - left, bottom - top});
  }
}

}  // namespace camfleet::vision
