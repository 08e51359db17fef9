#pragma once

#include "simulator/scene/ink.hpp"
#include "simulator/scene/layout.hpp"

namespace camfleet::scene {

/// A car that drives to the right, seen from the side and a little from ahead; the anchor is the ground below
/// its middle.
Look car_look(std::uint32_t number, int height);
Look bus_look(std::uint32_t number, int height);
/// The plate of a car or bus, with the same anchor. `number` draws its characters.
Look plate_look(std::uint32_t number, const Look& vehicle);

void draw_car(const Look& look, Ink& ink);
void draw_bus(const Look& look, Ink& ink);
void draw_plate(const Look& look, Ink& ink);

}  // namespace camfleet::scene
