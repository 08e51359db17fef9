#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "actors/base/error.hpp"
#include "runtime/cluster/result.hpp"
#include "runtime/link/cluster_keys.hpp"
#include "runtime/link/door.hpp"

namespace camfleet::cluster {

/// Takes the results of a cluster's nodes: over ZeroMQ with CURVE, from those whose keys are in the list.
/// Each is taken once, in the order of its node's numbers, and acknowledged when whoever took it has it for
/// good.
class ResultReceiver {
 public:
  struct Settings {
    std::string host = "127.0.0.1";
    std::uint16_t port = 0;  ///< 0: any that is free
    link::CurveKeys keys;
    bool is_plain = false;  ///< no keys: a node is who it says it is
  };
  /// Called on a thread of its own.
  struct Hooks {
    /// Up to which number the results of a node's spool are there for good; asked when it comes.
    std::function<std::uint64_t(const std::string& node, std::uint64_t spool)> last;
    /// Whether it is there for good already; else whoever takes it says committed() when it is.
    std::function<bool(const std::string& node, std::uint64_t spool, Result result)> take;
    /// Somebody was refused, or lies; a line each, at most one a second.
    std::function<void(const std::string& line)> say;
    /// Whether there is room for more; until then they wait at their nodes. Empty: always.
    std::function<bool()> takes_more{};
  };

  /// Errors: io: the port is taken; invalid_field: the keys are none.
  static result<std::unique_ptr<ResultReceiver>> open(const Settings& settings, const link::NodeList& list,
                                                      Hooks hooks);
  ~ResultReceiver();

  [[nodiscard]] std::uint16_t port() const;
  /// From now on these are heard, and nobody else.
  void set_list(const link::NodeList& list);
  /// Up to this number all of a spool is there for good. From any thread.
  void committed(const std::string& node, std::uint64_t spool, std::uint64_t number);

 private:
  class Impl;
  explicit ResultReceiver(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace camfleet::cluster
