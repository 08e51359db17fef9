#include "runtime/api/unique_id.hpp"

#include <array>
#include <cstdint>
#include <cstring>
#include <new>

#include <openssl/rand.h>

namespace camfleet::api {
namespace {

/// Of a stock, as each call of the generator costs more than the bytes.
template <std::size_t N>
std::array<unsigned char, N> random_bytes() {
  thread_local std::array<unsigned char, 1024> stock;
  thread_local std::size_t used = stock.size();
  if (stock.size() - used < N) {
    // It fails for want of memory alone: without randomness there are no nonces and no ids.
    if (RAND_bytes(stock.data(), static_cast<int>(stock.size())) != 1) throw std::bad_alloc();
    used = 0;
  }
  std::array<unsigned char, N> bytes{};
  std::memcpy(bytes.data(), stock.data() + used, N);
  used += N;
  return bytes;
}

}  // namespace

std::string unique_request_id() {
  auto bytes = random_bytes<16>();
  bytes[6] = static_cast<unsigned char>((bytes[6] & 0x0FU) | 0x40U);
  bytes[8] = static_cast<unsigned char>((bytes[8] & 0x3FU) | 0x80U);
  constexpr char hex[] = "0123456789ABCDEF";
  std::string text;
  text.reserve(36);
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
