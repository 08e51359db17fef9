#include "runtime/media/aes_segment.hpp"

#include <algorithm>
#include <cstring>

extern "C" {
#include <libavutil/aes.h>
#include <libavutil/error.h>
#include <libavutil/mem.h>
}

namespace camfleet::media {
namespace {

constexpr int key_bits = 128;

std::optional<int> digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return std::nullopt;
}

bool parse_hex(std::string_view text, std::span<std::uint8_t> into) {
  if (text.size() != 2 * into.size()) return false;
  for (std::size_t i = 0; i < into.size(); ++i) {
    const auto high = digit(text[2 * i]);
    const auto low = digit(text[2 * i + 1]);
    if (!high || !low) return false;
    into[i] = static_cast<std::uint8_t>(*high * 16 + *low);
  }
  return true;
}

}  // namespace

void AesSegment::AesDelete::operator()(void* one) const {
  av_free(one);
}

std::optional<AesSegment> AesSegment::make(std::string_view key, std::string_view iv) {
  AesSegment made;
  Block key_bytes{};
  if (!parse_hex(key, key_bytes) || !parse_hex(iv, made.iv_)) return std::nullopt;
  AVAES* const aes = av_aes_alloc();
  made.aes_.reset(aes);
  if (aes == nullptr || av_aes_init(aes, key_bytes.data(), key_bits, 1) != 0) return std::nullopt;
  return made;
}

int AesSegment::read(std::span<std::uint8_t> into, const Read& cipher_text) {
  // The last block is held back until it is known to be the last: its end is padding.
  while (!ended_ && held_bytes_ < 2 * block_bytes) {
    const int count = cipher_text(std::span(held_).subspan(held_bytes_));
    if (count < 0) return count;
    ended_ = count == 0;
    held_bytes_ += static_cast<std::size_t>(count);
  }
  std::size_t blocks = held_bytes_ / block_bytes;
  if (blocks > 0 && !ended_) --blocks;
  blocks = std::min(blocks, into.size() / block_bytes);
  if (blocks == 0) return held_bytes_ < block_bytes ? 0 : AVERROR(EINVAL);
  std::size_t plain = blocks * block_bytes;
  av_aes_crypt(static_cast<AVAES*>(aes_.get()), into.data(), held_.data(), static_cast<int>(blocks),
               iv_.data(), 1);
  std::memmove(held_.data(), held_.data() + plain, held_bytes_ - plain);
  held_bytes_ -= plain;
  if (ended_ && held_bytes_ < block_bytes) {
    const std::size_t padding = into[plain - 1];
    if (padding >= 1 && padding <= block_bytes) plain -= padding;
  }
  return static_cast<int>(plain);
}

}  // namespace camfleet::media
