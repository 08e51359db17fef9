#include <algorithm>
#include <map>
#include <string_view>
#include <utility>

#include "actors/base/text.hpp"
#include "runtime/cluster/finding_frames.hpp"
#include "runtime/plant/finding_log.hpp"
#include "runtime/service/service.hpp"
#include "runtime/service/so_far_text.hpp"

// The nodes of a service whose devices are on several machines.

namespace camfleet::service {
namespace {

api::NodeView view_of(const cluster::NodeStatus& status) {
  api::NodeView view;
  view.name = status.name;
  view.is_up = status.is_connected && !status.is_silent;
  view.is_silent = status.is_silent;
  if (status.since != Instant()) view.since = status.since;
  view.region = status.region;
  view.acu = status.acu;
  view.findings_lost = status.load.findings_lost;
  view.pictures_lost = status.load.pictures_lost;
  if (!view.is_up) return view;
  view.is_draining = status.is_draining;
  view.address = status.address;
  view.cpu = status.load.cpu;
  view.devices = status.devices;
  view.streams = status.load.streams;
  view.slices = status.load.slices;
  view.spooled = status.load.spooled;
  view.spooled_bytes = status.load.spooled_bytes;
  view.round_trip = status.load.round_trip;
  return view;
}

/// A JPEG by its first bytes: what it shows is the node's to say.
bool is_jpeg(const std::vector<std::uint8_t>& bytes) {
  return bytes.size() > 3 && bytes[0] == 0xff && bytes[1] == 0xd8 && bytes[2] == 0xff;
}

result<store::FindingRecord> record_of(const cluster::Finding& finding) {
  CAMFLEET_CHECK(cluster::check_finding(finding));
  const auto instance = parse_int(finding.instance);
  if (!instance || *instance < 1)
    return fail(Errc::corrupt, "finding", "is of instance " + quote(finding.instance) + ", which is none");
  store::FindingRecord record;
  record.slice = {*instance, finding.device, finding.due_at.time_since_epoch().count()};
  record.algorithm = finding.algorithm;
  record.at = finding.at.time_since_epoch().count();
  plant::append_finding_line(record.line,
                             {.instance = finding.instance,
                              .device = finding.device,
                              .algorithm = finding.algorithm,
                              .due_at = finding.due_at,
                              .at = finding.at,
                              .frame_at = finding.frame_at,
                              .media_time = finding.media_time,
                              .width = static_cast<int>(finding.width),
                              .height = static_cast<int>(finding.height),
                              .file = finding.file},
                             finding.boxes);
  return record;
}

}  // namespace

void Service::make_cluster() {
  if (!settings_.cluster) return;
  ServiceCluster::Hooks hooks;
  hooks.lock = [this] { return devices_->lock(); };
  hooks.say = [this](const std::string& line) { reporter_.node(line); };
  hooks.put = [this](store::Change change) { recorder_->add(std::move(change)); };
  hooks.found = [this](cluster::Result result, const store::SpoolRecord& spool) {
    node_found(std::move(result), spool);
  };
  hooks.takes_more = [this] { return recorder_->takes_more() && recorder_->takes_pictures(); };
  cluster_ = std::make_unique<ServiceCluster>(*settings_.cluster, std::move(hooks));
  settings_.world.costs = settings_.costs;
  // A slice that no node had has none in its row.
  settings_.world.node.clear();
  settings_.world.border = [this](Roster& of) { return cluster_->border(of); };
}

result<void> Service::open_cluster(const store::State& known) {
  if (cluster_ == nullptr) return success();
  CAMFLEET_TRY(auto models, world_->models());
  cluster::SchedulerEnd::World world;
  world.deliver = [this](ActorId to, const Message& message) { world_->deliver(to, message); };
  world.now = [this] { return now(); };
  world.speed = world_->speed();
  world.stream = [this](DeviceIx device, bool is_up) {
    const std::string& id = roster()[device].id;
    reporter_.tell(is_up ? Event(StreamUp{id}) : Event(StreamRetried{id}));
  };
  world.find_device = [this](const std::string& id) { return devices_->find(id); };
  world.find_instance = [this](const std::string& id) {
    const auto guard = devices_->lock();
    return roster().find_instance(id);
  };
  world.trouble = [this](const cluster::NodeReports::Trouble& trouble) { node_trouble(trouble); };
  return cluster_->open(std::move(models), known, std::move(world));
}

void Service::recall_parts(const store::State& state, const Recovery& recovery) {
  std::map<store::SliceName, std::string_view, store::SliceNameOrder> moved;
  for (const store::OpenSlice& open : state.open_slices) {
    if (!open.so_far.empty()) moved.emplace(open.name, open.so_far);
  }
  if (moved.empty()) return;
  for (const auto& [key, planned] : recovery.reopened) {
    const auto found = moved.find(name_of(key));
    if (found == moved.end()) continue;
    auto so_far = parse_so_far(found->second, roster()[key.instance].algorithms.size());
    if (so_far.has_value())
      world_->recall(key, std::move(so_far).value());
    else
      reporter_.trouble(so_far.error());
  }
}

result<void> Service::await_nodes(const store::State& known) {
  // Where nothing was under way, nobody has it.
  if (cluster_ == nullptr || known.open_slices.empty()) return success();
  const auto guard = devices_->lock();
  CAMFLEET_TRY(const std::vector<NodeIx> nodes, ServiceCluster::recall(known, world_->roster()));
  for (const NodeIx node : nodes) world_->deliver(the_placement, AwaitNode{node});
  return success();
}

void Service::follow_nodes(ServiceWorld::Sinks& sinks) {
  if (cluster_ == nullptr) return;
  sinks.plant.runs = [this](const SliceKey& key, Place place) { slice_nodes_.put(name_of(key), place); };
  sinks.plant.left = [this](const SliceKey& key, Place place, const SampleCount& /*samples*/) {
    const store::SliceName name = name_of(key);
    slice_nodes_.remove(name, place);
    if (place != home_place) cluster_->slice_left(name, node_at(place), key);
  };
  sinks.plant.moved = [this](const SliceKey& key, const SliceSoFar& so_far) {
    recorder_->add(store::SliceMoved{name_of(key), to_text(so_far)});
  };
  sinks.plant.answer_dropped = [this](Place /*from*/) { reporter_.metrics().answer_dropped(); };
}

void Service::node_found(cluster::Result result, const store::SpoolRecord& spool) {
  const auto finding = cluster::read_finding(result.record);
  auto record = finding.has_value() ? record_of(finding.value()) : pass(finding.error());
  if (record.has_value()) {
    if (auto known = check_names(finding.value()); !known.has_value()) record = pass(known.error());
  }
  if (!record.has_value()) {
    reporter_.trouble(within("node " + spool.node, record.error()));
    // Sent again, it would be the same.
    return recorder_->add(store::PutSpool{spool});
  }
  std::vector<std::uint8_t> jpeg = std::move(result.picture);
  if (!jpeg.empty() && !is_jpeg(jpeg)) {
    reporter_.picture_lost({Errc::corrupt, "node " + spool.node, "has sent a picture that is no JPEG"});
    jpeg.clear();
  }
  recorder_->add(store::PutFinding{std::move(record).value(), true}, std::move(jpeg), store::PutSpool{spool});
}

result<void> Service::check_names(const cluster::Finding& finding) const {
  const std::string where = "finding of instance " + quote(finding.instance);
  constexpr Duration clocks_differ = seconds(10);
  if (finding.at < finding.due_at || finding.at > now() + clocks_differ)
    return fail(Errc::corrupt, where, "is of " + to_iso(finding.at) + ", when its slice did not run");
  const auto guard = devices_->lock();
  const auto algorithm = roster().find_algorithm(finding.algorithm);
  const auto instance = roster().find_instance(finding.instance);
  // Of an instance that was deleted meanwhile it is not known any more which it had.
  const bool has_algorithm =
      algorithm && (!instance || std::ranges::find(roster()[*instance].algorithms, *algorithm) !=
                                     roster()[*instance].algorithms.end());
  if (has_algorithm) return success();
  return fail(Errc::corrupt, where,
              "is of algorithm " + quote(finding.algorithm) + ", which it does not have");
}

void Service::node_trouble(const cluster::NodeReports::Trouble& trouble) {
  if (trouble.device)
    return world_->note_trouble(trouble.error, *trouble.device, trouble.reason, trouble.ends_stream,
                                trouble.at);
  reporter_.trouble(within("node " + roster()[trouble.node].id, trouble.error));
}

std::string Service::node_of(const store::SliceName& slice) const {
  if (cluster_ == nullptr) return settings_.world.node;
  const auto place = slice_nodes_.find(slice);
  return place ? roster()[node_at(*place)].id : "";
}

result<std::vector<api::NodeView>> Service::nodes() const {
  if (cluster_ == nullptr)
    return fail(Errc::unsupported, "nodes", "there are none: this server carries all devices itself");
  std::vector<api::NodeView> views;
  for (const cluster::NodeStatus& status : cluster_->nodes()) views.push_back(view_of(status));
  return views;
}

result<void> Service::drain_node(const std::string& name) {
  CAMFLEET_TRY(const std::vector<api::NodeView> all, nodes());
  const auto found = std::ranges::find(all, name, &api::NodeView::name);
  if (found == all.end())
    return fail(Errc::unknown_id, "Name", quote(name) + " is no node of this server; see DescribeNodes");
  if (!found->is_up) return fail(Errc::ended, "Name", quote(name) + " is not there now: nothing runs on it");
  const auto guard = devices_->lock();
  const auto node = roster().find_node(name);
  if (node) world_->deliver(the_placement, DrainNode{*node});
  return success();
}

std::size_t Service::measure_nodes() const {
  if (cluster_ == nullptr) return 0;
  std::size_t streams = 0;
  std::vector<NodeFigures> figures;
  for (const cluster::NodeStatus& status : cluster_->nodes()) {
    const api::NodeView node = view_of(status);
    streams += node.streams;
    figures.push_back({.name = node.name,
                       .is_up = node.is_up,
                       .acu = static_cast<double>(node.acu),
                       .cores = node.cpu / 1000.0,
                       .devices = node.devices,
                       .streams = node.streams,
                       .slices = node.slices,
                       .spooled = node.spooled,
                       .spooled_bytes = node.spooled_bytes,
                       .findings_lost = node.findings_lost,
                       .pictures_lost = node.pictures_lost,
                       .round_trip = node.round_trip});
  }
  reporter_.metrics().set_nodes(figures);
  return streams;
}

result<std::size_t> Service::reload_nodes() {
  return cluster_->reload();
}

}  // namespace camfleet::service
