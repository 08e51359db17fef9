#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace camfleet::cli {

/// The columns that UTF-8 text takes on a terminal: 2 for East Asian wide characters and emoji, 0 for
/// combining marks, 1 for everything else.
std::size_t display_width(std::string_view text);

/// The text with a '?' for each control character and each byte that is not UTF-8: fit for one line of a
/// terminal.
std::string printable(std::string_view text);

/// Printable text cut to at most `width` columns; what was cut off shows as "…".
std::string fit(std::string_view text, std::size_t width);

}  // namespace camfleet::cli
