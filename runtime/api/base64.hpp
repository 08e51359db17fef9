#pragma once

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

}  // namespace camfleet::api
