#include "runtime/cluster/scheduler_end.hpp"

#include <algorithm>
#include <atomic>
#include <cassert>
#include <map>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include <unistd.h>

#include "actors/base/text.hpp"
#include "runtime/caf/link_actors.hpp"
#include "runtime/cluster/carriers.hpp"
#include "runtime/cluster/sparse_lines.hpp"

namespace camfleet::cluster {
namespace {

/// Until a peer has said what it is.
constexpr Duration hello_time = seconds(5);
/// For a refusal to arrive before the connection is closed.
constexpr Duration farewell_time = seconds(1);
/// Well beyond a lease.
constexpr std::chrono::seconds silence{5};

/// A connection that the door has let in.
struct Connection {
  std::string name;
  std::string address;
  std::optional<NodeIx> node;  ///< once it was taken
  std::string farewell;        ///< for one that is not taken
  std::optional<Hello> hello;  ///< what it has said, while it is held
  std::chrono::steady_clock::time_point said_at;
  std::chrono::steady_clock::time_point heard_at;
  bool has_said_hello = false;
};

}  // namespace

class SchedulerEnd::Impl {
 public:
  Impl(const Roster& roster, Hooks hooks)
      : hooks_(std::move(hooks)),
        clock_(Instant{}, {}, 1),
        members_(roster),
        carriers_(members_),
        reports_(roster, members_, carriers_),
        links_({.received = [this](auto number, auto bytes) { receive(number, bytes); },
                .strange = [this](auto number, const auto& why) { end(number, why); },
                .take = [this](auto number) { return take(number); }}) {
    clock_.go([](ActorId, TimerTag) {});
    look_for_silence();
  }

  result<void> open(const link::Door::Settings& settings, const link::OwnKeys& keys, link::NodeList list,
                    World world) {
    world_ = std::move(world);
    holds_ = world_.holds;
    reports_.open({.deliver = world_.deliver,
                   .now = world_.now,
                   .trouble = world_.trouble,
                   .stream = world_.stream,
                   .find_device = world_.find_device,
                   .find_instance = world_.find_instance,
                   .answer = [this](NodeIx node, const Record& record) { answer(node, record); }});
    // Who comes at once waits until there is a door.
    const std::lock_guard lock(mutex_);
    CAMFLEET_TRY(
        door_,
        link::Door::open(
            settings, keys, std::move(list),
            {.came = [this](const link::Door::Guest& guest) { come(guest); },
             .left = [this](auto number, const auto& name, const auto& why) { leave(number, name, why); },
             .refused = [this](const auto& from, const auto& why) { refuse(from, why); }}));
    return success();
  }

  std::size_t waiting() {
    const std::lock_guard lock(mutex_);
    return static_cast<std::size_t>(
        std::ranges::count_if(connections_, [](const auto& one) { return one.second.hello.has_value(); }));
  }

  [[nodiscard]] std::size_t joined() const { return reports_.joined(); }

  void begin() {
    std::map<std::uint64_t, Hello> held;
    {
      const std::lock_guard lock(mutex_);
      holds_ = false;
      for (auto& [number, connection] : connections_) {
        if (connection.hello) held.emplace(number, *std::exchange(connection.hello, std::nullopt));
      }
    }
    for (const auto& [number, hello] : held) answer(number, hello);
  }

  void close() {
    reports_.close();
    std::unique_ptr<link::Door> door;
    {
      const std::lock_guard lock(mutex_);
      door.swap(door_);
    }
    door.reset();
    clock_.stop();
  }

  [[nodiscard]] std::uint16_t port() const { return door_->port(); }

  void set_list(link::NodeList list) {
    const std::lock_guard lock(mutex_);
    if (door_) door_->set_list(std::move(list));
  }

  void answer(NodeIx node, const Record& record) {
    if (Member* member = members_.find(node)) follow(member->answer(record));
  }

  void instance_ended(InstanceIx instance) {
    members_.for_each([&](Member& member) { follow(member.end(instance)); });
  }

  std::vector<NodeStatus> nodes() {
    std::vector<NodeStatus> all;
    members_.for_each([&](Member& member) { all.push_back(member.status()); });
    return all;
  }

  [[nodiscard]] Traffic traffic() const { return {sent_, received_}; }

