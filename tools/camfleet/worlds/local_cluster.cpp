#include "tools/camfleet/worlds/local_cluster.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <random>
#include <thread>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

namespace camfleet::cli {
namespace {

namespace asio = boost::asio;
namespace fs = std::filesystem;

/// For a process to load its models and to join.
constexpr std::chrono::seconds joining_time{120};
/// For one to send what it has found, and to end.
constexpr std::chrono::seconds ending_time{10};
constexpr std::chrono::milliseconds look_again{20};

/// A port of loopback that nobody has. Not one of those that the system gives to callers: while the
/// scheduler's process is not there, a node that calls it would be given its port, and be connected to
/// itself.
result<std::uint16_t> free_port() {
  constexpr std::uint16_t first = 12'000;
  constexpr std::uint16_t count = 16'000;
  constexpr int most_tries = 1000;
  std::random_device random;
  asio::io_context io;
  for (int i = 0; i < most_tries; ++i) {
    const auto port = static_cast<std::uint16_t>(first + random() % count);
    asio::ip::tcp::socket socket(io, asio::ip::tcp::v4());
    boost::system::error_code error;
    socket.bind({asio::ip::address_v4::loopback(), port}, error);
    if (!error) return port;
  }
  return fail(Errc::limit, "127.0.0.1", "has no free port from " + std::to_string(first) + " on");
}

}  // namespace

LocalCluster::Scheduler::Scheduler(Roster& roster, std::mutex& writing)
    : admission(roster, [&writing] { return std::unique_lock(writing); }),
      end(roster,
          {.admit = [this](const auto& name, const auto& hello) { return admission.admit(name, hello); },
           .say = [](const std::string&) {}}) {}

LocalCluster::LocalCluster(Settings settings, const Parts& parts)
    : settings_(std::move(settings)), parts_(parts) {
  scheduler_begins();
}

LocalCluster::~LocalCluster() {
  abandon();
  scheduler_ends();
}

void LocalCluster::abandon() {
  for (Node& node : nodes_) node.process.kill();
  std::error_code ignored;
  if (!folder_.empty()) fs::remove_all(folder_, ignored);
}

result<std::unique_ptr<LocalCluster>> LocalCluster::make(const Settings& settings, const Parts& parts) {
  std::unique_ptr<LocalCluster> made(new LocalCluster(settings, parts));
  CAMFLEET_CHECK(made->make_keys());
  return made;
}

result<void> LocalCluster::make_keys() {
  std::error_code error;
  const fs::path temporary = fs::temp_directory_path(error);
  if (error) return fail(Errc::io, "TMPDIR", "is no folder: " + error.message());
  std::string pattern = (temporary / "camfleet-nodes-XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr)
    return fail(Errc::io, pattern, std::string("cannot be made: ") + std::strerror(errno));
  folder_ = pattern;
  const link::ClusterKeys keys(folder_ / "keys");
  CAMFLEET_CHECK(keys.init());
  for (std::uint32_t i = 0; i < parts_.roster->node_count(); ++i) {
    const std::string& name = (*parts_.roster)[NodeIx{i}].id;
    CAMFLEET_CHECK(keys.add(name));
    nodes_.push_back({LocalNode(name, folder_ / (name + ".log"))});
  }
  CAMFLEET_TRY(own_, keys.scheduler());
  CAMFLEET_TRY(list_, keys.nodes());
  return success();
}

result<void> LocalCluster::listen(cluster::SchedulerEnd::World world) {
  if (port_ == 0) {
    CAMFLEET_TRY(port_, free_port());
    do {
      CAMFLEET_TRY(results_port_, free_port());
    } while (results_port_ == port_);
  }
  // What was taken is kept as long as the run is there, and no longer.
  CAMFLEET_TRY(
      scheduler_->receiver,
      cluster::ResultReceiver::open({.port = results_port_, .keys = own_.curve}, list_,
                                    {.last =
                                         [this](const auto& node, auto spool) {
                                           const auto found = taken_.find({node, spool});
                                           return found == taken_.end() ? std::uint64_t{0} : found->second;
                                         },
                                     .take =
                                         [this](const auto& node, auto spool, const cluster::Result& result) {
                                           take(node, result);
                                           taken_[{node, spool}] = result.number;
                                           return true;
                                         },
                                     .say = [](const auto&) {}}));
  world.results_port = results_port_;
  // Of spools that are made for this run.
  world.fleet = 1;
  CAMFLEET_CHECK(scheduler_->end.open({.port = port_}, own_, list_, std::move(world)));
  if (relay_) relay_->set_there(true);
  return success();
}

void LocalCluster::scheduler_ends() {
  if (relay_) relay_->set_there(false);
  scheduler_->end.close();
  scheduler_->receiver.reset();
}

void LocalCluster::scheduler_begins() {
  scheduler_ = std::make_unique<Scheduler>(*parts_.roster, writing_);
}

result<void> LocalCluster::start(cluster::SchedulerEnd::World world, std::function<bool()> must_stop) {
  must_stop_ = std::move(must_stop);
  world.holds = true;
  CAMFLEET_CHECK(listen(std::move(world)));
  CAMFLEET_CHECK(open_relay());
  for (std::uint32_t i = 0; i < nodes_.size(); ++i) CAMFLEET_CHECK(spawn(NodeIx{i}));
  const auto give_up = std::chrono::steady_clock::now() + joining_time;
  while (scheduler_->end.waiting() < nodes_.size()) {
    for (Node& node : nodes_) {
      if (node.process.reap(false))
        return fail(Errc::ended, node.process.name(), "did not begin: " + node.process.last_words());
    }
    if (must_stop_()) return fail(Errc::ended, "nodes", "were on their way when a signal came");
    if (std::chrono::steady_clock::now() > give_up)
      return fail(Errc::timed_out, "nodes", "did not all come within two minutes");
    std::this_thread::sleep_for(look_again);
  }
  return success();
}

result<void> LocalCluster::open_relay() {
  if (!has_fault({sim::FaultKind::link_cut, sim::FaultKind::link_delay})) return success();
  CAMFLEET_TRY(relay_, LinkRelay::open({.nodes = static_cast<std::uint32_t>(nodes_.size()),
                                        .ports = {port_, results_port_},
                                        .faults = settings_.faults,
                                        .clock = parts_.clock}));
  return success();
}

result<void> LocalCluster::spawn(NodeIx ix) {
  Node& node = nodes_[ix.value];
  const std::string& name = node.process.name();
  const std::string host = relay_ ? LinkRelay::address_of(ix) : "127.0.0.1";
  std::vector<std::string> arguments{"camfleet",  "node",
                                     "--join",    host + ":" + std::to_string(port_),
                                     "--keys",    (folder_ / "keys" / "nodes" / name).string(),
                                     "--spool",   (folder_ / (name + ".spool")).string(),
                                     "--threads", std::to_string(settings_.threads),
                                     "--files"};
  const Roster& roster = *parts_.roster;
  if (const std::string& region = roster[roster[ix].offer.region]; !region.empty())
    arguments.insert(arguments.end(), {"--region", region});
  arguments.insert(arguments.end(), settings_.arguments.begin(), settings_.arguments.end());
  node.may_end = false;
  return node.process.start(std::move(arguments));
}

void LocalCluster::await(const std::function<bool()>& is_so) const {
  const auto give_up = std::chrono::steady_clock::now() + ending_time;
  while (!is_so() && !must_stop_() && std::chrono::steady_clock::now() < give_up)
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
}

bool LocalCluster::is_connected(const std::string& name) const {
  return std::ranges::any_of(scheduler_->end.nodes(), [&](const cluster::NodeStatus& one) {
    return one.name == name && one.is_connected;
  });
}

bool LocalCluster::has_fault(std::initializer_list<sim::FaultKind> kinds) const {
  return std::ranges::any_of(settings_.faults, [&](const sim::Fault& fault) {
    return std::ranges::find(kinds, fault.kind) != kinds.end();
  });
}

void LocalCluster::begin() {
  for (Node& node : nodes_) node.process.count_from_now();
  scheduler_->end.begin();
  await([this] { return scheduler_->end.joined() >= nodes_.size(); });
  if (!has_fault({sim::FaultKind::node_crash, sim::FaultKind::node_drain})) {
    // Both sides have them in memory, and nobody is started again: who ends without a word leaves no keys
    // behind.
    std::error_code ignored;
    fs::remove_all(folder_ / "keys", ignored);
  }
  // What they offer is on its way from the membership to the placement.
  std::this_thread::sleep_for(look_again);
}

void LocalCluster::look() {
  for (Node& node : nodes_) {
    if (!node.process.is_running() || !node.process.reap(false)) continue;
    if (!node.may_end)
      parts_.problems->add(
          {Errc::ended, node.process.name(), "ended before the run did: " + node.process.last_words()});
  }
}

result<void> LocalCluster::act(const ProcessAction& action) {
  Node& node = nodes_[action.node.value];
  switch (action.kind) {
    case ProcessAction::Kind::kill:
      node.may_end = true;
      node.process.kill();
      break;
    case ProcessAction::Kind::stop:
      node.process.signal(SIGSTOP);
      break;
    case ProcessAction::Kind::go_on:
      node.process.signal(SIGCONT);
      break;
    case ProcessAction::Kind::drain:
      node.may_end = true;
      node.process.signal(SIGTERM);
      break;
    case ProcessAction::Kind::start:
      return spawn(action.node);
    case ProcessAction::Kind::end_scheduler:
    case ProcessAction::Kind::begin_scheduler:
      break;
  }
  return success();
}

void LocalCluster::bring_back() {
  if (relay_) relay_->heal();
  std::vector<std::string> started;
  for (std::uint32_t i = 0; i < nodes_.size(); ++i) {
    LocalNode& process = nodes_[i].process;
    process.signal(SIGCONT);
    if (!nodes_[i].may_end || process.is_running()) continue;
    if (const auto begun = spawn(NodeIx{i}); begun.has_value())
      started.push_back(process.name());
    else
      parts_.problems->add(begun.error());
  }
  // One that was told to end before it had come would send nothing.
  await([&] {
    return std::ranges::all_of(started, [this](const std::string& name) { return is_connected(name); });
  });
}

std::vector<LocalCluster::Ended> LocalCluster::stop() {
  bring_back();
  look();
  std::vector<bool> was_there;
  for (const Node& node : nodes_) {
    was_there.push_back(node.process.is_running());
    node.process.signal(SIGTERM);
  }
  await([this] { return std::ranges::all_of(nodes_, [](Node& node) { return node.process.reap(false); }); });
  std::vector<Ended> ended;
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    LocalNode& process = nodes_[i].process;
    if (process.is_running()) {
      parts_.problems->add(
          {Errc::timed_out, process.name(), "did not end when it was told to: what it had found is lost"});
      process.kill();
    } else if (was_there[i] && !process.has_ended_well()) {
      parts_.problems->add({Errc::io, process.name(), process.last_words()});
    }
    ended.push_back({process.name(), process.cpu()});
  }
  scheduler_ends();
  return ended;
}

void LocalCluster::take(const std::string& node, const cluster::Result& result) {
  const auto found = cluster::found_of(*parts_.roster, result);
  if (found.has_value())
    parts_.found(found.value());
  else
    parts_.problems->add(within(node, found.error()));
}

}  // namespace camfleet::cli
