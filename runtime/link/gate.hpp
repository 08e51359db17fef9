#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "actors/base/error.hpp"
#include "actors/base/time.hpp"

namespace camfleet::link {

/// Stands before a ZeroMQ server with CURVE, which by itself takes in whoever connects, and a descriptor of
/// the process for each: passes bytes on to a local socket of it, and bounds who may be there. Somebody is a
/// stranger until the server has answered its key with READY (ZMTP 3.1), and counts as one until then.
class Gate {
 public:
  struct Settings {
    std::string host = "127.0.0.1";
    std::uint16_t port = 0;      ///< 0: any that is free
    std::size_t strangers = 24;  ///< at once, of up to three descriptors; of the address with the most the
                                 ///< oldest gives way
    Duration patience = seconds(5);   ///< with one
    std::size_t connections = 600;    ///< of who is in
    std::size_t of_one_address = 64;  ///< of those
    bool is_plain = false;            ///< the server asks for no key
  };
  /// Somebody was closed before it was in: on the gate's thread.
  using Refused = std::function<void(const std::string& address, const std::string& why)>;

  /// `inner`: the abstract name of the server's local socket. Errors: see listen_at.
  static result<std::unique_ptr<Gate>> open(const Settings& settings, const std::string& inner,
                                            Refused refused);
  /// Closes all connections; nothing is called any more.
  ~Gate();

  [[nodiscard]] std::uint16_t port() const;

 private:
  class Impl;
  explicit Gate(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace camfleet::link
