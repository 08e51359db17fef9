#include "simulator/scene/photographs.hpp"

#include <algorithm>
#include <fstream>
#include <mutex>
#include <optional>

#include "actors/base/hash.hpp"
#include "runtime/media/picture_decoder.hpp"
#include "runtime/media/registry.hpp"
#include "simulator/scene/cutting.hpp"

namespace camfleet::scene {
namespace {

constexpr int median_step = 25;  // one frame of so many makes the picture without people
constexpr std::int64_t max_pixels = 2'000'000;

result<std::string> read_file(const std::filesystem::path& folder, const PhotographFile& file) {
  const std::filesystem::path path = folder / file.path;
  std::ifstream in(path, std::ios::binary);
  std::string bytes(std::istreambuf_iterator<char>(in), {});
  if (!in.is_open() || bytes.empty())
    return fail(
        Errc::not_found, path.string(),
        "is not there; this scene shows photographs of the package opencv-doc, which tools/setup installs");
  if (bytes.size() != file.bytes || hash_line(bytes) != file.hash)
    return fail(Errc::unsupported, path.string(),
                "is not the file of opencv-doc 4.6.0 that the scenes are cut from (" +
                    std::to_string(bytes.size()) + " bytes, " + to_hex(hash_line(bytes)) + ")");
  return bytes;
}

int last_frame() {
  int last = 0;
  for (const WalkerTrack& track : walker_tracks())
    last = std::max(last, track.frame + static_cast<int>(track.cuts.size()));
  return last;
}

/// Takes from one frame what the list and the median want of it.
class ClipReader {
 public:
  void take(const media::Frame& frame, int number) {
    if (number % median_step == 5) samples_.push_back(frame.bgr);
    width_ = frame.width;
    height_ = frame.height;
    for (std::size_t i = 0; i < walker_tracks().size(); ++i) {
      const WalkerTrack& track = walker_tracks()[i];
      const int cut = number - track.frame;
      if (cut < 0 || cut >= static_cast<int>(track.cuts.size())) continue;
      pieces_.push_back({i, cropped(frame, with_margin(track.cuts[static_cast<std::size_t>(cut)].box))});
    }
  }

  Walkers cut() {
    const media::Frame empty = median(samples_, width_, height_);
    Walkers all(walker_tracks().size());
    for (const auto& [track, piece] : pieces_) {
      const auto& list = walker_tracks()[track];
      const Rect box = list.cuts[all[track].size()].box;
      Cutout cutout = cut_difference(piece, cropped(empty, with_margin(box)), box);
      if (list.left) cutout.mirror();
      all[track].push_back(std::move(cutout));
    }
    return all;
  }

 private:
  struct Piece {
    std::size_t track;
    media::Frame frame;
  };
  int width_ = 0;
  int height_ = 0;
  std::vector<std::vector<std::uint8_t>> samples_;
  std::vector<Piece> pieces_;
};

/// The first good answer of `read` is kept.
template <class T, class Read>
result<const T*> once(std::optional<T>& kept, std::mutex& mutex, Read read) {
  const std::lock_guard lock(mutex);
  if (!kept) {
    CAMFLEET_TRY(kept, read(photograph_folder));
  }
  return &*kept;
}

}  // namespace

result<Walkers> read_walkers(const std::filesystem::path& folder) {
  CAMFLEET_CHECK(read_file(folder, walker_clip));
  media::SourceRegistry registry;
  media::register_file_schemes(registry);
  const std::string path = (folder / walker_clip.path).string();
  CAMFLEET_TRY(const auto source, registry.open(media::file_url(path), {}));
  ClipReader reader;
  media::Frame frame;
  for (int number = 0; number < last_frame(); ++number) {
    if (source->next(frame) != media::ReadStatus::frame)
      return fail(Errc::corrupt, path, "does not decode to frame " + std::to_string(last_frame()));
    reader.take(frame, number);
  }
  return reader.cut();
}

result<Portraits> read_portraits(const std::filesystem::path& folder) {
  Portraits all;
  media::PictureDecoder decoder(max_pixels);
  for (const PortraitCut& cut : portrait_cuts()) {
    CAMFLEET_CHECK(read_file(folder, cut.file));
    media::Frame frame;
    CAMFLEET_CHECK(decoder.decode((folder / cut.file.path).string(), frame));
    all.push_back(cut_ellipse(frame, cut));
  }
  return all;
}

result<const Walkers*> walkers() {
  static std::mutex mutex;
  static std::optional<Walkers> kept;
  return once(kept, mutex, read_walkers);
}

result<const Portraits*> portraits() {
  static std::mutex mutex;
  static std::optional<Portraits> kept;
  return once(kept, mutex, read_portraits);
}

}  // namespace camfleet::scene
