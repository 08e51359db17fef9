#include "runtime/cluster/member.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

#include "actors/machines/node_agent.hpp"

namespace camfleet::cluster {
namespace {

/// Whether this is the first that is said of a number.
bool is_new(std::vector<bool>& known, std::uint32_t number) {
  if (known.size() <= number) known.resize(number + 1U);
  if (known[number]) return false;
  known[number] = true;
  return true;
}

bool forget(std::vector<bool>& known, std::uint32_t number) {
  if (known.size() <= number || !known[number]) return false;
  known[number] = false;
  return true;
}

}  // namespace

Member::Told Member::welcome(std::uint64_t connection, const NodeOffer& offer, NodeStatus status,
                             const Welcome& welcome) {
  const std::lock_guard lock(mutex_);
  connection_ = connection;
  offer_ = offer;
  status_ = std::move(status);
  heard_at_ = status_.since;
  heard_when_ = std::chrono::steady_clock::now();
  outbox_.clear();
  has_device_.clear();
  has_instance_.clear();
  put(welcome);
  return told();
}

void Member::leave(Instant now) {
  const std::lock_guard lock(mutex_);
  connection_ = 0;
  outbox_.clear();
  status_.is_connected = status_.is_draining = false;
  status_.since = now;
  status_.load = {};
}

void Member::note(const NodeLoad& load, Instant now) {
  const std::lock_guard lock(mutex_);
  if (!status_.is_connected) return;
  status_.load = load;
  heard_at_ = now;
  heard_when_ = std::chrono::steady_clock::now();
}

void Member::count_devices(std::int32_t more) {
  const std::lock_guard lock(mutex_);
  devices_ += more;
}

Member::Told Member::say(ActorId to, const Message& message, Instant now) {
  const std::lock_guard lock(mutex_);
  if (connection_ == 0) return {};
  std::visit([&](const auto& one) { put(to, one, now); }, message);
  return told();
}

Member::Told Member::answer(const Record& record) {
  const std::lock_guard lock(mutex_);
  if (connection_ != 0) put(record);
  return told();
}

Member::Told Member::release(DeviceIx device) {
  const std::lock_guard lock(mutex_);
  if (connection_ != 0 && forget(has_device_, device.value)) put(ToDevice<DeviceReleased>{device, {}});
  return told();
}

Member::Told Member::end(InstanceIx instance) {
  const std::lock_guard lock(mutex_);
  if (connection_ != 0 && forget(has_instance_, instance.value)) put(InstanceGone{instance});
  return told();
}

std::string Member::take(std::uint64_t connection) {
  const std::lock_guard lock(mutex_);
  return connection_ == connection ? outbox_.take() : "";
}

NodeOffer Member::offer() const {
  const std::lock_guard lock(mutex_);
  return offer_;
}

NodeStatus Member::status() const {
  const std::lock_guard lock(mutex_);
  NodeStatus status = status_;
  status.devices = static_cast<std::uint32_t>(std::max(devices_, 0));
  status.is_silent =
      status.is_connected && std::chrono::steady_clock::now() - heard_when_ > LeaseSettings{}.given_up;
  if (status.is_silent) status.since = heard_at_;
  return status;
}

void Member::describe(DeviceIx device) {
  if (!is_new(has_device_, device.value)) return;
  const DeviceEntry& entry = (*roster_)[device];
  put(DeviceText{device, entry.id, entry.source, entry.kind, entry.length, entry.pictures, entry.loops});
}

void Member::describe(InstanceIx instance) {
  if (!is_new(has_instance_, instance.value)) return;
  const InstanceEntry& entry = (*roster_)[instance];
  InstanceText text{instance, entry.id, entry.created, {}};
  for (const AlgorithmIx algorithm : entry.algorithms) text.algorithms.push_back((*roster_)[algorithm]);
  put(std::move(text));
}

template <class M>
void Member::put(ActorId to, const M& message, Instant now) {
  if constexpr (std::is_same_v<M, Prepare> || std::is_same_v<M, BeginSlice> ||
                std::is_same_v<M, CancelSlice> || std::is_same_v<M, LeaveSlice> ||
                std::is_same_v<M, LeaveStream> || std::is_same_v<M, RenameSlice>) {
    describe(DeviceIx{to.number});
    describe(message.instance);
    put(ToDevice<M>{DeviceIx{to.number}, message});
  } else if constexpr (std::is_same_v<M, CarryDevice>) {
    describe(message.device);
    put(Carry{message.device});
  } else if constexpr (std::is_same_v<M, HeartbeatSeen>) {
    put(Heard{message, now});
  } else if constexpr (std::is_same_v<M, StopNode> || std::is_same_v<M, SliceStored> ||
                       std::is_same_v<M, DrainSeen>) {
    if constexpr (std::is_same_v<M, DrainSeen>) status_.is_draining = true;
    put(message);
  } else {
    assert(!"no node is told that");
  }
}

void Member::put(const Record& record) {
  wakes_ = outbox_.add(record) || wakes_;
}

Member::Told Member::told() {
  return {connection_, std::exchange(wakes_, false), outbox_.is_full()};
}

Member& Members::get(NodeIx node) {
  const std::lock_guard lock(mutex_);
  if (Member* known = find(node)) return *known;
  owned_.push_back(std::make_unique<Member>(*roster_));
  members_[node.value].store(owned_.back().get(), std::memory_order_release);
  return *owned_.back();
}

}  // namespace camfleet::cluster
