#include "runtime/api/caller.hpp"

#include <algorithm>
#include <string>

#include <boost/asio/ip/address.hpp>

#include "actors/base/error.hpp"
#include "actors/base/text.hpp"

namespace camfleet::api {
namespace {

/// Without the port, an IPv6 address without its brackets.
std::string_view name_of(std::string_view host) {
  if (host.starts_with('[')) {
    const std::size_t end = host.find(']');
    const bool ends = end != std::string_view::npos && (end + 1 == host.size() || host[end + 1] == ':');
    return ends ? host.substr(1, end - 1) : std::string_view();
  }
  return host.substr(0, host.find(':'));
}

bool has_port(std::string_view host) {
  const std::size_t colon = host.rfind(':');
  return colon != std::string_view::npos && host.find(']', colon) == std::string_view::npos;
}

/// Whether an Origin, which is "null" of what has none, names the server that the Host header does.
bool is_same(std::string_view origin, std::string_view host_header) {
  for (const auto& [scheme, port] : {std::pair("http://", ":80"), std::pair("https://", ":443")}) {
    if (!origin.starts_with(scheme)) continue;
    const auto whole = [port = port](std::string_view host) {
      return to_lower(host) + (has_port(host) ? "" : port);
    };
    return whole(origin.substr(std::string_view(scheme).size())) == whole(host_header);
  }
  return false;
}

auto forbidden(std::string message) {
  return refuse(403, "Forbidden", std::move(message));
}

bool is_of_a_browser(const Request& request) {
  // Programs send Sec-Fetch-Mode, too: Node's fetch does.
  return request.header("origin") != nullptr || request.header("sec-fetch-site") != nullptr;
}

}  // namespace

bool is_loopback_host(std::string_view host) {
  const std::string name = to_lower(name_of(host));
  if (name == "localhost" || name.ends_with(".localhost")) return true;
  boost::system::error_code error;
  const auto address = boost::asio::ip::make_address(name, error);
  return !error && address.is_loopback();
}

api_result<void> check_caller(const Request& request, bool is_unsigned) {
  const std::string* host = request.header("host");
  if (is_unsigned && (host == nullptr || !is_loopback_host(*host)))
    return forbidden("Host " + quote(host == nullptr ? "" : *host) +
                     " is not this machine's loopback; without signatures call it as 127.0.0.1, [::1] or "
                     "localhost.");
  for (const auto& [name, value] : request.headers) {
    if (name == "origin" && !is_same(value, host == nullptr ? "" : *host))
      return forbidden("Origin " + quote(value) + " is another site's; its pages may not call this server.");
    if (name == "sec-fetch-site" && value != "none" && value != "same-origin")
      return forbidden("Sec-Fetch-Site " + quote(value) +
                       " is another site's; its pages may not call this server.");
  }
  return success();
}

api_result<void> check_method(const Request& request, const Action& action) {
  if (action.effect == Effect::reads || request.method == "POST" || !is_of_a_browser(request))
    return success();
  return refuse(405, "UnsupportedHTTPMethod",
                std::string(action.name) + " changes something; a browser sends it by POST.");
}

}  // namespace camfleet::api
