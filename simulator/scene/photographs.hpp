#pragma once

#include <filesystem>
#include <vector>

#include "runtime/media/frame.hpp"
#include "simulator/scene/cut_list.hpp"
#include "simulator/scene/ink.hpp"

namespace camfleet::scene {

/// Something cut out of a photograph, in its pixels.
struct Cutout {
  int width = 0;
  int height = 0;
  std::vector<Colour> colours;
  std::vector<std::uint8_t> alpha;

  /// Draws it so that it fills `ink`, evenly enlarged or reduced.
  void draw(Ink& ink) const;
  void mirror();
};

/// By track of the list and by frame; all face the right.
using Walkers = std::vector<std::vector<Cutout>>;
using Portraits = std::vector<Cutout>;

/// Cut once for the process, then shared. Thread-safe. Errors: as of read_walkers().
result<const Walkers*> walkers();
result<const Portraits*> portraits();

/// Cuts everyone on the list out of the files in `folder`. Errors: not_found (with the package that has the
/// files), unsupported (a file is another one than the list was made for), corrupt (it does not decode).
result<Walkers> read_walkers(const std::filesystem::path& folder);
result<Portraits> read_portraits(const std::filesystem::path& folder);

}  // namespace camfleet::scene
