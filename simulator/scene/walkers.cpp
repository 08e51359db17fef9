#include "simulator/scene/walkers.hpp"

#include <algorithm>

#include "simulator/scene/photographs.hpp"

namespace camfleet::scene {
namespace {

constexpr int two_steps = 780;  // of a walk of two steps, thousandths of the height

}  // namespace

std::uint32_t walker_count() {
  return static_cast<std::uint32_t>(walker_tracks().size());
}

Look walker_look(std::uint32_t number, int height) {
  const WalkerTrack& track = walker_tracks()[number % walker_count()];
  const auto tallest = std::ranges::max(track.cuts, {}, [](const WalkerCut& cut) { return cut.box.h; });
  Look look{
      Sort::walker, number % walker_count(), height, {}, two_steps * height / 1000, track.cuts.size(), 0};
  const auto scaled = [&](int pixels) { return divide(std::int64_t{pixels} * height, tallest.box.h); };
  for (std::size_t i = 0; i < track.cuts.size(); ++i) {
    const WalkerCut& cut = track.cuts[i];
    const Extent extent{scaled(-cut.trunk), scaled(-cut.box.h), scaled(cut.box.w - cut.trunk), 0};
    look.poses.push_back(track.left ? mirrored(extent) : extent);
    // Someone who stands has the feet together.
    if (cut.box.w < track.cuts[look.still].box.w) look.still = i;
  }
  return look;
}

result<void> draw_walker(const Look& look, std::size_t pose, Ink& ink) {
  CAMFLEET_TRY(const Walkers* all, walkers());
  (*all)[look.number][pose].draw(ink);
  return success();
}

}  // namespace camfleet::scene
