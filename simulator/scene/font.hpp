#pragma once

#include <array>
#include <cstdint>

namespace camfleet::scene {

inline constexpr int glyph_columns = 5;
inline constexpr int glyph_rows = 7;

/// Columns from left to right; the lowest bit of each is its top cell.
using Glyph = std::array<std::uint8_t, glyph_columns>;

/// Blank for what is neither A to Z, a digit, ":", "." nor "-".
Glyph glyph_of(char c);

}  // namespace camfleet::scene
