#include <algorithm>
#include <map>

#include "simulator/scene/clock.hpp"
#include "simulator/scene/layout.hpp"

namespace camfleet::scene {
namespace {

constexpr Duration step = milliseconds(20);
constexpr std::uint32_t least_share = 20;  // thousandths, of what is seen by a tip

/// What lies before item `i`, of those that are placed.
void add_nearer(const Layout& layout, const std::vector<Placed>& placed, std::size_t i,
                std::vector<Rect>& covers) {
  const Rect& box = placed[i].box;
  for (std::size_t k = i + 1; k < placed.size(); ++k) {
    if (layout.items[k].carrier == static_cast<int>(i)) continue;
    const Rect& other = placed[k].box;
    if (other.x < box.x + box.w && box.x < other.x + other.w && other.y < box.y + box.h &&
        box.y < other.y + other.h)
      add_solids(layout.items[k], other, placed[k].left, covers);
  }
}

/// How much of a shape is in the picture and not covered, in thousandths.
std::uint32_t open_share(const std::vector<Rect>& shape, const std::vector<Rect>& covers, FrameSize size) {
  std::int64_t open = 0;
  std::int64_t all = 0;
  for (const Rect& rect : shape) {
    all += std::int64_t{rect.w} * rect.h;
    const Rect part = within(rect, size);
    if (part.w > 0 && part.h > 0) open += area_outside(part, covers);
  }
  return all == 0 ? 0 : static_cast<std::uint32_t>(open * 1000 / all);
}

/// Objects in view at one sample and since when.
class Watch {
 public:
  void see(const Seen& seen, Duration at) {
    if (seen.per_mille < in_view) return;
    if (const auto [it, fresh] = open_.try_emplace(seen.id, Stay{seen.id, seen.kind, at, at}); !fresh)
      it->second.to = at;
  }
  /// Closes the stays of what is not seen any more at `at`.
  void end(Duration at) {
    for (auto it = open_.begin(); it != open_.end();) {
      if (it->second.to == at) {
        ++it;
        continue;
      }
      it->second.to = at;
      done_.push_back(it->second);
      it = open_.erase(it);
    }
  }
  /// Joins what is in view at the loop's end to what is at its start.
  std::vector<Stay> finish() {
    for (const auto& [id, last] : open_) {
      const auto first = std::ranges::find_if(
          done_, [id = id](const Stay& stay) { return stay.id == id && stay.from == Duration{0}; });
      Stay stay = last;
      stay.to = loop_length;
      if (first != done_.end() && stay.from > Duration{0}) {
        stay.to += first->to;
        done_.erase(first);
      }
      done_.push_back(stay);
    }
    std::ranges::sort(
        done_, [](const Stay& a, const Stay& b) { return a.id != b.id ? a.id < b.id : a.from < b.from; });
    return std::move(done_);
  }

 private:
  std::map<std::uint32_t, Stay> open_;
  std::vector<Stay> done_;
};

}  // namespace

std::vector<Seen> truth(Scene scene, std::uint32_t variant, Duration at, FrameSize size) {
  return truth_of(layout_of(scene, variant), at, size);
}

std::vector<Seen> truth_of(const Layout& layout, Duration at, FrameSize size) {
  const View view(size);
  std::vector<Placed> placed;
  placed.reserve(layout.items.size());
  for (const Item& item : layout.items) placed.push_back(place(item, at, view));
  std::vector<Seen> all;
  std::vector<Rect> covers;
  std::vector<Rect> shape;
  for (std::size_t i = 0; i < placed.size(); ++i) {
    const Item& item = layout.items[i];
    const Rect part = within(placed[i].box, size);
    if (item.id == 0 || part.w == 0 || part.h == 0) continue;
    covers.assign(1, clock_box(size));
    add_nearer(layout, placed, i, covers);
    shape.clear();
    add_shape(item, placed[i].box, placed[i].left, shape);
    std::uint32_t per_mille = open_share(shape, covers, size);
    // A foot or an arm may reach out of the rectangles that stand for the shape.
    if (per_mille == 0) per_mille = std::min(open_share({placed[i].box}, covers, size), least_share);
    if (per_mille > 0) all.push_back({item.id, item.kind, part, per_mille});
  }
  std::ranges::sort(all, {}, &Seen::id);
  return all;
}

std::vector<Stay> stays(Scene scene, std::uint32_t variant, FrameSize size) {
  Watch watch;
  for (Duration at{0}; at < loop_length; at += step) {
    for (const Seen& seen : truth(scene, variant, at, size)) watch.see(seen, at);
    watch.end(at);
  }
  return watch.finish();
}

}  // namespace camfleet::scene
