#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <string>

#include "actors/machines/protocol.hpp"
#include "actors/plan/roster.hpp"
#include "runtime/cluster/carriers.hpp"
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
    Instant at{};  ///< not later than now
  };
  using TakeTrouble = std::function<void(const Trouble& trouble)>;
  using TakeStream = std::function<void(DeviceIx device, bool is_up)>;
  struct World {
    std::function<void(ActorId to, const Message& message)> deliver;
    std::function<Instant()> now;
    TakeTrouble trouble{};  ///< may be empty; this and the next
    TakeStream stream{};
    /// What names are in the roster, whoever writes to it; empty: no scheduler was there before.
    std::function<std::optional<DeviceIx>(const std::string& device)> find_device{};
    std::function<std::optional<InstanceIx>(const std::string& instance)> find_instance{};
    /// Tells a node.
    std::function<void(NodeIx node, const Record& record)> answer{};
  };
  /// What a node may tell of troubles and streams in a second; more is dropped.
  static constexpr std::uint32_t most_news = 100;

  /// All outlive it.
  NodeReports(const Roster& roster, Members& members, const Carriers& carriers)
      : roster_(&roster), members_(&members), carriers_(&carriers) {}
  /// Before anything is heard.
  void open(World world) { world_ = std::move(world); }
  /// Nothing is heard or delivered from now on; waits for whoever is at it.
  void close();
  /// To be held while something is heard or delivered; it owns nothing once all is closed.
  [[nodiscard]] std::shared_lock<std::shared_mutex> enter();

  /// False: it may not say that.
  [[nodiscard]] bool hear(NodeIx node, const Record& record);
  void deliver(ActorId to, const Message& message) { world_.deliver(to, message); }
  /// How often a node has joined.
  [[nodiscard]] std::size_t joined() const { return joined_; }

 private:
  template <class M>
  bool take(NodeIx node, const ToInstance<M>& record);
  bool take(NodeIx node, const Joined& record);
  bool take(NodeIx node, const Beat& record);
  bool take(NodeIx node, const NodeTrouble& record);
  bool take(NodeIx node, const StreamNews& record);
  bool take(NodeIx node, const KeptDeviceName& record);
  bool take(NodeIx node, const KeptSliceName& record);
  bool take(NodeIx node, const AllKept& record);
  bool take(NodeIx node, const Drain& record);
  /// Whether a node that carries this device, or speaks of none, may be heard now.
  bool is_news(NodeIx node, std::optional<DeviceIx> device);
  template <class R>
  bool take(NodeIx node, const R& record);

  const Roster* roster_;
  Members* members_;
  const Carriers* carriers_;
  World world_;
  std::atomic<std::size_t> joined_ = 0;
  std::shared_mutex open_mutex_;
  bool is_closed_ = false;
  struct News {
    std::chrono::steady_clock::time_point since;
    std::uint32_t count = 0;
  };
  std::mutex news_mutex_;
  std::map<NodeIx, News> news_;
};

}  // namespace camfleet::cluster
