#pragma once

#include <cstdint>
#include <string>

namespace camfleet::media::test {

std::string big_endian(std::uint32_t value, int bytes);
std::string little_endian(std::uint32_t value, int bytes);

/// A PNG's chunk with its sum.
std::string png_chunk(const std::string& type, const std::string& data);

/// A block of EXIF that holds an orientation alone.
std::string exif(int orientation, bool big);

/// The same pictures with EXIF in them.
std::string jpeg_with_exif(const std::string& jpeg, const std::string& exif);
std::string png_with_exif(const std::string& png, const std::string& exif);
std::string webp_with_exif(const std::string& webp, const std::string& exif);

/// The same little-endian TIFF with the tag in its first directory.
std::string tiff_with_orientation(const std::string& tiff, int orientation);

}  // namespace camfleet::media::test
