#pragma once

#include <string>

#include <sys/socket.h>

namespace camfleet::net {

/// True for what is not of the public network: this machine's own addresses, loopback, link-local, private,
/// shared and reserved ranges, multicast (RFC 6890), also as an IPv6 address carries them (RFC 4291 mapped,
/// RFC 6052 translated, RFC 3056 6to4). What is neither IPv4 nor IPv6 is internal.
bool is_internal(const sockaddr& address);

/// True for an address at which this machine hears itself: a loopback one, or one of its interfaces.
bool is_this_machine(const sockaddr& address);

/// "192.168.1.5", "fe80::1"; an IPv4 address that IPv6 carries as mapped is written as IPv4.
std::string address_text(const sockaddr& address);

}  // namespace camfleet::net
