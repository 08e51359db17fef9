#include "tests/live/background.hpp"

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <thread>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

namespace camfleet::testing {
namespace {

constexpr auto pause = std::chrono::milliseconds(20);

int listening_socket(int port) {
  const int made = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::bind(made, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 &&
      ::listen(made, 64) == 0)
    return made;
  ::close(made);
  return -1;
}

int port_of(int made) {
  sockaddr_in address{};
  socklen_t size = sizeof address;
  ::getsockname(made, reinterpret_cast<sockaddr*>(&address), &size);
  return ntohs(address.sin_port);
}

}  // namespace

Background::Background(const std::vector<std::string>& command, std::string_view ready) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) std::abort();
  pid_ = ::fork();
  if (pid_ == 0) {
    ::dup2(ends[1], 1);
    ::dup2(ends[1], 2);
    std::vector<char*> arguments;
    arguments.reserve(command.size() + 1);
    for (const std::string& each : command) arguments.push_back(const_cast<char*>(each.c_str()));
    arguments.push_back(nullptr);
    ::execvp(arguments[0], arguments.data());
    ::_exit(127);
  }
  ::close(ends[1]);
  output_ = ends[0];
  ::fcntl(output_, F_SETFL, O_NONBLOCK);
  const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (std::chrono::steady_clock::now() < give_up) {
    if (output().find(ready) != std::string::npos) {
      ready_ = true;
      return;
    }
    std::this_thread::sleep_for(pause);
  }
}

Background::~Background() {
  kill();
  ::close(output_);
}

void Background::signal(int number) const {
  if (pid_ > 0) ::kill(pid_, number);
}

void Background::kill() {
  if (pid_ <= 0) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
  pid_ = -1;
}

int Background::wait(double seconds) {
  const auto give_up = std::chrono::steady_clock::now() + std::chrono::duration<double>(seconds);
  do {
    int status = 0;
    // Read on, so that it does not wait for a full pipe.
    output();
    if (::waitpid(pid_, &status, WNOHANG) == pid_) {
      pid_ = -1;
      return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    }
    std::this_thread::sleep_for(pause);
  } while (std::chrono::steady_clock::now() < give_up);
  return -1;
}

std::string Background::output() {
  char buffer[4096];
  for (ssize_t size = 0; (size = ::read(output_, buffer, sizeof buffer)) > 0;)
    text_.append(buffer, static_cast<std::size_t>(size));
  return text_;
}

int free_port(int count) {
  // Below the range that connections get theirs from: who tries a free port of that range again and again is
  // some day connected to itself.
  static int next = 10'000 + (::getpid() * 37) % 20'000;
  for (int tries = 0; tries < 1000; ++tries) {
    const int port = next;
    next = next + count < 32'000 ? next + count : 10'000;
    bool all = true;
    for (int i = 0; i < count; ++i) {
      const int made = listening_socket(port + i);
      all = all && made >= 0;
      if (made >= 0) ::close(made);
    }
    if (all) return port;
  }
  std::abort();
}

Silence::Silence() : socket_(listening_socket(0)), port_(port_of(socket_)) {}
Silence::~Silence() {
  ::close(socket_);
}

}  // namespace camfleet::testing
