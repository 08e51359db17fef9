#include "runtime/net/internal_address.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <netinet/in.h>

namespace camfleet::net {
namespace {

struct Range {
  std::uint32_t first;  ///< in the machine's order
  int bits;
};

/// RFC 6890 and the registry that it began: what is not globally reachable.
constexpr std::array<Range, 16> internal_ranges{{
    {0x00000000, 8},   // this network
    {0x0A000000, 8},   // private
    {0x64400000, 10},  // shared by the customers of a provider
    {0x7F000000, 8},   // loopback
    {0xA9FE0000, 16},  // link-local
    {0xAC100000, 12},  // private
    {0xC0000000, 24},  // of protocols
    {0xC0000200, 24},  // of documentation
    {0xC0586300, 24},  // of relays
    {0xC0A80000, 16},  // private
    {0xC6120000, 15},  // of benchmarks
    {0xC6336400, 24},  // of documentation
    {0xCB007100, 24},  // of documentation
    {0xE0000000, 4},   // multicast
    {0xF0000000, 4},   // reserved
    {0xFFFFFFFF, 32},  // everybody
}};

bool is_internal_v4(std::uint32_t address) {
  return std::ranges::any_of(internal_ranges, [address](const Range& range) {
    return (address ^ range.first) >> (32 - range.bits) == 0;
  });
}

bool is_loopback_v4(std::uint32_t address) {
  return address >> 24U == 0x7F;
}

std::uint32_t v4_at(const in6_addr& address, std::size_t offset) {
  std::uint32_t number = 0;
  for (std::size_t i = 0; i < 4; ++i) number = number << 8U | address.s6_addr[offset + i];
  return number;
}

/// The IPv4 address that stands in an IPv6 one.
std::optional<std::uint32_t> carried_v4(const in6_addr& address) {
  constexpr std::array<unsigned char, 12> translated{0, 0x64, 0xFF, 0x9B};
  if (IN6_IS_ADDR_V4MAPPED(&address) || IN6_IS_ADDR_V4COMPAT(&address)) return v4_at(address, 12);
  if (std::memcmp(address.s6_addr, translated.data(), translated.size()) == 0) return v4_at(address, 12);
  if (address.s6_addr[0] == 0x20 && address.s6_addr[1] == 0x02) return v4_at(address, 2);
  return std::nullopt;
}

bool is_internal_v6(const in6_addr& address) {
  // Of the public network is 2000::/3 alone; of it 2001::/23 is of protocols, and 2001:db8::/32
  // documentation.
  if (const auto v4 = carried_v4(address)) return is_internal_v4(*v4);
  const std::uint32_t first = v4_at(address, 0);
  return first >> 29U != 1 || first >> 9U == 0x20010000U >> 9U || first == 0x20010DB8;
}

const in_addr& v4_of(const sockaddr& address) {
  return reinterpret_cast<const sockaddr_in&>(address).sin_addr;
}

const in6_addr& v6_of(const sockaddr& address) {
  return reinterpret_cast<const sockaddr_in6&>(address).sin6_addr;
}

bool is_loopback(const sockaddr& address) {
  if (address.sa_family == AF_INET) {
    const std::uint32_t number = ntohl(v4_of(address).s_addr);
    return is_loopback_v4(number) || number == INADDR_ANY;
  }
  const in6_addr& v6 = v6_of(address);
  if (IN6_IS_ADDR_LOOPBACK(&v6) || IN6_IS_ADDR_UNSPECIFIED(&v6)) return true;
  const auto v4 = carried_v4(v6);
  return v4 && (is_loopback_v4(*v4) || *v4 == INADDR_ANY);
}

}  // namespace

bool is_internal(const sockaddr& address) {
  if (is_this_machine(address)) return true;
  if (address.sa_family == AF_INET) return is_internal_v4(ntohl(v4_of(address).s_addr));
  return address.sa_family != AF_INET6 || is_internal_v6(v6_of(address));
}

bool is_this_machine(const sockaddr& address) {
  if (address.sa_family != AF_INET && address.sa_family != AF_INET6) return false;
  if (is_loopback(address)) return true;
  ifaddrs* first = nullptr;
  if (::getifaddrs(&first) != 0) return false;
  const std::unique_ptr<ifaddrs, decltype(&::freeifaddrs)> owner(first, &::freeifaddrs);
  const std::string asked = address_text(address);
  for (const ifaddrs* one = first; one != nullptr; one = one->ifa_next) {
    if (one->ifa_addr != nullptr && address_text(*one->ifa_addr) == asked) return true;
  }
  return false;
}

std::string address_text(const sockaddr& address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (address.sa_family == AF_INET) {
    ::inet_ntop(AF_INET, &v4_of(address), text.data(), text.size());
  } else if (address.sa_family == AF_INET6) {
    const in6_addr& v6 = v6_of(address);
    if (IN6_IS_ADDR_V4MAPPED(&v6)) {
      const in_addr v4{htonl(v4_at(v6, 12))};
      ::inet_ntop(AF_INET, &v4, text.data(), text.size());
    } else {
      ::inet_ntop(AF_INET6, &v6, text.data(), text.size());
    }
  }
  return text.data();
}

}  // namespace camfleet::net
