#include "tools/camfleet/worlds/local_cluster.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <fstream>
#include <thread>
#include <utility>

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace camfleet::cli {
namespace {

namespace fs = std::filesystem;

/// For a process to load its models and to join.
constexpr std::chrono::seconds joining_time{120};
/// For one to send what it has found, and to end.
constexpr std::chrono::seconds ending_time{10};
constexpr std::chrono::milliseconds look_again{20};

Duration cpu_of(const rusage& usage) {
  const auto span = [](const timeval& value) {
    return seconds(value.tv_sec) + Duration(value.tv_usec * 1000);
  };
  return span(usage.ru_utime) + span(usage.ru_stime);
}

/// Up to now.
Duration cpu_of(pid_t process) {
  clockid_t clock{};
  timespec time{};
  if (process < 0 || clock_getcpuclockid(process, &clock) != 0 || clock_gettime(clock, &time) != 0)
    return Duration(0);
  return seconds(time.tv_sec) + Duration(time.tv_nsec);
}

/// In a process that was just forked: only what signals may do. Does not come back.
[[noreturn]] void become_node(char* const* arguments, const char* log, pid_t parent) {
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  // What a terminal sends to the run is the run's to pass on.
  setpgid(0, 0);
  if (getppid() != parent) _exit(1);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  dup2(::open("/dev/null", O_RDONLY | O_CLOEXEC), STDIN_FILENO);
  const int file = ::open(log, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  dup2(file, STDOUT_FILENO);
  dup2(file, STDERR_FILENO);
  execv("/proc/self/exe", arguments);
  _exit(127);
}

}  // namespace

LocalCluster::LocalCluster(const Settings& settings, const Parts& parts)
    : settings_(settings),
      parts_(parts),
      admission_(*parts.roster, [this] { return std::unique_lock(writing_); }),
      end_(*parts.roster,
           {.admit = [this](const auto& name, const auto& hello) { return admission_.admit(name, hello); },
            .say = [](const std::string&) {}}) {}

LocalCluster::~LocalCluster() {
  abandon();
  end_.close();
  receiver_.reset();
}

void LocalCluster::abandon() {
  for (Process& process : processes_) {
    if (process.pid > 0) ::kill(process.pid, SIGKILL);
    reap(process, true);
  }
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
  for (std::uint32_t i = 1; i <= settings_.nodes; ++i) {
    const std::string name = "node-" + std::to_string(i);
    CAMFLEET_CHECK(keys.add(name));
    CAMFLEET_CHECK(parts_.roster->add_node({.id = name, .offer = {.acu = settings_.threads}}));
    processes_.push_back({.name = name});
  }
  return success();
}

result<void> LocalCluster::start(cluster::SchedulerEnd::World world, const std::function<bool()>& must_stop) {
  const link::ClusterKeys keys(folder_ / "keys");
  CAMFLEET_TRY(const link::OwnKeys own, keys.scheduler());
  CAMFLEET_TRY(const link::NodeList list, keys.nodes());
  // What was taken is kept as long as this process is there, and no longer.
  CAMFLEET_TRY(receiver_, cluster::ResultReceiver::open(
                              {.keys = own.curve}, list,
                              {.last = [](const auto&, auto) { return std::uint64_t{0}; },
                               .take =
                                   [this](const auto& node, auto /*spool*/, const cluster::Result& result) {
                                     take(node, result);
                                     return true;
                                   },
                               .say = [](const auto&) {}}));
  world.results_port = receiver_->port();
  world.holds = true;
  // Of spools that are made for this run.
  world.fleet = 1;
  CAMFLEET_CHECK(end_.open({}, own, list, std::move(world)));
  for (Process& process : processes_) CAMFLEET_CHECK(spawn(process));
  const auto give_up = std::chrono::steady_clock::now() + joining_time;
  while (end_.waiting() < processes_.size()) {
    for (Process& process : processes_) {
      if (reap(process, false))
        return fail(Errc::ended, process.name, "did not begin: " + last_words(process));
    }
    if (must_stop()) return fail(Errc::ended, "nodes", "were on their way when a signal came");
    if (std::chrono::steady_clock::now() > give_up)
      return fail(Errc::timed_out, "nodes", "did not all come within two minutes");
    std::this_thread::sleep_for(look_again);
  }
  return success();
}

result<void> LocalCluster::spawn(Process& process) {
  const fs::path keys = folder_ / "keys" / "nodes" / process.name;
  std::vector<std::string> arguments{"camfleet",  "node",
                                     "--join",    "127.0.0.1:" + std::to_string(end_.port()),
                                     "--keys",    keys.string(),
                                     "--spool",   (folder_ / (process.name + ".spool")).string(),
                                     "--threads", std::to_string(settings_.threads),
                                     "--files"};
  arguments.insert(arguments.end(), settings_.arguments.begin(), settings_.arguments.end());
  std::vector<char*> pointers;
  pointers.reserve(arguments.size() + 1);
  for (std::string& argument : arguments) pointers.push_back(argument.data());
  pointers.push_back(nullptr);
  const std::string log = (folder_ / (process.name + ".log")).string();
  const pid_t parent = getpid();
  const pid_t pid = fork();
  if (pid == 0) become_node(pointers.data(), log.c_str(), parent);
  if (pid < 0)
    return fail(Errc::limit, process.name, std::string("cannot be started: ") + std::strerror(errno));
  process.pid = pid;
  return success();
}

bool LocalCluster::reap(Process& process, bool waits) {
  if (process.pid < 0) return true;
  rusage usage{};
  int status = 0;
  if (wait4(process.pid, &status, waits ? 0 : WNOHANG, &usage) != process.pid) return false;
  process.pid = -1;
  process.status = status;
  process.cpu = std::max(Duration(0), cpu_of(usage) - process.cpu_before);
  return true;
}

std::string LocalCluster::last_words(const Process& process) const {
  std::ifstream log(folder_ / (process.name + ".log"));
  std::string last = "it says nothing";
  for (std::string line; std::getline(log, line);) last = line;
  if (WIFSIGNALED(process.status)) return "signal " + std::to_string(WTERMSIG(process.status)) + " ended it";
  return "it ended with " + std::to_string(WEXITSTATUS(process.status)) + ": " + last;
}

void LocalCluster::begin() {
  for (Process& process : processes_) process.cpu_before = cpu_of(process.pid);
  end_.begin();
  const auto give_up = std::chrono::steady_clock::now() + ending_time;
  while (end_.joined() < processes_.size() && std::chrono::steady_clock::now() < give_up)
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  // Both sides have them in memory: who ends without a word leaves no keys behind.
  std::error_code ignored;
  fs::remove_all(folder_ / "keys", ignored);
  // What they offer is on its way from the membership to the placement.
  std::this_thread::sleep_for(look_again);
}

void LocalCluster::look() {
  for (Process& process : processes_) {
    if (process.pid > 0 && reap(process, false))
      parts_.problems->add({Errc::ended, process.name, "ended before the run did: " + last_words(process)});
  }
}

std::vector<LocalCluster::Ended> LocalCluster::stop() {
  for (const Process& process : processes_) {
    if (process.pid > 0) ::kill(process.pid, SIGTERM);
  }
  const auto give_up = std::chrono::steady_clock::now() + ending_time;
  const auto is_through = [&] {
    return std::ranges::all_of(processes_, [&](Process& process) { return reap(process, false); });
  };
  while (!is_through() && std::chrono::steady_clock::now() < give_up) std::this_thread::sleep_for(look_again);
  std::vector<Ended> ended;
  for (Process& process : processes_) {
    if (process.pid > 0) {
      parts_.problems->add(
          {Errc::timed_out, process.name, "did not end when it was told to: what it had found is lost"});
      ::kill(process.pid, SIGKILL);
      reap(process, true);
    }
    if (WIFEXITED(process.status) && WEXITSTATUS(process.status) != 0)
      parts_.problems->add({Errc::io, process.name, last_words(process)});
    ended.push_back({process.name, process.cpu});
  }
  end_.close();
  receiver_.reset();
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
