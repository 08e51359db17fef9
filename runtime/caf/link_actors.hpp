#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "actors/base/error.hpp"
#include "actors/base/time.hpp"

namespace camfleet::shells {

/// Bytes between the processes of a cluster, as messages between CAF's actors: one actor for each connection,
/// so that who sends is known by where it comes in. What is sent at once arrives at once, and in order.
class LinkActors {
 public:
  /// Called on a thread of its own, one at a time for each connection.
  struct Hooks {
    std::function<void(std::uint64_t connection, std::string_view bytes)> received;
    /// What a peer has said that belongs to no connection of this kind: it is to be closed.
    std::function<void(std::uint64_t connection, const std::string& why)> strange;
    /// What is to be sent next; empty: nothing more until wake().
    std::function<std::string(std::uint64_t connection)> take;
  };
  explicit LinkActors(Hooks hooks);
  /// Closes all connections; nothing is called any more.
  ~LinkActors();
  LinkActors(const LinkActors&) = delete;
  LinkActors& operator=(const LinkActors&) = delete;

  /// Makes the actor of a connection where somebody has called; answers its number, which the door is to
  /// allow before it is shown. Nothing is sent to the peer before it has sent something.
  std::uint64_t add(std::uint64_t connection);
  /// Shows it to the peer at the other end. The socket is CAF's from now on.
  void show(std::uint64_t connection, int socket);

  /// The same of who calls: finds the actor that is shown there, to which all goes. Errors: see
  /// LinkEnds::find.
  result<void> find(std::uint64_t connection, int socket, Duration deadline);

  /// Something is to be taken. From any thread.
  void wake(std::uint64_t connection);
  /// A connection has ended.
  void remove(std::uint64_t connection);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace camfleet::shells
