#pragma once

#include <caf/all.hpp>

#include "actors/base/error.hpp"
#include "actors/base/time.hpp"

namespace camfleet::shells {

/// CAF's end of a connection that somebody else has made: a socket that is ready, to a process that has done
/// the same at the other end. No port listens. What is shown to one peer any peer could reach that guesses
/// its number: whoever carries the bytes sees to that, see link::Door::allow.
///
/// The system has CAF's middleman, without heartbeats of its own.
///
/// Each process has an identity of its own, also where machines share a network address, as containers do:
/// CAF's is made of addresses and the process's number.
class LinkEnds {
 public:
  explicit LinkEnds(caf::actor_system& system);

  /// Shows an actor to the peer at the other end. The socket is CAF's from now on, and closes with the
  /// connection.
  void show(int socket, const caf::strong_actor_ptr& whom);

  /// The actor that the peer shows. Waits for it: not for an actor's handler. Errors: timed_out; unreachable:
  /// the connection has ended, or is of another CAF.
  result<caf::strong_actor_ptr> find(int socket, Duration deadline);

 private:
  caf::actor_system* system_;
};

}  // namespace camfleet::shells
