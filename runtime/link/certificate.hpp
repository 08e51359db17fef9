#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "actors/base/error.hpp"

namespace camfleet::link {

/// A certificate and its private key, as PEM.
struct Certificate {
  std::string certificate;
  std::string key;
};

/// Whom a certificate is for: one of a node is not taken for the scheduler's, nor the other way.
enum class Role : std::uint8_t { scheduler, node };

/// A new authority, which signs itself. Keys are of the curve P-256; a certificate is good from a day ago,
/// so that clocks may differ, for twenty years: who is out is struck from a list, see ClusterKeys.
/// Errors: io: OpenSSL fails.
result<Certificate> make_authority();

/// A new certificate of this name (its common name and its DNS name), signed by an authority. Errors:
/// unreadable: what is given is no authority; io.
result<Certificate> make_certificate(const Certificate& authority, std::string_view name, Role role);

/// The SHA-256 of a certificate in hex digits. Errors: unreadable: it is none.
result<std::string> fingerprint_of(const std::string& certificate);

}  // namespace camfleet::link
