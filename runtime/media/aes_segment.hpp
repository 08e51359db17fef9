#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

namespace camfleet::media {

/// Takes the AES-128 off a playlist's segment as it is read (RFC 8216 4.3.2.4: CBC, padded by PKCS7).
class AesSegment {
 public:
  /// Bytes that were read, 0 at the end, negative for an error.
  using Read = std::function<int(std::span<std::uint8_t>)>;

  /// `key` and `iv` as 32 hexadecimal digits. None: they are not.
  static std::optional<AesSegment> make(std::string_view key, std::string_view iv);

  /// The next plain bytes, at most as many as `into` has room for, which is for 16 or more.
  int read(std::span<std::uint8_t> into, const Read& cipher_text);

 private:
  static constexpr std::size_t block_bytes = 16;
  using Block = std::array<std::uint8_t, block_bytes>;
  struct AesDelete {
    void operator()(void* one) const;
  };

  AesSegment() = default;

  std::unique_ptr<void, AesDelete> aes_;
  Block iv_{};
  std::array<std::uint8_t, 64 * block_bytes> held_{};  ///< read and still in cipher
  std::size_t held_bytes_ = 0;
  bool ended_ = false;
};

}  // namespace camfleet::media
