#pragma once

#include <string>
#include <string_view>

namespace camfleet::vision {

/// Adds `item` to a list in a text, with `between` before every item but the first.
void add_item(std::string& list, std::string_view item, std::string_view between = ", ");

/// The text in quotes, shortened to 80 bytes, its control characters as blanks: fit for a line of a message.
std::string in_quotes(std::string_view text);

bool has_control_character(std::string_view text);

}  // namespace camfleet::vision
