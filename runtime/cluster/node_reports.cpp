#include "runtime/cluster/node_reports.hpp"

#include <algorithm>
#include <optional>
#include <utility>
#include <variant>

#include "runtime/cluster/plausible.hpp"

namespace camfleet::cluster {

void NodeReports::close() {
  const std::lock_guard lock(open_mutex_);
  is_closed_ = true;
}

std::shared_lock<std::shared_mutex> NodeReports::enter() {
  std::shared_lock lock(open_mutex_);
  if (is_closed_) lock.unlock();
  return lock;
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
  deliver(the_membership, NodeJoined{node, record.term, record.sent_at, offer, false});
  return true;
}

bool NodeReports::take(NodeIx node, const Beat& record) {
  members_->get(node).note(record.load, world_.now());
  deliver(the_membership, Heartbeat{node, record.term, record.sent_at});
  return true;
}

bool NodeReports::take(NodeIx node, const NodeTrouble& record) {
  const auto device = record.of_device ? std::optional(record.device) : std::nullopt;
  if (device && device->value >= roster_->device_count()) return false;
  if (!world_.trouble || !is_news(node, device)) return true;
  world_.trouble({.node = node,
                  .error = {record.code, record.where.substr(0, NodeTrouble::most_text),
                            record.what.substr(0, NodeTrouble::most_text)},
                  .device = device,
                  .reason = record.reason,
                  .ends_stream = record.ends_stream,
                  .at = std::min(record.at, world_.now())});
  return true;
}

bool NodeReports::take(NodeIx node, const StreamNews& record) {
  if (record.device.value >= roster_->device_count()) return false;
  if (world_.stream && is_news(node, record.device)) world_.stream(record.device, record.is_up);
  return true;
}

bool NodeReports::take(NodeIx node, const KeptDeviceName& record) {
  const auto device = world_.find_device ? world_.find_device(record.device) : std::nullopt;
  if (device) deliver(the_placement, KeptDevice{node, *device});
  return true;
}

bool NodeReports::take(NodeIx node, const KeptSliceName& record) {
  if (!is_plausible(record, world_.now())) return false;
  const auto device = world_.find_device ? world_.find_device(record.device) : std::nullopt;
  const auto instance = world_.find_instance ? world_.find_instance(record.instance) : std::nullopt;
  if (!device || !instance) {
    // What was deleted meanwhile.
    world_.answer(node, Unwanted{record.instance, record.device, record.slice_due_at});
    return true;
  }
  deliver(the_placement, KeptSlice{.instance = *instance,
                                   .device = *device,
                                   .slice_due_at = record.slice_due_at,
                                   .due_at = record.due_at,
                                   .slice = record.slice,
                                   .from = place_of(node)});
  return true;
}

bool NodeReports::take(NodeIx node, const AllKept& /*record*/) {
  deliver(the_placement, KeptTold{node, true});
  return true;
}

bool NodeReports::take(NodeIx node, const Drain& /*record*/) {
  deliver(the_placement, DrainNode{node});
  return true;
}

bool NodeReports::is_news(NodeIx node, std::optional<DeviceIx> device) {
  // It may have been placed elsewhere meanwhile.
  if (device && !carriers_->is_on(*device, node)) return false;
  const std::lock_guard lock(news_mutex_);
  News& news = news_[node];
  const auto now = std::chrono::steady_clock::now();
  if (now - news.since >= std::chrono::seconds(1)) news = {now, 0};
  return ++news.count <= most_news;
}

template <class R>
bool NodeReports::take(NodeIx /*node*/, const R& /*record*/) {
  return false;
}

}  // namespace camfleet::cluster
