#include "runtime/api/unique_id.hpp"

#include <array>
#include <cstdint>
#include <cstdlib>
#include <cstring>

#include <openssl/rand.h>

namespace camfleet::api {
namespace {

template <std::size_t N>
std::array<unsigned char, N> random_bytes() {
  std::array<unsigned char, N> bytes{};
  // Without randomness there are no nonces and no ids.
  if (RAND_bytes(bytes.data(), static_cast<int>(N)) != 1) std::abort();
  return bytes;
}

}  // namespace

std::string unique_request_id() {
  auto bytes = random_bytes<16>();
  bytes[6] = static_cast<unsigned char>((bytes[6] & 0x0FU) | 0x40U);
  bytes[8] = static_cast<unsigned char>((bytes[8] & 0x3FU) | 0x80U);
  constexpr char hex[] = "0123456789ABCDEF";
  std::string text;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
    text += hex[bytes[i] >> 4U];
    text += hex[bytes[i] & 0xFU];
  }
  return text;
}

std::string unique_digits() {
  const auto bytes = random_bytes<8>();
  std::uint64_t number = 0;
  std::memcpy(&number, bytes.data(), sizeof number);
  constexpr std::uint64_t least = 100'000'000'000'000'000;
  return std::to_string(least + number % (9 * least));
}

}  // namespace camfleet::api
