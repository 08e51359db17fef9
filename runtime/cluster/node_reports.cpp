#include "runtime/cluster/node_reports.hpp"

#include <mutex>
#include <utility>
#include <variant>

#include "runtime/cluster/plausible.hpp"

namespace camfleet::cluster {

void NodeReports::close() {
  const std::lock_guard lock(open_mutex_);
  is_closed_ = true;
}

void NodeReports::deliver(ActorId to, const Message& message) {
  const std::shared_lock lock(open_mutex_);
  if (!is_closed_) world_.deliver(to, message);
}

bool NodeReports::hear(NodeIx node, const Record& record) {
  return std::visit([&](const auto& one) { return take(node, one); }, record);
}

template <class M>
bool NodeReports::take(NodeIx node, const ToInstance<M>& record) {
  if (record.instance.value >= roster_->instance_count()) return false;
  if (!is_plausible(record.message, world_.now())) return false;
  M message = record.message;
  message.from = place_of(node);
  deliver(actor(record.instance), message);
  return true;
}

bool NodeReports::take(NodeIx node, const Joined& record) {
  const NodeOffer offer = members_->get(node).offer();
  ++joined_;
  deliver(the_membership, NodeJoined{node, record.term, record.sent_at, offer});
  return true;
}

bool NodeReports::take(NodeIx node, const Beat& record) {
  members_->get(node).note(record.load);
  deliver(the_membership, Heartbeat{node, record.term, record.sent_at});
  return true;
}

bool NodeReports::take(NodeIx node, const NodeTrouble& record) {
  if (record.of_device && record.device.value >= roster_->device_count()) return false;
  Trouble trouble{.node = node,
                  .error = {record.code, record.where, record.what},
                  .device = record.of_device ? std::optional(record.device) : std::nullopt,
                  .reason = record.reason,
                  .ends_stream = record.ends_stream};
  const std::shared_lock lock(open_mutex_);
  if (!is_closed_ && world_.trouble) world_.trouble(trouble);
  return true;
}

template <class R>
bool NodeReports::take(NodeIx /*node*/, const R& /*record*/) {
  return false;
}

}  // namespace camfleet::cluster
