#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "actors/machines/protocol.hpp"
#include "actors/plan/roster.hpp"
#include "runtime/cluster/outbox.hpp"
#include "runtime/cluster/records.hpp"

namespace camfleet::cluster {

/// What is known of a node that has been in.
struct NodeStatus {
  std::string name;
  bool is_connected = false;
  bool is_silent = false;    ///< connected, and not heard of for so long that others have what it had
  bool is_draining = false;  ///< it gives up what it has, and ends
  /// When it came, went, or was heard of last before its silence, by the fleet's time; the epoch: not in this
  /// process.
  Instant since{};
  std::string address{};
  std::string region{};
  std::uint32_t acu = 0;
  std::uint32_t devices = 0;  ///< that were put there
  std::uint64_t spool = 0;    ///< see Hello
  NodeLoad load{};            ///< as it said last; nothing once it has gone
};

/// A node as its scheduler sees it, whether it is there or not: what it offers, what it was told, and what is
/// on its way to it. Thread-safe.
class Member {
 public:
  explicit Member(const Roster& roster) : roster_(&roster) {}

  /// What is to be done about its connection, when something was put on its way.
  struct Told {
    std::uint64_t connection = 0;
    bool wakes = false;    ///< it is to be told that there is something to take
    bool is_full = false;  ///< it has left more than may wait
  };

  Told welcome(std::uint64_t connection, const NodeOffer& offer, NodeStatus status, const Welcome& welcome);
  void leave(Instant now);

  /// Describes first what it has not heard of. What is said to a node that is away is lost, as on any line
  /// that is cut. `now`: the scheduler's time.
  Told say(ActorId to, const Message& message, Instant now);
  /// What it has told is answered.
  Told answer(const Record& record);
  /// The number of a device will be another's.
  Told release(DeviceIx device);
  /// It is heard of, and what it measures of itself. `now`: the scheduler's time.
  void note(const NodeLoad& load, Instant now);
  /// So many devices fewer, or more, are on it.
  void count_devices(std::int32_t more);
  /// Nothing of an instance is under way any more.
  Told end(InstanceIx instance);

  /// The next envelope for this connection; empty: none.
  std::string take(std::uint64_t connection);
  [[nodiscard]] NodeOffer offer() const;
  [[nodiscard]] NodeStatus status() const;

 private:
  // With the mutex held.
  void describe(DeviceIx device);
  void describe(InstanceIx instance);
  template <class M>
  void put(ActorId to, const M& message, Instant now);
  void put(const Record& record);
  Told told();

  const Roster* roster_;
  mutable std::mutex mutex_;
  std::uint64_t connection_ = 0;  ///< 0: none
  NodeOffer offer_;
  NodeStatus status_;
  Instant heard_at_{};  ///< when it was heard of last, by the scheduler's time …
  std::chrono::steady_clock::time_point heard_when_;  ///< … and by real time, on which leases run
  std::int32_t devices_ = 0;
  Outbox outbox_;
  bool wakes_ = false;
  std::vector<bool> has_device_;    ///< by number: it was described
  std::vector<bool> has_instance_;  ///< the same
};

/// All nodes that have ever been in, by NodeIx. Thread-safe.
class Members {
 public:
  explicit Members(const Roster& roster) : roster_(&roster) {}

  /// Null for one that has never been in.
  [[nodiscard]] Member* find(NodeIx node) const {
    return members_[node.value].load(std::memory_order_acquire);
  }
  /// Makes it when it is not there.
  Member& get(NodeIx node);

  template <class Visit>
  void for_each(const Visit& visit) const {
    for (const auto& place : members_) {
      if (Member* member = place.load(std::memory_order_acquire)) visit(*member);
    }
  }

 private:
  const Roster* roster_;
  std::array<std::atomic<Member*>, max_nodes> members_{};
  std::mutex mutex_;
  std::vector<std::unique_ptr<Member>> owned_;
};

}  // namespace camfleet::cluster
