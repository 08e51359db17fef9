#include "simulator/scene/stage.hpp"

#include <algorithm>
#include <cstring>

#include "actors/base/hash.hpp"
#include "simulator/scene/backgrounds.hpp"
#include "simulator/scene/looks.hpp"

namespace camfleet::scene {
namespace {

constexpr int noise_offsets = 4096;  // places in the stock of noise where a row may begin

/// Brightness and noise over one row of luma; a loop that the compiler turns into vectors.
void expose_row(std::uint8_t* __restrict row, const std::int8_t* __restrict noise, int count,
                std::int16_t gain) {
  // Black stays black: 16 is the foot of the range.
  const auto foot = static_cast<std::int16_t>(16 - (16 * gain >> 7));
  for (int i = 0; i < count; ++i) {
    const auto lit = static_cast<std::int16_t>(static_cast<std::uint16_t>(row[i] * gain) >> 7);
    const auto value = static_cast<std::int16_t>(lit + foot + noise[i]);
    row[i] = static_cast<std::uint8_t>(std::clamp<std::int16_t>(value, 16, 235));
  }
}

/// Sums of three draws, which cluster around 0 as a sensor's noise does.
std::vector<std::int8_t> make_noise(int width, int most) {
  std::vector<std::int8_t> stock(static_cast<std::size_t>(width + noise_offsets), 0);
  if (most == 0) return stock;
  for (std::size_t i = 0; i < stock.size(); ++i) {
    const std::uint64_t random = mix(i);
    const int sum = between(-most, most, random & 0xFFFFU) + between(-most, most, random >> 16U & 0xFFFFU) +
                    between(-most, most, random >> 32U & 0xFFFFU);
    stock[i] = static_cast<std::int8_t>(sum / 3);
  }
  return stock;
}

}  // namespace

result<std::unique_ptr<Renderer>> Renderer::make(Scene scene, std::uint32_t variant, FrameSize size) {
  return Stage::make(scene, variant, size, [](const Item&) { return true; });
}

Stage::Stage(Scene scene, std::uint32_t variant, FrameSize size)
    : scene_(scene),
      variant_(variant),
      view_(size),
      backdrop_(background(scene, variant, view_)),
      light_(&layout_of(scene, variant).light),
      clock_(clock_cell(size)),
      clock_box_(clock_box(size)),
      noise_(make_noise(size.width, light_->noise)) {
  if (scene == Scene::card) card_.emplace(size);
}

result<std::unique_ptr<Renderer>> Stage::make(Scene scene, std::uint32_t variant, FrameSize size,
                                              const Filter& shown) {
  const auto bad = [](int side, int least, int most) { return side < least || side > most || side % 2 != 0; };
  if (bad(size.width, 160, 3840) || bad(size.height, 90, 2160))
    return fail(Errc::invalid_field, "size",
                std::to_string(size.width) + "x" + std::to_string(size.height) +
                    " is not even both ways from 160x90 to 3840x2160");
  variant %= variant_count;
  const Layout& layout = layout_of(scene, variant);
  std::unique_ptr<Stage> stage(new Stage(scene, variant, size));
  for (const Item& item : layout.items) {
    if (!shown(item)) continue;
    Actor actor{&item, {}, {}};
    for (const bool left : {false, true}) {
      if (!item.path.faces(left)) continue;
      CAMFLEET_TRY((left ? actor.left : actor.right),
                   draw_look(item.look, left, layout.light.dim, stage->view_));
    }
    stage->actors_.push_back(std::move(actor));
  }
  return std::unique_ptr<Renderer>(std::move(stage));
}

void Stage::render(Duration at, const Planes& into) {
  backdrop_.copy(into);
  if (card_) card_->draw(at, view_, into);
  for (const Actor& actor : actors_) {
    const Placed placed = place(*actor.item, at, view_);
    const std::vector<Sprite>& poses = placed.left ? actor.left : actor.right;
    if (placed.pose < poses.size()) poses[placed.pose].lay(placed.box.x, placed.box.y, view_.size(), into);
  }
  expose(at, into);
  clock_.write(clock_text(scene_, variant_, at), clock_box_, view_.size(), into);
}

void Stage::expose(Duration at, const Planes& into) const {
  const int gain = light_at(*light_, at) / 2;
  if (gain == 128 && light_->noise == 0) return;
  const auto instant = static_cast<std::uint64_t>(at.count());
  for (int row = 0; row < view_.size().height; ++row) {
    const std::uint64_t from =
        light_->noise == 0 ? 0 : mix(instant ^ static_cast<std::uint64_t>(row) << 40U) % noise_offsets;
    expose_row(into.y + std::ptrdiff_t{row} * into.y_stride, noise_.data() + from, view_.size().width,
               static_cast<std::int16_t>(gain));
  }
}

}  // namespace camfleet::scene
