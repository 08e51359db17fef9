#pragma once

#include "simulator/scene/ink.hpp"
#include "simulator/scene/layout.hpp"

namespace camfleet::scene {

/// So many faces were photographed.
std::uint32_t portrait_count();

/// A photographed face: the photograph is `number` modulo their count, and its tone the rest of it, so that
/// one photograph stands for several people. The anchor is its middle.
Look portrait_look(std::uint32_t number, int height);
/// Hair and body of whoever has a face of `face_height`, down to the feet but at most `below` the anchor,
/// which is the same.
Look bust_look(std::uint32_t number, int face_height, int below);

/// Errors: as of portraits().
result<void> draw_portrait(const Look& look, Ink& ink);
void draw_bust(const Look& look, Ink& ink);

}  // namespace camfleet::scene