  void send(ActorId to, const Message& message) {
    if (to.place() == home_place) {
      assert(std::holds_alternative<DeviceReleased>(message));
      carriers_.release(DeviceIx{to.number});
      return members_.for_each([&](Member& member) { follow(member.release(DeviceIx{to.number})); });
    }
    const NodeIx node = node_at(to.place());
    if (const auto* carry = std::get_if<CarryDevice>(&message)) carriers_.put(carry->device, node);
    // What it has of it counts, and what explains that.
    if (std::holds_alternative<RenameSlice>(message)) carriers_.put(DeviceIx{to.number}, node);
    Member* member = members_.find(node);
    if (member != nullptr) follow(member->say(to, message, world_.now()));
  }

 private:
  void follow(const Member::Told& told) {
    if (told.wakes) links_.wake(told.connection);
    if (told.is_full) end(told.connection, "it does not take what it is sent");
  }

  // Connections.

  void come(const link::Door::Guest& guest) {
    {
      const std::lock_guard lock(mutex_);
      if (!door_) {
        ::close(guest.socket);
        return;
      }
      Connection& connection = connections_[guest.number];
      connection.name = guest.name;
      connection.address = guest.address;
      connection.heard_at = std::chrono::steady_clock::now();
      door_->allow(guest.number, links_.add(guest.number));
    }
    links_.show(guest.number, guest.socket);
    clock_.call(clock_.now() + hello_time, [this, number = guest.number] {
      if (is_stranger(number)) end(number, "it does not say what it is");
    });
  }

  [[nodiscard]] bool is_stranger(std::uint64_t number) {
    const std::lock_guard lock(mutex_);
    const auto found = connections_.find(number);
    return found != connections_.end() && !found->second.has_said_hello;
  }

  void leave(std::uint64_t number, const std::string& name, const std::string& why) {
    links_.remove(number);
    std::optional<NodeIx> node;
    {
      const std::lock_guard lock(mutex_);
      const auto found = connections_.find(number);
      if (found == connections_.end()) return;
      node = found->second.node;
      connections_.erase(found);
    }
    if (node) {
      members_.find(*node)->leave(world_.now());
      if (const auto open = reports_.enter(); open.owns_lock())
        reports_.deliver(the_membership, NodeGone{*node});
    }
    hooks_.say("node " + quote(name) + " has gone: " + why);
  }

  /// Closes the connections of nodes that were not heard of for long: a line that was cut tells nobody, and
  /// would keep its node out.
  void look_for_silence() {
    std::vector<std::uint64_t> silent;
    {
      const std::lock_guard lock(mutex_);
      const auto now = std::chrono::steady_clock::now();
      for (const auto& [number, connection] : connections_) {
        if (connection.node && now - connection.heard_at > silence) silent.push_back(number);
      }
    }
    for (const std::uint64_t number : silent) end(number, "it was not heard of for 5 s");
    clock_.call(clock_.now() + seconds(1), [this] { look_for_silence(); });
  }

  void refuse(const std::string& from, const std::string& why) {
    if (const auto line = strangers_.add("refused " + from + ": " + why)) hooks_.say(*line);
  }

  void end(std::uint64_t number, const std::string& why) {
    // Whoever says so may be on the door's thread, or hold its hooks' locks.
    clock_.call(clock_.now(), [this, number, why] {
      const std::lock_guard lock(mutex_);
      if (door_) door_->close(number, why);
    });
  }

  std::string take(std::uint64_t number) {
    Member* member = nullptr;
    {
      const std::lock_guard lock(mutex_);
      const auto found = connections_.find(number);
      if (found == connections_.end()) return "";
      if (!found->second.node) return std::exchange(found->second.farewell, "");
      member = members_.find(*found->second.node);
    }
    std::string envelope = member->take(number);
    sent_ += envelope.size();
    return envelope;
  }

  void receive(std::uint64_t number, std::string_view bytes) {
    const auto open = reports_.enter();
    if (!open.owns_lock()) return;
    received_ += bytes.size();
    const auto records = read_envelope(bytes);
    if (!records.has_value()) return end(number, records.error().line());
    for (const Record& record : records.value()) {
      const std::optional<NodeIx> node = node_of(number);
      const auto* hello = std::get_if<Hello>(&record);
      if ((hello != nullptr) == node.has_value()) return end(number, "it says what it may not say now");
      if (hello != nullptr) {
        take_in(number, *hello);
      } else if (!reports_.hear(*node, record)) {
        return end(number, "it speaks of what is not there");
      }
    }
  }

  [[nodiscard]] std::optional<NodeIx> node_of(std::uint64_t number) {
    const std::lock_guard lock(mutex_);
    const auto found = connections_.find(number);
    if (found == connections_.end()) return std::nullopt;
    found->second.heard_at = std::chrono::steady_clock::now();
    return found->second.node;
  }

