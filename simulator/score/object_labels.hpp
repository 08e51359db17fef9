#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "runtime/vision/catalogue.hpp"
#include "simulator/scene/scene.hpp"

namespace camfleet::score {

/// Some of the classes of objects that scenes have.
class ClassSet {
 public:
  constexpr void add(scene::ObjectClass kind) { bits_ = static_cast<std::uint8_t>(bits_ | bit(kind)); }
  [[nodiscard]] constexpr bool has(scene::ObjectClass kind) const { return (bits_ & bit(kind)) != 0; }
  [[nodiscard]] constexpr bool empty() const { return bits_ == 0; }
  /// Those of `other` too.
  [[nodiscard]] constexpr ClassSet and_of(ClassSet other) const {
    ClassSet both;
    both.bits_ = static_cast<std::uint8_t>(bits_ & other.bits_);
    return both;
  }
  friend constexpr bool operator==(ClassSet, ClassSet) = default;

 private:
  static constexpr std::uint8_t bit(scene::ObjectClass kind) {
    return static_cast<std::uint8_t>(1U << static_cast<unsigned>(kind));
  }
  std::uint8_t bits_ = 0;
};

/// The class of what a detector calls `label`, in small letters or not; nothing for what no scene has.
std::optional<scene::ObjectClass> class_of(std::string_view label);

/// The classes of which the truth of a scene has every object.
ClassSet classes_told(scene::Scene scene);

/// What an algorithm owes: the classes of the labels of all its variants. Empty: it has no score.
ClassSet classes_of(const vision::Algorithm& algorithm);

/// What the algorithm calls an object of this class: the first such label of its first variant that has one;
/// empty when it owes none of them.
std::string label_of(const vision::Algorithm& algorithm, scene::ObjectClass kind);

}  // namespace camfleet::score
