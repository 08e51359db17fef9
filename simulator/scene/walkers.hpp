#pragma once

#include "simulator/scene/ink.hpp"
#include "simulator/scene/layout.hpp"

namespace camfleet::scene {

/// So many people were photographed.
std::uint32_t walker_count();

/// A photographed person who walks, `number` modulo their count; the anchor is the ground below the trunk.
Look walker_look(std::uint32_t number, int height);

/// Errors: as of walkers().
result<void> draw_walker(const Look& look, std::size_t pose, Ink& ink);

}  // namespace camfleet::scene
