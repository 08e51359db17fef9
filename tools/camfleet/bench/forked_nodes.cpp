#include "tools/camfleet/bench/forked_nodes.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <thread>
#include <utility>

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runtime/cluster/node.hpp"
#include "tools/camfleet/bench/still_world.hpp"

namespace camfleet::cli {
namespace {

/// Placement has room for whatever a bench runs.
constexpr std::uint32_t ample_acu = 1024;

result<void> run_node(const std::filesystem::path& folder, const std::string& name, std::uint16_t port) {
  const media::SourceRegistry sources = still_sources();
  CAMFLEET_TRY(const auto engines, idle_engines(false, 1));
  plant::ProblemLog problems;
  cluster::Node::Settings settings;
  settings.call.host = "127.0.0.1";
  settings.call.port = port;
  CAMFLEET_TRY(settings.keys, link::read_node_keys(folder / "nodes" / name));
  settings.hello.acu = ample_acu;
  settings.hello.schemes = {"still"};
  settings.hello.algorithms = {{"1", ""}};
  settings.algorithms = {"1"};
  settings.spool = (folder / (name + ".spool")).string();
  return cluster::Node::run(settings, {&sources, engines.get(), &problems},
                            {.say = [](const std::string&) {},
                             .wait =
                                 [](Duration span) {
                                   std::this_thread::sleep_for(std::chrono::nanoseconds(span));
                                   return false;
                                 }});
}

[[noreturn]] void be_node(const std::filesystem::path& folder, const std::string& name, int port_pipe,
                          pid_t parent) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(1);
  const int nowhere = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  for (const int one : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) dup2(nowhere, one);
  std::uint16_t port = 0;
  if (::read(port_pipe, &port, sizeof port) != sizeof port) _exit(1);
  _exit(run_node(folder, name, port).has_value() ? 0 : 1);
}

}  // namespace

std::string node_name(std::uint32_t number) {
  return "node-" + std::to_string(number);
}

result<ForkedNodes> ForkedNodes::make(const std::filesystem::path& folder, std::uint32_t count) {
  const link::ClusterKeys keys(folder);
  CAMFLEET_CHECK(keys.init());
  ForkedNodes nodes;
  for (std::uint32_t i = 1; i <= count; ++i) {
    CAMFLEET_CHECK(keys.add(node_name(i)));
    std::array<int, 2> ends{};
    if (pipe2(ends.data(), O_CLOEXEC) != 0) return fail(Errc::io, "pipe", std::strerror(errno));
    const pid_t parent = getpid();
    const pid_t pid = fork();
    if (pid == 0) be_node(folder, node_name(i), ends[0], parent);
    ::close(ends[0]);
    nodes.children_.push_back({pid, ends[1]});
    if (pid < 0) return fail(Errc::limit, "fork", std::strerror(errno));
  }
  return nodes;
}

ForkedNodes::ForkedNodes(ForkedNodes&& other) noexcept : children_(std::exchange(other.children_, {})) {}

ForkedNodes::~ForkedNodes() {
  for (const Child& child : children_) {
    ::close(child.port_pipe);
    if (child.pid <= 0) continue;
    ::kill(child.pid, SIGKILL);
    ::waitpid(child.pid, nullptr, 0);
  }
}

void ForkedNodes::join(std::uint16_t port) {
  for (const Child& child : children_) static_cast<void>(::write(child.port_pipe, &port, sizeof port));
}

}  // namespace camfleet::cli
