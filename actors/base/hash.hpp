#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace camfleet {

/// FNV-1a, 64 bits: the same on every machine.
constexpr std::uint64_t hash_text(std::string_view text, std::uint64_t seed = 0xCBF29CE484222325ULL) {
  for (const char c : text) seed = (seed ^ static_cast<unsigned char>(c)) * 0x100000001B3ULL;
  return seed;
}

/// Of long texts, eight bytes at a time; little-endian machines alone.
inline std::uint64_t hash_line(std::string_view text) {
  static_assert(std::endian::native == std::endian::little);
  std::uint64_t hash = 0xCBF29CE484222325ULL ^ text.size();
  for (; text.size() >= sizeof hash; text.remove_prefix(sizeof hash)) {
    std::uint64_t word = 0;
    std::memcpy(&word, text.data(), sizeof word);
    hash = (hash ^ word) * 0x9E3779B97F4A7C15ULL;
    hash ^= hash >> 29U;
  }
  return hash_text(text, hash);
}

/// SplitMix64's finalizer: spreads every input bit over the output (Steele, Lea, Flood 2014).
constexpr std::uint64_t mix(std::uint64_t x) {
  x += 0x9E3779B97F4A7C15ULL;
  x = (x ^ (x >> 30U)) * 0xBF58476D1CE4E5B9ULL;
  x = (x ^ (x >> 27U)) * 0x94D049BB133111EBULL;
  return x ^ (x >> 31U);
}

/// 16 hexadecimal digits.
inline std::string to_hex(std::uint64_t value) {
  constexpr char digits[] = "0123456789abcdef";
  std::string out(16, '0');
  for (std::size_t i = 16; i-- > 0; value >>= 4U) out[i] = digits[value & 0xFU];
  return out;
}

}  // namespace camfleet
