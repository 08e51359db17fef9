#include "simulator/camera/annex_b.hpp"

#include <array>

namespace camfleet::camera {
namespace {

constexpr std::array<std::uint8_t, 4> start_code{0, 0, 0, 1};
constexpr std::uint8_t user_data_unregistered = 5;

std::uint8_t type_of(std::uint8_t header, Coding codec) {
  return codec == Coding::h265 ? (header >> 1U) & 63U : header & 31U;
}

bool is_parameter_set(const Nal& nal, Coding codec) {
  // VPS, SPS and PPS; SPS and PPS.
  return codec == Coding::h265 ? nal.type >= 32 && nal.type <= 34 : nal.type == 7 || nal.type == 8;
}

}  // namespace

std::vector<Nal> nals_of(std::span<const std::uint8_t> picture, Coding codec) {
  std::vector<Nal> nals;
  for (std::size_t i = 0; i + 3 < picture.size(); ++i) {
    if (picture[i] != 0 || picture[i + 1] != 0 || picture[i + 2] != 1) continue;
    const std::size_t at = i > 0 && picture[i - 1] == 0 ? i - 1 : i;
    if (!nals.empty()) nals.back().end = at;
    nals.push_back({at, i + 3, picture.size(), type_of(picture[i + 3], codec)});
    i += 2;
  }
  return nals;
}

bool is_slice(const Nal& nal, Coding codec) {
  return codec == Coding::h265 ? nal.type < 32 : nal.type >= 1 && nal.type <= 5;
}

std::vector<std::uint8_t> parameter_sets(std::span<const std::uint8_t> picture, Coding codec) {
  std::vector<std::uint8_t> sets;
  if (codec != Coding::h264 && codec != Coding::h265) return sets;
  for (const Nal& nal : nals_of(picture, codec)) {
    if (!is_parameter_set(nal, codec)) continue;
    sets.insert(sets.end(), start_code.begin(), start_code.end());
    sets.insert(sets.end(), picture.begin() + static_cast<std::ptrdiff_t>(nal.payload),
                picture.begin() + static_cast<std::ptrdiff_t>(nal.end));
  }
  return sets;
}

std::size_t slices_of(std::span<const std::uint8_t> picture, Coding codec) {
  if (codec != Coding::h264 && codec != Coding::h265) return 0;
  for (const Nal& nal : nals_of(picture, codec)) {
    if (is_slice(nal, codec)) return nal.at;
  }
  return 0;
}

bool to_annex_b(std::vector<std::uint8_t>& picture) {
  std::size_t at = 0;
  while (at + start_code.size() < picture.size()) {
    std::size_t length = 0;
    for (std::size_t i = 0; i < start_code.size(); ++i) length = length << 8U | picture[at + i];
    if (length == 0 || length > picture.size() - at - start_code.size()) return false;
    std::copy(start_code.begin(), start_code.end(), picture.begin() + static_cast<std::ptrdiff_t>(at));
    at += start_code.size() + length;
  }
  return at == picture.size() && at > 0;
}

std::vector<std::uint8_t> user_data_unit(Coding codec, std::span<const std::uint8_t, 16> uuid,
                                         std::span<const std::uint8_t> payload) {
  std::vector<std::uint8_t> raw;
  raw.push_back(user_data_unregistered);
  std::size_t size = uuid.size() + payload.size();
  for (; size >= 255; size -= 255) raw.push_back(255);
  raw.push_back(static_cast<std::uint8_t>(size));
  raw.insert(raw.end(), uuid.begin(), uuid.end());
  raw.insert(raw.end(), payload.begin(), payload.end());
  raw.push_back(0x80);
  std::vector<std::uint8_t> unit(start_code.begin(), start_code.end());
  if (codec == Coding::h265) {
    // nal_unit_type 39, a message before the slices; temporal id 0.
    unit.push_back(39U << 1U);
    unit.push_back(1);
  } else {
    unit.push_back(6);
  }
  // Nothing in a unit may look like a start code.
  int zeros = 0;
  for (const std::uint8_t byte : raw) {
    if (zeros == 2 && byte <= 3) {
      unit.push_back(3);
      zeros = 0;
    }
    zeros = byte == 0 ? zeros + 1 : 0;
    unit.push_back(byte);
  }
  return unit;
}

}  // namespace camfleet::camera
