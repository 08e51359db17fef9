#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "simulator/scene/scene.hpp"

namespace camfleet::scene {

/// Where the package opencv-doc puts its files.
inline constexpr std::string_view photograph_folder = "/usr/share/doc/opencv-doc";

/// A file of the package, known by its bytes: their number and their hash_line().
struct PhotographFile {
  std::string_view path;  ///< within the folder
  std::uint64_t bytes = 0;
  std::uint64_t hash = 0;
};

/// The clip of people walking, seen by a still camera.
extern const PhotographFile walker_clip;

/// A person's tight box in one frame, and where across it the trunk is.
struct WalkerCut {
  Rect box;
  int trunk = 0;
};

/// A person over one walk of two steps: a cut in each frame from `frame` on.
struct WalkerTrack {
  int frame = 0;
  bool left = false;  ///< walks to the left
  std::vector<WalkerCut> cuts;
};
std::span<const WalkerTrack> walker_tracks();

/// A face in a photograph: an ellipse from the hair to the chin.
struct PortraitCut {
  PhotographFile file;
  int x = 0;  ///< of the middle
  int y = 0;
  int across = 0;  ///< radii
  int down = 0;
  bool grey = false;    ///< a photograph without colours
  bool marked = false;  ///< yellow marks are to be taken away
};
/// Those that are large and without marks come first.
std::span<const PortraitCut> portrait_cuts();
inline constexpr std::uint32_t large_portraits = 2;

}  // namespace camfleet::scene
