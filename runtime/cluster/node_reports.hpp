#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <optional>
#include <shared_mutex>

#include "actors/machines/protocol.hpp"
#include "actors/plan/roster.hpp"
#include "runtime/cluster/member.hpp"
#include "runtime/cluster/records.hpp"

namespace camfleet::cluster {

/// What nodes say to the actors of their scheduler, looked at before it is passed on. Thread-safe.
class NodeReports {
 public:
  /// What went wrong at a node: with one of its devices, for which the ledger gives this reason, or with
  /// none.
  struct Trouble {
    NodeIx node;
    Error error;
    std::optional<DeviceIx> device;
    Reason reason = Reason::none;
    bool ends_stream = false;
  };
  using TakeTrouble = std::function<void(const Trouble& trouble)>;
  struct World {
    std::function<void(ActorId to, const Message& message)> deliver;
    std::function<Instant()> now;
    TakeTrouble trouble;  ///< may be empty
  };

  /// Both outlive it.
  NodeReports(const Roster& roster, Members& members) : roster_(&roster), members_(&members) {}
  /// Before anything is heard.
  void open(World world) { world_ = std::move(world); }
  /// Nothing is delivered any more.
  void close();

  /// False: it may not say that.
  [[nodiscard]] bool hear(NodeIx node, const Record& record);
  void deliver(ActorId to, const Message& message);
  /// How often a node has joined.
  [[nodiscard]] std::size_t joined() const { return joined_; }

 private:
  template <class M>
  bool take(NodeIx node, const ToInstance<M>& record);
  bool take(NodeIx node, const Joined& record);
  bool take(NodeIx node, const Beat& record);
  bool take(NodeIx node, const NodeTrouble& record);
  template <class R>
  bool take(NodeIx node, const R& record);

  const Roster* roster_;
  Members* members_;
  World world_;
  std::atomic<std::size_t> joined_ = 0;
  std::shared_mutex open_mutex_;
  bool is_closed_ = false;
};

}  // namespace camfleet::cluster
