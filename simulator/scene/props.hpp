#pragma once

#include "simulator/scene/ink.hpp"
#include "simulator/scene/layout.hpp"

namespace camfleet::scene {

/// A lamp post; the anchor is its foot.
Look lamp_look(int height);
/// Clipped plants in a trough; the anchor is the middle of its lower edge.
Look hedge_look(int width, int height);

void draw_lamp(const Look& look, Ink& ink);
void draw_hedge(const Look& look, Ink& ink);

}  // namespace camfleet::scene
