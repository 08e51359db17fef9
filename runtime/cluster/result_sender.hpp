#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "actors/base/error.hpp"
#include "runtime/cluster/result_spool.hpp"
#include "runtime/link/cluster_keys.hpp"

namespace camfleet::cluster {

/// Sends what is in a node's spool to the scheduler, and removes from it what was acknowledged. Connects by
/// itself, again and again, on a thread of its own.
class ResultSender {
 public:
  struct Settings {
    std::string host;
    std::uint16_t port = 0;
    link::CurveKeys keys;
    std::string scheduler_curve;  ///< its public key, by which it is known; empty: there are no keys
    std::string plain_name{};     ///< where there are none: the node's
    std::function<void(const Error&)> problem{};  ///< hears that nothing gets through; may be empty
  };

  /// The spool outlives it. Errors: invalid_field: host or keys are none.
  static result<std::unique_ptr<ResultSender>> start(const Settings& settings, ResultSpool& spool);
  ~ResultSender();

  /// There is more in the spool. From any thread.
  void wake();

 private:
  class Impl;
  explicit ResultSender(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace camfleet::cluster
