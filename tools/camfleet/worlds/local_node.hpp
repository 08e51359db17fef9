#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include <sys/types.h>

#include "actors/base/error.hpp"
#include "actors/base/time.hpp"

namespace camfleet::cli {

/// A process of this program that carries devices, in a process group of its own. It may be started again
/// once it has ended.
class LocalNode {
 public:
  /// `log`: what it says on its standard streams goes there.
  LocalNode(std::string name, std::filesystem::path log) : name_(std::move(name)), log_(std::move(log)) {}

  /// `arguments`: those of the command line, from the program's name on. Errors: limit.
  result<void> start(std::vector<std::string> arguments);
  /// No signal reaches one that has ended.
  void signal(int number) const;
  /// Ends it at once.
  void kill();
  /// Whether it has ended; waits until then when asked to.
  bool reap(bool waits);

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] bool is_running() const { return pid_ > 0; }
  /// Of one that has ended: by itself, and nothing went wrong.
  [[nodiscard]] bool has_ended_well() const;
  /// How it has ended, and its last line.
  [[nodiscard]] std::string last_words() const;
  /// Its CPU up to now does not count.
  void count_from_now();
  /// Of all its lives that have ended.
  [[nodiscard]] Duration cpu() const { return cpu_; }

 private:
  std::string name_;
  std::filesystem::path log_;
  pid_t pid_ = -1;  ///< -1: it has ended, or not begun
  int status_ = 0;  ///< as wait() tells it
  Duration cpu_before_{0};
  Duration cpu_{0};
};

}  // namespace camfleet::cli
