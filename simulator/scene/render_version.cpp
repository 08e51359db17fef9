#include "actors/base/hash.hpp"
#include "simulator/scene/cut_list.hpp"
#include "simulator/scene/renderer.hpp"

namespace camfleet::scene {
namespace {

/// Goes up with every change of what is drawn, or of where and when.
constexpr std::uint64_t drawing = 1;

/// Numbers in a row as one.
class Digest {
 public:
  void add(std::uint64_t number) { value_ = mix(value_ ^ number); }
  void add(const Rect& box) {
    for (const int side : {box.x, box.y, box.w, box.h}) add(static_cast<std::uint64_t>(side));
  }
  void add(const PhotographFile& file) {
    add(file.bytes);
    add(file.hash);
  }
  [[nodiscard]] std::uint64_t value() const { return value_; }

 private:
  std::uint64_t value_ = drawing;
};

}  // namespace

std::uint64_t render_version() {
  Digest digest;
  digest.add(walker_clip);
  for (const WalkerTrack& track : walker_tracks()) {
    digest.add(static_cast<std::uint64_t>(track.frame));
    for (const WalkerCut& cut : track.cuts) {
      digest.add(cut.box);
      digest.add(static_cast<std::uint64_t>(cut.trunk));
    }
  }
  for (const PortraitCut& cut : portrait_cuts()) {
    digest.add(cut.file);
    digest.add(Rect{cut.x, cut.y, cut.across, cut.down});
  }
  return digest.value();
}

}  // namespace camfleet::scene
