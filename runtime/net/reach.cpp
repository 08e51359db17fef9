#include "runtime/net/reach.hpp"

#include <algorithm>
#include <cctype>
#include <memory>
#include <utility>

#include <netdb.h>

#include "actors/base/text.hpp"
#include "runtime/net/internal_address.hpp"

namespace camfleet::net {
namespace {

constexpr std::size_t most_hosts = 64;

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return out;
}

result<NamedHost> parse_host(std::string_view text, const std::string& where) {
  const auto wrong = [&] {
    return fail(Errc::invalid_field, where,
                "hosts has " + name_text(text) + "; right would be 10.0.0.7, cdn.local:8443 or [fe80::1]:80");
  };
  NamedHost named;
  const std::size_t bracket = text.rfind(']');
  // An IPv6 address without brackets has no port.
  const bool is_plain_v6 = bracket == std::string_view::npos && std::ranges::count(text, ':') > 1;
  std::size_t colon = is_plain_v6 ? text.npos : text.find(':', bracket == text.npos ? 0 : bracket);
  if (colon != text.npos) {
    const auto port = parse_int(text.substr(colon + 1));
    if (!port || *port < 1 || *port > 65535) return wrong();
    named.port = static_cast<std::uint16_t>(*port);
  }
  std::string_view host = text.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  const auto is_of_a_host = [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '.' || c == '-' || c == ':' || c == '_';
  };
  if (host.empty() || !std::ranges::all_of(host, is_of_a_host)) return wrong();
  named.host = lower(host);
  return named;
}

using Resolved = std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)>;

/// Null: it has no address.
Resolved resolve(const std::string& host) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* first = nullptr;
  const bool is_found = ::getaddrinfo(host.c_str(), nullptr, &hints, &first) == 0;
  return {is_found ? first : nullptr, &::freeaddrinfo};
}

}  // namespace

result<std::vector<NamedHost>> parse_hosts(std::string_view list, const std::string& where) {
  std::vector<NamedHost> hosts;
  while (true) {
    const std::size_t comma = std::min(list.find(','), list.size());
    CAMFLEET_TRY(NamedHost named, parse_host(list.substr(0, comma), where));
    hosts.push_back(std::move(named));
    if (hosts.size() > most_hosts)
      return fail(Errc::too_large, where, "hosts has more than " + std::to_string(most_hosts) + " names");
    if (comma == list.size()) return hosts;
    list.remove_prefix(comma + 1);
  }
}

Reach::Reach(HostPort own, std::vector<NamedHost> named) : own_(std::move(own)), named_(std::move(named)) {}

result<void> Reach::check(const HostPort& asked, const sockaddr& address) {
  const std::string text = address_text(address);
  if (!std::exchange(has_learnt_, true)) learn(asked, text);
  if (!is_internal(address) || is_named(asked, text)) return success();
  const bool is_own = std::ranges::find(own_addresses_, text) != own_addresses_.end();
  if (is_own && (asked.port == own_.port || !is_this_machine(address))) return success();
  const std::string place = text.find(':') == text.npos ? text : "[" + text + "]";
  const std::string port = ":" + std::to_string(asked.port);
  return fail(Errc::forbidden, "",
              "leads to " + asked.host + port + (asked.host == text ? "" : " (" + text + ")") +
                  ", which is neither its own nor of the public network; #hosts=" + place + port +
                  " would allow it");
}

bool Reach::is_named(const HostPort& asked, const std::string& text) const {
  return std::ranges::any_of(named_, [&](const NamedHost& named) {
    return (named.host == asked.host || named.host == text) && (named.port == 0 || named.port == asked.port);
  });
}

void Reach::learn(const HostPort& asked, const std::string& text) {
  const Resolved resolved = resolve(own_.host);
  bool is_public = false;
  for (const addrinfo* one = resolved.get(); one != nullptr; one = one->ai_next) {
    own_addresses_.push_back(address_text(*one->ai_addr));
    is_public = is_public || !is_internal(*one->ai_addr);
  }
  // The name of a public host does not vouch for what is behind this machine's own walls.
  if (is_public) return own_addresses_.clear();
  if (own_addresses_.empty() && asked == own_) own_addresses_.push_back(text);
}

result<std::string> resolve_within(Reach& reach, const HostPort& asked) {
  const Resolved resolved = resolve(asked.host);
  if (resolved == nullptr)
    return fail(Errc::unreachable, "", "leads to " + asked.host + ", which has no address");
  result<void> checked = success();
  for (const addrinfo* one = resolved.get(); one != nullptr; one = one->ai_next) {
    checked = reach.check(asked, *one->ai_addr);
    if (checked.has_value()) return address_text(*one->ai_addr);
  }
  return pass(checked.error());
}

}  // namespace camfleet::net
