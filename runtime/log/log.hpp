#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <iosfwd>
#include <memory>
#include <string_view>

#include "runtime/log/log_line.hpp"

namespace camfleet::logging {

/// One line per event, with its time in UTC. Thread-safe; writing never waits for whoever reads the lines:
/// when more than `most_waiting` are on their way the oldest are lost, and their number is said.
///
/// A warning or an error that repeats within a second is held back and said once a second, with
/// `repeated` saying how many events the line stands for. Two repeat each other when they differ in numbers
/// alone.
class Log {
 public:
  using Clock = std::function<std::chrono::steady_clock::time_point()>;
  struct Settings {
    Level level = Level::info;  ///< what is below is not said
    Format format = Format::text;
    Clock clock = std::chrono::steady_clock::now;  ///< repetitions go by it
  };
  static constexpr std::size_t most_waiting = 4096;
  /// Different warnings that are remembered at once.
  static constexpr std::size_t most_remembered = 1000;

  Log(std::ostream& out, Settings settings);
  /// Says what was held back and waits until all is written.
  ~Log();
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;

  [[nodiscard]] bool shows(Level level) const;
  void write(Level level, std::string_view message, Fields fields = {});
  void debug(std::string_view message, Fields fields = {}) { write(Level::debug, message, fields); }
  void info(std::string_view message, Fields fields = {}) { write(Level::info, message, fields); }
  void warn(std::string_view message, Fields fields = {}) { write(Level::warn, message, fields); }
  void error(std::string_view message, Fields fields = {}) { write(Level::error, message, fields); }

  /// Says what has been held back for a second. To be called every second or so.
  void settle();
  /// Says all that is held back, so that a line that follows is the last one.
  void settle_all();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace camfleet::logging
