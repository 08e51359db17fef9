#include "tests/runtime/media/picture_bytes.hpp"

#include <algorithm>

namespace camfleet::media::test {

namespace {

std::uint32_t crc32(const std::string& bytes) {
  std::uint32_t crc = 0xFFFFFFFFU;
  for (const char c : bytes) {
    crc ^= static_cast<unsigned char>(c);
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1U) != 0 ? 0xEDB88320U : 0U);
  }
  return ~crc;
}

std::uint32_t read_little(const std::string& bytes, std::size_t at, int length) {
  std::uint32_t value = 0;
  for (int i = length - 1; i >= 0; --i)
    value = value << 8U | static_cast<unsigned char>(bytes.at(at + static_cast<std::size_t>(i)));
  return value;
}

}  // namespace

std::string big_endian(std::uint32_t value, int bytes) {
  std::string out;
  for (int i = bytes - 1; i >= 0; --i) out.push_back(static_cast<char>(value >> (8 * i)));
  return out;
}

std::string little_endian(std::uint32_t value, int bytes) {
  std::string out = big_endian(value, bytes);
  return {out.rbegin(), out.rend()};
}

std::string png_chunk(const std::string& type, const std::string& data) {
  return big_endian(static_cast<std::uint32_t>(data.size()), 4) + type + data +
         big_endian(crc32(type + data), 4);
}

std::string exif(int orientation, bool big) {
  const auto number = [&](int value, int bytes) {
    return big ? big_endian(static_cast<std::uint32_t>(value), bytes)
               : little_endian(static_cast<std::uint32_t>(value), bytes);
  };
  return (big ? "MM" : "II") + number(42, 2) + number(8, 4) + number(1, 2) + number(0x0112, 2) +
         number(3, 2) + number(1, 4) + number(orientation, 2) + number(0, 2) + number(0, 4);
}

std::string jpeg_with_exif(const std::string& jpeg, const std::string& exif) {
  const std::string block = std::string("Exif\0\0", 6) + exif;
  return jpeg.substr(0, 2) + "\xFF\xE1" + big_endian(static_cast<std::uint32_t>(block.size() + 2), 2) +
         block + jpeg.substr(2);
}

std::string png_with_exif(const std::string& png, const std::string& exif) {
  constexpr std::size_t behind_header = 33;
  return png.substr(0, behind_header) + png_chunk("eXIf", exif) + png.substr(behind_header);
}

std::string webp_with_exif(const std::string& webp, const std::string& exif) {
  // The picture's own size is in its chunk, behind a start code.
  const std::size_t start = webp.find("\x9D\x01\x2A");
  const std::uint32_t width = read_little(webp, start + 3, 2) & 0x3FFFU;
  const std::uint32_t height = read_little(webp, start + 5, 2) & 0x3FFFU;
  const std::string form = "WEBPVP8X" + little_endian(10, 4) + little_endian(8, 4) +
                           little_endian(width - 1, 3) + little_endian(height - 1, 3) + webp.substr(12) +
                           "EXIF" + little_endian(static_cast<std::uint32_t>(exif.size()), 4) + exif;
  return "RIFF" + little_endian(static_cast<std::uint32_t>(form.size()), 4) + form;
}

std::string tiff_with_orientation(const std::string& tiff, int orientation) {
  // A new directory at the end, with one more entry in its place by number.
  const std::uint32_t directory = read_little(tiff, 4, 4);
  const std::uint32_t entries = read_little(tiff, directory, 2);
  const std::string added = little_endian(0x0112, 2) + little_endian(3, 2) + little_endian(1, 4) +
                            little_endian(static_cast<std::uint32_t>(orientation), 4);
  std::string out = tiff + std::string(tiff.size() % 2, '\0');
  const std::string place = little_endian(static_cast<std::uint32_t>(out.size()), 4);
  out += little_endian(entries + 1, 2);
  bool is_there = false;
  for (std::uint32_t i = 0; i < entries; ++i) {
    const std::string entry = tiff.substr(directory + 2 + 12 * i, 12);
    if (!is_there && read_little(entry, 0, 2) > 0x0112) {
      out += added;
      is_there = true;
    }
    out += entry;
  }
  if (!is_there) out += added;
  return out.replace(4, 4, place) + std::string(4, '\0');
}

}  // namespace camfleet::media::test
