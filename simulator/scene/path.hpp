#pragma once

#include <vector>

#include "simulator/scene/geometry.hpp"

namespace camfleet::scene {

/// Where an object is at one instant.
struct Standing {
  Point at;           ///< its anchor on the canvas
  int walked = 0;     ///< units since it last appeared; 0 while it stands still
  bool left = false;  ///< it faces the left
};

/// A closed way around the canvas: lines between places, each with its instant. Two places of one instant
/// are a jump, which happens out of sight.
class Path {
 public:
  /// An object that never moves.
  explicit Path(Point at, bool left = false);
  Path() = default;

  /// Begins a pass somewhere. Calls come in order of time.
  void appear(int at_ms, Point at);
  /// Goes on to `at` until `at_ms`; the same place again is a pause.
  void go(int at_ms, Point at);
  /// Everything happens later by so much, around the loop.
  void shift(int ms) { shift_ms_ = ms; }

  /// `at` in [0, loop_length).
  [[nodiscard]] Standing standing(Duration at) const;
  /// Whether it is ever seen that way.
  [[nodiscard]] bool faces(bool left) const;

 private:
  struct Leg {
    int from_ms = 0;
    int to_ms = 0;
    Point from;
    Point to;
    int walked = 0;  // before it
    bool left = false;
  };
  std::vector<Leg> legs_;
  Point last_;
  int last_ms_ = 0;
  int walked_ = 0;
  bool left_ = false;
  int shift_ms_ = 0;
};

/// Somewhere that no picture shows.
inline constexpr Point nowhere{-100 * canvas_width, 0};

}  // namespace camfleet::scene
