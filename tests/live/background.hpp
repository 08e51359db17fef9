#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace camfleet::testing {

/// A program that runs beside the test: a server. Ended, hard, when the test lets go of it.
class Background {
 public:
  /// Starts `command`, and waits up to 20 s until it has printed `ready` (nothing: does not wait).
  explicit Background(const std::vector<std::string>& command, std::string_view ready = "");
  ~Background();
  Background(const Background&) = delete;
  Background& operator=(const Background&) = delete;

  void signal(int number) const;
  /// SIGKILL, and waits for its end.
  void kill();
  /// Waits up to `seconds`; its exit code, 128 + the number of the signal that ended it, or −1 when it still
  /// runs.
  int wait(double seconds);

  /// What it has printed so far, on both streams.
  std::string output();
  [[nodiscard]] bool is_ready() const { return ready_; }

 private:
  int pid_ = -1;
  int output_ = -1;
  bool ready_ = false;
  std::string text_;
};

/// A TCP port of the loopback that nobody listens on now; `count` following ones are free too.
int free_port(int count = 1);

/// Listens on a port and never answers anybody.
class Silence {
 public:
  Silence();
  ~Silence();
  Silence(const Silence&) = delete;
  Silence& operator=(const Silence&) = delete;
  [[nodiscard]] int port() const { return port_; }

 private:
  int socket_ = -1;
  int port_ = 0;
};

}  // namespace camfleet::testing
