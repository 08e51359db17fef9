#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "actors/base/error.hpp"
#include "actors/base/time.hpp"
#include "runtime/link/cluster_keys.hpp"
#include "runtime/link/tls_pump.hpp"

namespace camfleet::link {

using NodeList = std::map<std::string, ListedNode, std::less<>>;

/// Lets the nodes of a cluster in, and nobody else: TLS 1.3 where both sides show their certificates, a list
/// of keys, one connection for each name. A stranger costs a handshake's place for 5 s at most, and never the
/// place of somebody who is in. A plain door is for loopback alone: whoever comes is who it says it is.
///
/// To who may come in it says the line "welcome", to who may not now "later: " and why, to who is not in the
/// list "no: " and why; to who shows no certificate of the cluster nothing. What follows is CAF's.
class Door {
 public:
  struct Settings {
    std::string host = "127.0.0.1";
    std::uint16_t port = 0;                ///< 0: any that is free
    std::size_t handshakes = 64;           ///< at once; the oldest of the address with the most gives way
    Duration handshake_time = seconds(5);  ///< for one
    std::size_t connections = 600;         ///< of who is in
    LinkLimits limits{};
    bool is_plain = false;  ///< no TLS, keys or list
  };
  /// Who has come in.
  struct Guest {
    std::uint64_t number = 0;  ///< of the connection; none is used again
    std::string name;          ///< by its certificate
    std::string address;
    int socket = -1;  ///< CAF's end; whoever is told of it closes it
  };
  /// Called on the door's thread; must not block, nor destroy the door.
  struct Hooks {
    std::function<void(Guest)> came;
    std::function<void(std::uint64_t number, const std::string& name, const std::string& why)> left;
    std::function<void(const std::string& address, const std::string& why)> refused;
  };

  /// Errors: invalid_field (the host), io (the port is taken), unreadable (the keys).
  static result<std::unique_ptr<Door>> open(const Settings& settings, const OwnKeys& keys, NodeList list,
                                            Hooks hooks);
  /// Closes all connections; nothing is called any more.
  ~Door();

  [[nodiscard]] std::uint16_t port() const;
  /// From now on these may come in; who is in and not among them leaves at once. From any thread.
  void set_list(NodeList list);
  /// What comes over a connection may go to the actor of this number, and to no other: to be said before that
  /// is shown to it. From any thread.
  void allow(std::uint64_t number, std::uint64_t actor);
  /// Has a connection end. From any thread.
  void close(std::uint64_t number, const std::string& why);

 private:
  class Impl;
  explicit Door(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace camfleet::link
