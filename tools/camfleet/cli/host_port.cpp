#include "tools/camfleet/cli/host_port.hpp"

#include <optional>

#include "actors/base/text.hpp"

namespace camfleet::cli {

result<std::pair<std::string, std::uint16_t>> parse_host_port(const std::string& option,
                                                              const std::string& text) {
  const std::size_t colon = text.rfind(':');
  const auto port = colon == std::string::npos ? std::nullopt : parse_int(text.substr(colon + 1));
  if (!port || *port < 0 || *port > 65535)
    return fail(Errc::bad_usage, option, quote(text) + " is no HOST:PORT; write one like 127.0.0.1:8080");
  std::string host = text.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  return std::pair(host, static_cast<std::uint16_t>(*port));
}

bool is_loopback(const std::string& host) {
  return host == "localhost" || host == "::1" || host.starts_with("127.");
}

}  // namespace camfleet::cli
