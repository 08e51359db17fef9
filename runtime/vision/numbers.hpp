#pragma once

#include <optional>
#include <string_view>
#include <vector>

namespace camfleet::vision {

/// A finite decimal number, the whole text: "-1.5", "3e2". A fraction "1/255" is a number too.
std::optional<double> parse_number(std::string_view text);

/// A whole number from `least` to `most`.
std::optional<int> parse_whole(std::string_view text, int least, int most);

/// One number, or three separated by commas; a single one stands for all three. Empty when it is neither.
std::vector<double> parse_triple(std::string_view text);

}  // namespace camfleet::vision
