#pragma once

#include <functional>
#include <optional>

#include "simulator/scene/card.hpp"
#include "simulator/scene/clock.hpp"
#include "simulator/scene/layout.hpp"
#include "simulator/scene/renderer.hpp"
#include "simulator/scene/sprite.hpp"

namespace camfleet::scene {

/// A renderer that may leave things out, so that pictures with and without them can be compared.
class Stage final : public Renderer {
 public:
  using Filter = std::function<bool(const Item&)>;
  /// Shows the items for which `shown` holds. Errors as of Renderer::make.
  static result<std::unique_ptr<Renderer>> make(Scene scene, std::uint32_t variant, FrameSize size,
                                                const Filter& shown);
  void render(Duration at, const Planes& into) override;

 private:
  struct Actor {
    const Item* item = nullptr;
    std::vector<Sprite> right;  // by pose; empty when it never faces that way
    std::vector<Sprite> left;
  };
  Stage(Scene scene, std::uint32_t variant, FrameSize size);
  void expose(Duration at, const Planes& into) const;

  Scene scene_;
  std::uint32_t variant_;
  View view_;
  Backdrop backdrop_;
  const Light* light_;
  std::vector<Actor> actors_;
  Caption clock_;
  std::optional<MovingCard> card_;
  Rect clock_box_;
  std::vector<std::int8_t> noise_;
};

}  // namespace camfleet::scene
