#include "runtime/service/service_cluster.hpp"

#include <algorithm>
#include <cassert>

#include "actors/base/text.hpp"

namespace camfleet::service {
namespace {

bool is_in(const std::string& word, const std::vector<std::string>& words) {
  return std::ranges::find(words, word) != words.end();
}

}  // namespace

shells::Border* ServiceCluster::border(Roster& roster) {
  assert(end_ == nullptr);
  admission_ = std::make_unique<cluster::Admission>(roster, hooks_.lock);
  end_ = std::make_unique<cluster::SchedulerEnd>(
      roster, cluster::SchedulerEnd::Hooks{
                  .admit = [this](const auto& name, const auto& hello) { return admit(name, hello); },
                  .say = hooks_.say});
  return end_.get();
}

result<void> ServiceCluster::open(cluster::Admission::Models models, const store::State& known,
                                  cluster::SchedulerEnd::World world) {
  admission_->set_models(std::move(models));
  link::OwnKeys own;
  if (!settings_.is_plain) {
    CAMFLEET_TRY(own, link::ClusterKeys(settings_.keys).scheduler());
  }
  CAMFLEET_TRY(const link::NodeList list, this->list());
  {
    const std::lock_guard lock(mutex_);
    for (const store::NodeRecord& node : known.nodes) known_.emplace(node.name, node);
    for (const store::SpoolRecord& spool : known.spools) spools_[{spool.node, spool.spool}] = spool.number;
  }
  drop_unlisted(list);
  world.fleet = known.identity;
  return listen(own, list, std::move(world));
}

result<link::NodeList> ServiceCluster::list() const {
  if (settings_.is_plain) return link::NodeList();
  return link::ClusterKeys(settings_.keys).nodes();
}

result<void> ServiceCluster::listen(const link::OwnKeys& own, const link::NodeList& list,
                                    cluster::SchedulerEnd::World world) {
  const std::string host = settings_.results_host.empty() ? settings_.host : settings_.results_host;
  CAMFLEET_TRY(
      auto receiver,
      cluster::ResultReceiver::open(
          {.host = host, .port = settings_.results_port, .keys = own.curve, .is_plain = settings_.is_plain},
          list,
          {.last = [this](const auto& node, auto spool) { return last_of(node, spool); },
           .take = [this](const std::string& node, std::uint64_t spool,
                          cluster::Result result) { return take(node, spool, std::move(result)); },
           .say = hooks_.say,
           .takes_more = hooks_.takes_more}));
  world.results_port = receiver->port();
  world.draws_pictures = true;
  {
    const std::lock_guard lock(mutex_);
    receiver_ = std::move(receiver);
  }
  return end_->open({.host = settings_.host, .port = settings_.port, .is_plain = settings_.is_plain}, own,
                    list, std::move(world));
}

void ServiceCluster::close() {
  if (end_) end_->close();
  std::unique_ptr<cluster::ResultReceiver> receiver;
  {
    const std::lock_guard lock(mutex_);
    receiver.swap(receiver_);
  }
}

cluster::SchedulerEnd::Admission ServiceCluster::admit(const std::string& name, const cluster::Hello& hello) {
  auto answer = admission_->admit(name, hello);
  if (std::holds_alternative<cluster::SchedulerEnd::Refused>(answer)) return answer;
  store::NodeRecord node{name, hello.acu, hello.region, {}, hello.schemes};
  for (const cluster::AlgorithmOffer& offer : hello.algorithms) node.algorithms.push_back(offer.id);
  const std::lock_guard lock(mutex_);
  // It may have been struck while it came.
  if (!settings_.is_plain && !listed_.contains(name))
    return cluster::SchedulerEnd::Refused{"its key is no longer in the list"};
  store::NodeRecord& known = known_[name];
  if (known == node) return answer;
  known = node;
  hooks_.put(store::PutNode{std::move(node)});
  return answer;
}

result<std::size_t> ServiceCluster::reload() {
  CAMFLEET_TRY(const link::NodeList list, this->list());
  end_->set_list(list);
  {
    const std::lock_guard lock(mutex_);
    if (receiver_) receiver_->set_list(list);
  }
  drop_unlisted(list);
  return list.size();
}

void ServiceCluster::drop_unlisted(const link::NodeList& list) {
  if (settings_.is_plain) return;
  const std::lock_guard lock(mutex_);
  listed_.clear();
  for (const auto& [name, node] : list) listed_.insert(name);
  std::erase_if(known_, [&](const auto& one) {
    if (listed_.contains(one.first)) return false;
    hooks_.put(store::DropNode{one.first});
    return true;
  });
}

bool ServiceCluster::take(const std::string& node, std::uint64_t spool, cluster::Result result) {
  const std::uint64_t number = result.number;
  hooks_.found(std::move(result), {node, spool, number});
  return false;
}

std::uint64_t ServiceCluster::last_of(const std::string& node, std::uint64_t spool) const {
  const std::lock_guard lock(mutex_);
  const auto found = spools_.find({node, spool});
  return found == spools_.end() ? 0 : found->second;
}

result<std::vector<NodeIx>> ServiceCluster::recall(const store::State& known, Roster& roster) {
  std::vector<NodeIx> nodes;
  for (const store::NodeRecord& node : known.nodes) {
    if (const auto there = roster.find_node(node.name)) {
      nodes.push_back(*there);
      continue;
    }
    CAMFLEET_TRY(const NodeIx added, roster.add_node({.id = node.name, .offer = {.acu = node.acu}}));
    nodes.push_back(added);
  }
  return nodes;
}

void ServiceCluster::slice_left(const store::SliceName& name, NodeIx node, const SliceKey& key) {
  const std::lock_guard lock(mutex_);
  ended_.insert_or_assign(name, std::pair(node, SliceStored{key.instance, key.device, key.due_at}));
}

void ServiceCluster::slice_stored(const store::SliceName& name) {
  std::pair<NodeIx, SliceStored> stored;
  {
    const std::lock_guard lock(mutex_);
    auto ended = ended_.extract(name);
    if (ended.empty()) return;
    stored = ended.mapped();
  }
  end_->stored(stored.first, stored.second);
}

void ServiceCluster::committed(const store::SpoolRecord& spool) {
  const std::lock_guard lock(mutex_);
  std::uint64_t& number = spools_[{spool.node, spool.spool}];
  number = std::max(number, spool.number);
  if (receiver_) receiver_->committed(spool.node, spool.spool, spool.number);
}

result<void> ServiceCluster::check(const InstanceSpec& spec, const Costs& costs, const Roster& roster) const {
  const std::lock_guard lock(mutex_);
  if (known_.empty()) {
    hooks_.say("an instance is taken, but no node has ever come that could carry it: " + quote(spec.name));
    return success();
  }
  std::int64_t offered = 0;
  for (const auto& [name, node] : known_) offered += node.acu;
  CAMFLEET_CHECK(camfleet::admit(spec, costs, offered));
  for (std::size_t i = 0; i < spec.algorithms.size(); ++i) {
    const std::string& id = spec.algorithms[i].id;
    const auto has = [&](const auto& one) { return is_in(id, one.second.algorithms); };
    if (!std::ranges::any_of(known_, has))
      return fail(
          Errc::model, "Algorithms[" + std::to_string(i) + "].AlgorithmId",
          "algorithm " + id + " is not to be had: of the nodes that have ever come none has its model");
  }
  return check_reach(spec, roster);
}

result<void> ServiceCluster::check_reach(const InstanceSpec& spec, const Roster& roster) const {
  const auto has_all = [&](const store::NodeRecord& node) {
    return std::ranges::all_of(spec.algorithms,
                               [&](const AlgorithmSpec& one) { return is_in(one.id, node.algorithms); });
  };
  // By scheme: thousands of devices have a few.
  std::map<std::string, bool> reached;
  for (std::size_t i = 0; i < spec.devices.size(); ++i) {
    const auto device = roster.find_device(spec.devices[i].id);
    if (!device) continue;
    const std::string scheme = scheme_of(roster[*device].source);
    const auto reaches = [&](const store::NodeRecord& node) {
      return node.schemes.empty() || is_in(scheme, node.schemes);
    };
    const auto [known, is_new] = reached.try_emplace(scheme, false);
    if (is_new)
      known->second = std::ranges::any_of(
          known_, [&](const auto& one) { return has_all(one.second) && reaches(one.second); });
    if (known->second) continue;
    const bool by_any = std::ranges::any_of(known_, [&](const auto& one) { return reaches(one.second); });
    return fail(Errc::unsupported, "Devices[" + std::to_string(i) + "].DeviceId",
                quote(spec.devices[i].id) + " is read by " + quote(scheme) +
                    ", and of the nodes that have ever come " +
                    (by_any             ? "none that reaches it has all these algorithms"
                     : scheme == "file" ? "none was started with --files"
                                        : "none reaches that"));
  }
  return success();
}

std::vector<cluster::NodeStatus> ServiceCluster::nodes() const {
  std::map<std::string, cluster::NodeStatus> all;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [name, node] : known_)
      all[name] = {.name = name, .region = node.region, .acu = node.acu};
  }
  for (cluster::NodeStatus& status : end_->nodes()) {
    // Who was struck from the list is known no longer.
    if (const auto found = all.find(status.name); found != all.end()) found->second = std::move(status);
  }
  std::vector<cluster::NodeStatus> nodes;
  nodes.reserve(all.size());
  for (auto& [name, status] : all) nodes.push_back(std::move(status));
  return nodes;
}

}  // namespace camfleet::service
