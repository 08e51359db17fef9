#include "tools/camfleet/worlds/local_node.hpp"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <ctime>
#include <fstream>
#include <utility>

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace camfleet::cli {
namespace {

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
  // What the run listens at would be listened at for as long as its nodes live.
  close_range(STDERR_FILENO + 1, ~0U, 0);
  execv("/proc/self/exe", arguments);
  _exit(127);
}

}  // namespace

result<void> LocalNode::start(std::vector<std::string> arguments) {
  std::vector<char*> pointers;
  pointers.reserve(arguments.size() + 1);
  for (std::string& argument : arguments) pointers.push_back(argument.data());
  pointers.push_back(nullptr);
  const std::string log = log_.string();
  const pid_t parent = getpid();
  const pid_t pid = fork();
  if (pid == 0) become_node(pointers.data(), log.c_str(), parent);
  if (pid < 0) return fail(Errc::limit, name_, std::string("cannot be started: ") + std::strerror(errno));
  pid_ = pid;
  cpu_before_ = Duration(0);
  return success();
}

void LocalNode::signal(int number) const {
  if (pid_ > 0) ::kill(pid_, number);
}

void LocalNode::kill() {
  signal(SIGKILL);
  reap(true);
}

bool LocalNode::reap(bool waits) {
  if (pid_ < 0) return true;
  rusage usage{};
  int status = 0;
  if (wait4(pid_, &status, waits ? 0 : WNOHANG, &usage) != pid_) return false;
  pid_ = -1;
  status_ = status;
  cpu_ += std::max(Duration(0), cpu_of(usage) - cpu_before_);
  return true;
}

bool LocalNode::has_ended_well() const {
  return WIFEXITED(status_) && WEXITSTATUS(status_) == 0;
}

std::string LocalNode::last_words() const {
  std::ifstream log(log_);
  std::string last = "it says nothing";
  for (std::string line; std::getline(log, line);) last = line;
  if (WIFSIGNALED(status_)) return "signal " + std::to_string(WTERMSIG(status_)) + " ended it";
  return "it ended with " + std::to_string(WEXITSTATUS(status_)) + ": " + last;
}

void LocalNode::count_from_now() {
  cpu_before_ = cpu_of(pid_);
}

}  // namespace camfleet::cli
