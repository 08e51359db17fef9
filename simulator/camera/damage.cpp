#include "simulator/camera/damage.hpp"

#include <algorithm>
#include <array>

#include "simulator/camera/annex_b.hpp"

namespace camfleet::camera {
namespace {

/// Behind the header of each slice's unit.
void break_slices(std::span<std::uint8_t> picture, Coding codec, std::size_t header,
                  std::span<const std::uint8_t> rubbish) {
  for (const Nal& nal : nals_of(picture, codec)) {
    if (!is_slice(nal, codec)) continue;
    const std::size_t from = std::min(nal.payload + header, nal.end);
    std::copy_n(rubbish.begin(), std::min(rubbish.size(), nal.end - from),
                picture.begin() + static_cast<std::ptrdiff_t>(from));
  }
}

}  // namespace

void break_headers(std::span<std::uint8_t> picture, Coding codec) {
  if (picture.size() < 4) return;
  switch (codec) {
    case Coding::h265: {
      // The first slice, of a parameter set with a number of 13 bits: there are 64.
      constexpr std::array<std::uint8_t, 3> rubbish{0x80, 0x01, 0x55};
      return break_slices(picture, codec, 2, rubbish);
    }
    case Coding::vp8:
      // The first partition is as long as can be, and longer than the picture (RFC 6386, 9.1).
      picture[0] |= 0xE0U;
      picture[1] = 0xFF;
      picture[2] = 0xFF;
      return;
    case Coding::vp9:
      // The frame marker is 2 (VP9 bitstream specification, 6.2).
      picture[0] &= 0x3FU;
      return;
    default: {
      // The slice begins at macroblock 32,767 or later, behind the end of any picture.
      constexpr std::array<std::uint8_t, 3> rubbish{0x00, 0x01, 0x55};
      return break_slices(picture, codec, 1, rubbish);
    }
  }
}

}  // namespace camfleet::camera
