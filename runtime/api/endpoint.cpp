#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "actors/base/text.hpp"
#include "runtime/api/http_client.hpp"

namespace camfleet::api {
namespace {

std::string host_text(const Endpoint& endpoint) {
  return endpoint.host.find(':') == std::string::npos ? endpoint.host : "[" + endpoint.host + "]";
}

/// The value of the Host header, and what follows the scheme in a URL.
std::string authority(const Endpoint& endpoint) {
  const std::uint16_t usual = endpoint.is_tls ? 443 : 80;
  return host_text(endpoint) + (endpoint.port == usual ? "" : ":" + std::to_string(endpoint.port));
}

result<std::uint16_t> port_of(std::string_view text) {
  const auto port = parse_int(text);
  if (!port || *port < 1 || *port > 65535)
    return fail(Errc::invalid_field, "", quote(text) + " is no port; write a number from 1 to 65535");
  return static_cast<std::uint16_t>(*port);
}

bool is_visible(char c) {
  return c > ' ' && c < '\x7f';
}

}  // namespace

std::string Endpoint::text() const {
  return (is_tls ? "https://" : "http://") + authority(*this) + (path == "/" ? "" : path);
}

result<Endpoint> parse_endpoint(std::string_view url) {
  constexpr std::string_view plain = "http://";
  constexpr std::string_view secure = "https://";
  const auto wrong = [](const std::string& what) { return fail(Errc::invalid_field, "", what); };
  Endpoint endpoint;
  endpoint.is_tls = url.starts_with(secure);
  const std::string_view rest = endpoint.is_tls          ? url.substr(secure.size())
                                : url.starts_with(plain) ? url.substr(plain.size())
                                                         : "";
  std::string_view place = rest.substr(0, rest.find('/'));
  if (place.find('@') != std::string_view::npos)
    return wrong("holds a user or password, which the API does not take; leave it out");
  if (!std::ranges::all_of(rest, is_visible) || rest.find_first_of("?#") != std::string_view::npos ||
      place.empty())
    return wrong(quote(url) + " is no endpoint; write one like http://127.0.0.1:8080");
  if (place.size() < rest.size()) endpoint.path = rest.substr(place.size());
  const std::size_t bracket = place.find(']');
  const bool is_v6 = place.front() == '[' && bracket != std::string_view::npos;
  const std::size_t colon = place.find(':', is_v6 ? bracket : 0);
  endpoint.host = is_v6 ? place.substr(1, bracket - 1) : place.substr(0, colon);
  // It would be decoded to another one than is shown.
  if (!is_v6 && endpoint.host.find('%') != std::string::npos)
    return wrong(quote(url) + " has a % in its host; write its name as it is");
  if (endpoint.host.empty())
    return wrong(quote(url) + " names no host; write one like http://127.0.0.1:8080");
  endpoint.port = endpoint.is_tls ? 443 : 80;
  if (colon != std::string_view::npos) {
    CAMFLEET_TRY(endpoint.port, port_of(place.substr(colon + 1)));
  }
  return endpoint;
}

}  // namespace camfleet::api
