#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "actors/base/error.hpp"

namespace camfleet::cli {

/// Standard output, written in blocks. A failure sticks: later text is dropped and finish() tells. A reader
/// that has seen enough (`| head`) is not a failure: the rest is dropped and finish() is fine.
class Output {
 public:
  explicit Output(int descriptor) : descriptor_(descriptor) {}
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;

  void write(std::string_view text);

  /// True when nothing that is written arrives any more: a long command may stop.
  [[nodiscard]] bool is_over() const { return error_ != 0; }

  /// Writes what is still held back. Errors: io at "stdout".
  result<void> finish();

  static constexpr std::size_t block_size = 64 * 1024;

 private:
  void flush();

  int descriptor_;
  int error_ = 0;  ///< errno of the write that failed
  std::string held_;
};

/// Writes "line\n" to standard error, in one piece where the system allows it; a failure is ignored.
void write_error_line(std::string_view line);

/// Makes broken pipes an error of write instead of the end of the process, and keeps the numbers of closed
/// standard streams from being given to files. Call it first in main.
void guard_standard_streams();

}  // namespace camfleet::cli
