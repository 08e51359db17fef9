#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "actors/base/error.hpp"
#include "actors/base/time.hpp"
#include "runtime/link/cluster_keys.hpp"
#include "runtime/link/tls_pump.hpp"

namespace camfleet::link {

/// A node's connection to a door.
class Call {
 public:
  struct Settings {
    std::string host;
    std::uint16_t port = 0;
    Duration deadline = seconds(5);  ///< until it is let in
    LinkLimits limits{};
    std::string plain_name{};  ///< of who calls a plain door; empty: behind TLS
  };

  /// Calls until it is let in or knows why not. `ended` is called once when that is over: on a thread of its
  /// own, which must not destroy the call, or before this returns. Errors: not_found (the host's name);
  /// unreachable: nobody listens there, the other process is down; timed_out: silence; ended: it broke off,
  /// or made room for others; limit: the door says not now; forbidden: the door or its certificate says no;
  /// unreadable (the keys); io: this machine's own.
  static result<std::unique_ptr<Call>> make(const Settings& settings, const OwnKeys& keys,
                                            TlsPump::Ended ended);
  /// Ends it; nothing is called any more.
  ~Call();
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;

  /// CAF's end, which is the caller's to close.
  [[nodiscard]] int socket() const;
  void end(const std::string& why);

 private:
  class Impl;
  explicit Call(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace camfleet::link
