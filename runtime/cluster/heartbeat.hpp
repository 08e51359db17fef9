#pragma once

#include <zmq.hpp>

namespace camfleet::cluster {

/// Has ZeroMQ close a connection whose other side says nothing, though no network tells that it is gone.
inline void set_heartbeat(zmq::socket_t& socket) {
  constexpr int every_ms = 2000;
  constexpr int silence_ms = 6000;
  socket.set(zmq::sockopt::heartbeat_ivl, every_ms);
  socket.set(zmq::sockopt::heartbeat_timeout, silence_ms);
  socket.set(zmq::sockopt::heartbeat_ttl, silence_ms);
}

}  // namespace camfleet::cluster
