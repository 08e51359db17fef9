#pragma once

#include <optional>
#include <span>
#include <string_view>

namespace camfleet::cli {

/// The name that was probably meant: the one with the fewest edits (insert, delete, replace, swap of
/// neighbours), at most one in three characters of the longer word; or one that `typed`, of three characters
/// or more, begins. None when no name is that near.
std::optional<std::string_view> nearest(std::string_view typed, std::span<const std::string_view> names);

}  // namespace camfleet::cli