  void take_in(std::uint64_t number, const Hello& hello) {
    {
      const std::lock_guard lock(mutex_);
      const auto found = connections_.find(number);
      if (found == connections_.end()) return;
      if (std::exchange(found->second.has_said_hello, true)) return end(number, "it says hello twice");
      found->second.said_at = std::chrono::steady_clock::now();
      if (holds_) {
        found->second.hello = hello;
        return;
      }
    }
    answer(number, hello);
  }

  void answer(std::uint64_t number, const Hello& hello) {
    Connection caller;
    {
      const std::lock_guard lock(mutex_);
      const auto found = connections_.find(number);
      if (found == connections_.end()) return;
      caller = found->second;
    }
    const std::string& name = caller.name;
    const Duration held = std::chrono::steady_clock::now() - caller.said_at;
    const Admission admission = hooks_.admit(name, hello);
    if (const auto* refused = std::get_if<Refused>(&admission)) return turn_away(number, name, *refused);
    const auto& [node, offer] = std::get<Admitted>(admission);
    Member& member = members_.get(node);
    Member::Told told;
    {
      const std::lock_guard lock(mutex_);
      const auto found = connections_.find(number);
      // It may have gone meanwhile.
      if (found == connections_.end()) return;
      found->second.node = node;
      told = member.welcome(number, offer,
                            {.name = name,
                             .is_connected = true,
                             .since = world_.now(),
                             .address = caller.address,
                             .region = hello.region,
                             .acu = hello.acu,
                             .spool = hello.spool,
                             .load = hello.load},
                            {.now = world_.now(),
                             .millionths = static_cast<std::uint64_t>(*world_.speed.millionths),
                             .held = held,
                             .results_port = world_.results_port,
                             .fleet = world_.fleet,
                             .draws_pictures = world_.draws_pictures});
    }
    follow(told);
    hooks_.say("node " + quote(name) + " has come from " + caller.address + " with " +
               std::to_string(hello.acu) + " ACU" +
               (hello.region.empty() ? "" : " in region " + quote(hello.region)));
  }

  void turn_away(std::uint64_t number, const std::string& name, const Refused& refused) {
    {
      const std::lock_guard lock(mutex_);
      const auto found = connections_.find(number);
      if (found == connections_.end()) return;
      append(found->second.farewell, Refusal{refused.why, refused.is_final});
    }
    links_.wake(number);
    hooks_.say("node " + quote(name) + " was refused: " + refused.why);
    clock_.call(clock_.now() + farewell_time, [this, number] { end(number, "it was refused"); });
  }

  Hooks hooks_;
  World world_;
  bool holds_ = false;
  timing::Timekeeper clock_;  ///< of real time
  std::atomic<std::uint64_t> sent_ = 0;
  std::atomic<std::uint64_t> received_ = 0;
  Members members_;
  Carriers carriers_;
  NodeReports reports_;
  std::mutex mutex_;
  std::map<std::uint64_t, Connection> connections_;
  SparseLines strangers_;
  std::unique_ptr<link::Door> door_;
  shells::LinkActors links_;
};

SchedulerEnd::SchedulerEnd(const Roster& roster, Hooks hooks)
    : impl_(std::make_unique<Impl>(roster, std::move(hooks))) {}
SchedulerEnd::~SchedulerEnd() {
  close();
}

result<void> SchedulerEnd::open(const link::Door::Settings& settings, const link::OwnKeys& keys,
                                link::NodeList list, World world) {
  return impl_->open(settings, keys, std::move(list), std::move(world));
}
std::size_t SchedulerEnd::waiting() const {
  return impl_->waiting();
}
std::size_t SchedulerEnd::joined() const {
  return impl_->joined();
}
void SchedulerEnd::begin() {
  impl_->begin();
}
void SchedulerEnd::close() {
  impl_->close();
}
std::uint16_t SchedulerEnd::port() const {
  return impl_->port();
}
void SchedulerEnd::set_list(link::NodeList list) {
  impl_->set_list(std::move(list));
}
void SchedulerEnd::stored(NodeIx node, const SliceStored& slice) {
  impl_->answer(node, slice);
}
void SchedulerEnd::instance_ended(InstanceIx instance) {
  impl_->instance_ended(instance);
}
SchedulerEnd::Traffic SchedulerEnd::traffic() const {
  return impl_->traffic();
}
std::vector<NodeStatus> SchedulerEnd::nodes() const {
  return impl_->nodes();
}
void SchedulerEnd::send(ActorId to, const Message& message) {
  impl_->send(to, message);
}

}  // namespace camfleet::cluster
