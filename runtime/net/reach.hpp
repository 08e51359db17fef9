#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <sys/socket.h>

#include "actors/base/error.hpp"

namespace camfleet::net {

/// Host and port as a URL has them; the host in small letters and without the brackets of IPv6.
struct HostPort {
  std::string host;
  std::uint16_t port = 0;

  bool operator==(const HostPort&) const = default;
};

/// A host that an operator named for a source: "10.0.0.7", "cdn.local:8443", "[fe80::1]:80".
struct NamedHost {
  std::string host;
  std::uint16_t port = 0;  ///< 0: any
};

/// Hosts of a list with commas. Errors: invalid_field, with `where`.
result<std::vector<NamedHost>> parse_hosts(std::string_view list, const std::string& where);

/// Where one source may be led by redirects and playlists: to the public network, to its own addresses and to
/// hosts that its operator named. An own address that is of this machine is that with the source's port
/// alone, as what else listens there, camfleet's API among it, is not the source's.
class Reach {
 public:
  Reach(HostPort own, std::vector<NamedHost> named);

  /// Whether a connection to `address`, to which `asked` resolved, may be made. What the source's own host
  /// resolves to at the first call is the source's own from then on, so that a name that changes its mind
  /// leads nowhere else. Errors: forbidden, without a place.
  result<void> check(const HostPort& asked, const sockaddr& address);

 private:
  [[nodiscard]] bool is_named(const HostPort& asked, const std::string& text) const;
  void learn(const HostPort& asked, const std::string& text);

  HostPort own_;
  std::vector<NamedHost> named_;
  bool has_learnt_ = false;
  std::vector<std::string> own_addresses_;  ///< none: its name is of the public network
};

/// Resolves a host, and gives the first of its addresses that `reach` allows, as text. Errors, without a
/// place: forbidden, unreachable (it has none).
result<std::string> resolve_within(Reach& reach, const HostPort& asked);

}  // namespace camfleet::net
