#pragma once

#include <memory>
#include <string>

// Asio of Boost 1.74 wants it before in C++20.
#include <utility>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>

#include "actors/base/error.hpp"
#include "runtime/link/basp_filter.hpp"
#include "runtime/link/cluster_keys.hpp"

namespace camfleet::link {

using TlsStream = boost::asio::ssl::stream<boost::asio::ip::tcp::socket>;

/// TLS 1.3 with the keys of a process, where either side shows a certificate of the cluster's authority: at
/// the door one of a node, to the caller the scheduler's. Nothing is resumed: each connection shows it anew.
/// The keys are in memory: their files may be gone. Errors: unreadable: they are none.
result<std::shared_ptr<boost::asio::ssl::context>> tls_context(const OwnKeys& keys, Side side);

/// Who is on the other side of a connection whose handshake is through.
struct PeerName {
  std::string name;         ///< the common name
  std::string fingerprint;  ///< see fingerprint_of
};
PeerName peer_of(TlsStream& stream);

}  // namespace camfleet::link
