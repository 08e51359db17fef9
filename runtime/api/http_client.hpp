#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "actors/base/error.hpp"
#include "actors/base/time.hpp"

namespace camfleet::api {

/// Where a server listens.
struct Endpoint {
  bool is_tls = false;
  std::string host;  ///< without the brackets of IPv6
  std::uint16_t port = 80;
  std::string path = "/";

  /// As a URL; the port only where it is not the scheme's own.
  [[nodiscard]] std::string text() const;
};

/// Reads "http://HOST[:PORT][/PATH]" or https. Errors: invalid_field without a place: another scheme, no
/// host, a port that is none, a user and password (they are not repeated), a query, spaces or control
/// characters.
result<Endpoint> parse_endpoint(std::string_view url);

/// One request.
struct HttpQuery {
  std::string method = "POST";
  std::string content_type = "application/x-www-form-urlencoded";
  std::string body;
};

struct HttpAnswer {
  unsigned status = 200;
  std::string content_type;
  std::string body;
};

struct HttpClientSettings {
  /// PEM certificates that are trusted beside the system's; empty: none.
  std::filesystem::path ca;
  Duration connect_time = seconds(10);  ///< for connection and TLS together
  Duration answer_time = seconds(60);   ///< from the request's first byte to the answer's last
  std::uint64_t body_bytes = 64ULL * 1024 * 1024;
  std::uint32_t header_bytes = 64 * 1024;
};

/// Sends one request on a connection of its own and waits for the answer; redirects are not followed, and no
/// proxy is asked. A server may answer before it has read everything. To look up the host's name is part of
/// connect_time; who is late is given up within a second of it. Errors, at the endpoint's URL: unreachable:
/// no such host, refused, broken off, a certificate that is not trusted or not the host's; timed_out;
/// corrupt: not HTTP, a header or a body beyond its limit; and at the CA file unreadable.
result<HttpAnswer> http_request(const Endpoint& endpoint, const HttpQuery& query,
                                const HttpClientSettings& settings);

}  // namespace camfleet::api
