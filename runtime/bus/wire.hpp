#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "actors/base/error.hpp"
#include "actors/base/time.hpp"
#include "actors/machines/protocol.hpp"

namespace camfleet::bus {

/// How the pixels of a frame cross a process's border.
enum class Form : std::uint8_t {
  raw,   ///< packed BGR rows as they are in memory: between processes of one host
  jpeg,  ///< JPEG: between hosts
};

/// What comes before the pixels of a frame on the wire.
struct FrameHeader {
  Sample sample{};  ///< its FrameIx is the sender's and means nothing elsewhere
  Form form = Form::raw;
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  std::uint32_t stride = 0;
  Duration media_time{0};
  std::uint64_t pixel_bytes = 0;
};

inline constexpr std::uint32_t wire_version = 2;
inline constexpr std::size_t header_bytes = 104;
inline constexpr std::uint32_t max_side = 8192;
/// Pixels up to this follow their header in the same message; more are a message part of their own.
inline constexpr std::size_t inline_pixels = 16 * 1024;

/// The header as bytes, little-endian, with the version first.
void append_header(std::vector<std::uint8_t>& out, const FrameHeader& header);

/// Errors: corrupt, with what is wrong: another version, a wrong length, sides or sizes that cannot be.
result<FrameHeader> read_header(std::span<const std::uint8_t> bytes);

}  // namespace camfleet::bus
