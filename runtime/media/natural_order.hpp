#pragma once

#include <string_view>

namespace camfleet::media {

/// The order in which people count: a run of digits counts as its number, whatever its length, so that "2"
/// comes before "10"; all else by its bytes. Names that are alike but for leading zeros go by their bytes, so
/// that no two different names are equal.
bool natural_less(std::string_view a, std::string_view b);

}  // namespace camfleet::media
