#pragma once

#include <string_view>

namespace camfleet::vision {

/// The text of runtime/vision/algorithms.yaml, as it was when the library was built.
std::string_view built_in_yaml();

}  // namespace camfleet::vision
