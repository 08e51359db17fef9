#include "simulator/score/matching.hpp"

#include <algorithm>

namespace camfleet::score {
namespace {

/// Areas in pixels; of frames of at most 3840x2160, so that products of two fit.
struct Overlap {
  std::int64_t shared = 0;
  std::int64_t together = 1;

  [[nodiscard]] bool is_enough() const { return shared > 0 && 2 * shared >= together; }
  [[nodiscard]] bool is_better_than(const Overlap& other) const {
    return shared * other.together > other.shared * together;
  }
};

Overlap overlap_of(const FoundBox& box, const scene::Rect& object) {
  const int width = std::min(box.x + box.w, object.x + object.w) - std::max<int>(box.x, object.x);
  const int height = std::min(box.y + box.h, object.y + object.h) - std::max<int>(box.y, object.y);
  const std::int64_t shared = width > 0 && height > 0 ? std::int64_t{width} * height : 0;
  return {shared, std::int64_t{box.w} * box.h + std::int64_t{object.w} * object.h - shared};
}

}  // namespace

bool overlap_enough(const FoundBox& box, const scene::Rect& object) {
  return overlap_of(box, object).is_enough();
}

void match(std::span<const scene::Seen> truth, std::span<const FoundBox> boxes, Matches& into) {
  into.found.assign(truth.size(), false);
  into.boxes.assign(boxes.size(), {});
  for (std::size_t i = 0; i < boxes.size(); ++i) {
    Matches::OfBox& of_box = into.boxes[i];
    Overlap best;
    for (std::size_t k = 0; k < truth.size(); ++k) {
      const scene::Seen& object = truth[k];
      if (object.kind != boxes[i].kind || into.found[k]) continue;
      const Overlap overlap = overlap_of(boxes[i], object.box);
      if (!overlap.is_enough()) continue;
      if (object.per_mille < scene::in_view) {
        if (of_box.fate == Fate::wrong) of_box.fate = Fate::ignored;
      } else if (overlap.is_better_than(best)) {
        best = overlap;
        of_box = {Fate::right, static_cast<std::uint32_t>(k)};
      }
    }
    if (of_box.fate == Fate::right) into.found[of_box.object] = true;
  }
}

}  // namespace camfleet::score
