#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <boost/beast/core/detail/base64.hpp>

namespace camfleet::api {

/// RFC 4648 with padding.
inline std::string base64(std::string_view bytes) {
  namespace detail = boost::beast::detail::base64;
  std::string text(detail::encoded_size(bytes.size()), '\0');
  text.resize(detail::encode(text.data(), bytes.data(), bytes.size()));
  return text;
}

/// None when it is not base64, or has no padding.
inline std::optional<std::string> from_base64(std::string_view text) {
  namespace detail = boost::beast::detail::base64;
  if (text.size() % 4 != 0) return std::nullopt;
  const std::size_t padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
  std::string bytes(detail::decoded_size(text.size()), '\0');
  const auto [written, read] = detail::decode(bytes.data(), text.data(), text.size());
  // The decoder stops at what it does not know.
  if (read < text.size() - padding) return std::nullopt;
  bytes.resize(written);
  return bytes;
}

}  // namespace camfleet::api
