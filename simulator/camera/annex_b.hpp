#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "actors/spec/spec.hpp"

namespace camfleet::camera {

/// The NAL units of an H.264 or H.265 picture in Annex B form (ITU-T H.264 and H.265, annex B).
struct Nal {
  std::size_t at = 0;       ///< of its start code
  std::size_t payload = 0;  ///< of its header
  std::size_t end = 0;
  std::uint8_t type = 0;
};
std::vector<Nal> nals_of(std::span<const std::uint8_t> picture, Coding codec);

/// True for a NAL unit with a part of the picture itself.
bool is_slice(const Nal& nal, Coding codec);

/// The parameter sets of a picture with their start codes; empty for other codecs.
std::vector<std::uint8_t> parameter_sets(std::span<const std::uint8_t> picture, Coding codec);

/// Where the first slice of a picture begins, with its start code; 0: there is none, or the codec has no
/// units.
std::size_t slices_of(std::span<const std::uint8_t> picture, Coding codec);

/// Turns units behind four bytes of length into units behind start codes, in place. False: the lengths do not
/// add up.
bool to_annex_b(std::vector<std::uint8_t>& picture);

/// A NAL unit with its start code that holds a user_data_unregistered message (H.264 D.1.7, H.265 D.2.7): 16
/// bytes of `uuid`, then `payload`.
std::vector<std::uint8_t> user_data_unit(Coding codec, std::span<const std::uint8_t, 16> uuid,
                                         std::span<const std::uint8_t> payload);

}  // namespace camfleet::camera
