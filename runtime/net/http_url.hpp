#pragma once

#include <string>

#include "actors/base/error.hpp"
#include "runtime/net/reach.hpp"

namespace camfleet::net {

/// An http URL in the parts that a transfer needs.
struct HttpUrl {
  std::string text;    ///< without a login
  std::string origin;  ///< scheme, host and port: "https://camera:443"
  HostPort host;
  std::string user;  ///< decoded; empty: none is given
  std::string password;
};

/// `base`: what a relative URL is relative to; empty: it must be whole. Errors, without a place: unsupported
/// (neither http nor https), unreachable (no URL).
result<HttpUrl> parse_http_url(const std::string& text, const std::string& base = "");

}  // namespace camfleet::net
