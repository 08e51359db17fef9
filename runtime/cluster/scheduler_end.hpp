#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "actors/base/error.hpp"
#include "actors/plan/roster.hpp"
#include "runtime/caf/ports.hpp"
#include "runtime/cluster/member.hpp"
#include "runtime/cluster/node_reports.hpp"
#include "runtime/cluster/records.hpp"
#include "runtime/link/door.hpp"
#include "runtime/time/timekeeper.hpp"

namespace camfleet::cluster {

/// The scheduler's end of a cluster: lets nodes in, and carries what its actors and theirs say to each other.
/// Nothing that a node says is believed before it was looked at: what is out of bounds ends the connection.
class SchedulerEnd final : public shells::Border {
 public:
  /// A node that is taken: its number, and what it offers by the roster's numbers.
  struct Admitted {
    NodeIx node;
    NodeOffer offer;
  };
  struct Refused {
    std::string why;
    bool is_final = true;  ///< it will not be taken later either, as it is
  };
  using Admission = std::variant<Admitted, Refused>;
  struct Hooks {
    /// Whether a node of this name is taken. On a thread of the link.
    std::function<Admission(const std::string& name, const Hello& hello)> admit;
    /// What there is to tell the operator, a line each; at most one a second of strangers. From any thread.
    std::function<void(const std::string& line)> say;
  };

  SchedulerEnd(const Roster& roster, Hooks hooks);
  ~SchedulerEnd() override;

  /// Lets nodes in from now on. `deliver` puts a message into the mailbox of an actor of this process, whose
  /// time `now` tells; both from any thread, until close(). Errors: see link::Door::open.
  struct World {
    std::function<void(ActorId to, const Message& message)> deliver;
    std::function<Instant()> now;
    timing::Speed speed;
    std::uint16_t results_port = 0;
    bool draws_pictures = false;  ///< see Welcome
    bool holds = false;           ///< nobody is answered before begin()
    /// A node has told what went wrong with one of its devices, or (by `about` of none) with itself.
    NodeReports::TakeTrouble trouble{};
    NodeReports::TakeStream stream{};
    std::uint64_t fleet = 0;  ///< see Welcome
    /// See NodeReports::World.
    std::function<std::optional<DeviceIx>(const std::string& device)> find_device{};
    std::function<std::optional<InstanceIx>(const std::string& instance)> find_instance{};
  };
  result<void> open(const link::Door::Settings& settings, const link::OwnKeys& keys, link::NodeList list,
                    World world);
  /// How many have said hello and wait for begin().
  [[nodiscard]] std::size_t waiting() const;
  /// How often a node has joined.
  [[nodiscard]] std::size_t joined() const;
  /// Time has begun: those who wait are answered, and others at once.
  void begin();
  /// Ends all connections; nothing is delivered any more.
  void close();

  [[nodiscard]] std::uint16_t port() const;
  /// See link::Door.
  void set_list(link::NodeList list);
  /// The row of a slice is stored that this node may keep.
  void stored(NodeIx node, const SliceStored& slice);
  /// Nothing of an instance is under way any more.
  void instance_ended(InstanceIx instance);
  [[nodiscard]] std::vector<NodeStatus> nodes() const;
  /// Bytes of envelopes so far.
  struct Traffic {
    std::uint64_t sent = 0;
    std::uint64_t received = 0;
  };
  [[nodiscard]] Traffic traffic() const;

  void send(ActorId to, const Message& message) override;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace camfleet::cluster
