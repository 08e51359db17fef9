#pragma once

#include <array>
#include <map>
#include <span>
#include <string>
#include <string_view>

#include "actors/base/error.hpp"

namespace camfleet::vision {

using FieldMap = std::map<std::string, std::string>;

/// How a picture becomes the input of a network: channel = (pixel − mean) × scale.
struct NetworkInput {
  int width = 0;                         ///< pixels, 8–2048
  int height = 0;                        ///< pixels, 8–2048
  bool letterbox = false;                ///< keep the aspect and pad; otherwise stretch
  int pad = 0;                           ///< grey of the padding, 0–255
  bool rgb = true;                       ///< channel order of the network; pictures are BGR
  bool nhwc = false;                     ///< 1×H×W×3 instead of 1×3×H×W
  std::array<double, 3> scale{1, 1, 1};  ///< per channel, in the network's order
  std::array<double, 3> mean{0, 0, 0};   ///< per channel, in the network's order
};

/// How a sliding-window search (cascade, hog) goes over the picture.
struct SearchInput {
  int max_width = 1280;      ///< the scaled picture is at most this wide (and as many rows high)
  double step = 1.1;         ///< factor from one size of the window to the next, 1.01–2
  int neighbours = 5;        ///< cascade: overlapping hits that make a box
  int min_size = 0;          ///< cascade: least width and height of a box, pixels of the scaled picture
  double hit_threshold = 0;  ///< hog: distance to the SVM's plane from which a window is a hit
};

/// How motion is measured on a small grey picture.
struct MotionInput {
  int columns = 160;  ///< width of the grey picture; its height follows from the aspect
  int change = 18;    ///< grey levels (of 255) from which a cell counts as changed
  int min_cells = 4;  ///< changed cells that make a region
};

/// The engines that there are, in alphabetical order.
std::span<const std::string_view> engine_names();

/// Checks `input` of a variant for `engine`. Errors: missing_field, invalid_field; `where` is the field's
/// key.
result<void> check_input(std::string_view engine, const FieldMap& input);

/// The typed form of `input`. Errors as check_input.
result<NetworkInput> network_input(const FieldMap& input);
result<SearchInput> cascade_input(const FieldMap& input);
result<SearchInput> hog_input(const FieldMap& input);
result<MotionInput> motion_input(const FieldMap& input);

}  // namespace camfleet::vision
