#pragma once

#include <string>

#include <arpa/inet.h>
#include <netinet/in.h>

namespace camfleet::testing {

/// An IPv4 or IPv6 address as a socket has it.
inline sockaddr_storage socket_address(const std::string& text) {
  sockaddr_storage storage{};
  auto& v4 = reinterpret_cast<sockaddr_in&>(storage);
  auto& v6 = reinterpret_cast<sockaddr_in6&>(storage);
  const bool is_v6 = text.find(':') != std::string::npos;
  storage.ss_family = is_v6 ? AF_INET6 : AF_INET;
  void* const into = is_v6 ? static_cast<void*>(&v6.sin6_addr) : static_cast<void*>(&v4.sin_addr);
  if (inet_pton(storage.ss_family, text.c_str(), into) != 1) storage.ss_family = AF_UNSPEC;
  return storage;
}

inline const sockaddr& as_sockaddr(const sockaddr_storage& storage) {
  return reinterpret_cast<const sockaddr&>(storage);
}

}  // namespace camfleet::testing
