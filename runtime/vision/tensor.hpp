#pragma once

#include <span>
#include <string>
#include <vector>

namespace camfleet::vision {

/// One output of a network: a view of its values, the last dimension running fastest.
struct Tensor {
  std::string name;
  std::vector<int> shape;       ///< every dimension ≥ 1
  std::span<const float> data;  ///< as many values as the shape says

  [[nodiscard]] int rank() const { return static_cast<int>(shape.size()); }
  [[nodiscard]] int last() const { return shape.empty() ? 0 : shape.back(); }
};

/// "300x85", for messages.
std::string shape_text(const std::vector<int>& shape);

}  // namespace camfleet::vision
