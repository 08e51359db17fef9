#include "tools/camfleet/cli/output.hpp"

#include <cerrno>
#include <csignal>
#include <system_error>

#include <fcntl.h>
#include <unistd.h>

namespace camfleet::cli {
namespace {

/// Writes everything; returns 0 or errno.
int write_all(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(descriptor, text.data(), text.size());
    if (written >= 0) {
      text.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno != EINTR) {
      return errno;
    }
  }
  return 0;
}

}  // namespace

void Output::write(std::string_view text) {
  if (is_over()) return;
  held_ += text;
  if (held_.size() >= block_size) flush();
}

void Output::flush() {
  if (error_ == 0) error_ = write_all(descriptor_, held_);
  held_.clear();
}

result<void> Output::finish() {
  flush();
  if (error_ == 0 || error_ == EPIPE) return success();
  return fail(
      Errc::io, "stdout",
      "cannot be written: " + std::generic_category().message(error_) + "; send it to a place that takes it");
}

void write_error_line(std::string_view line) {
  std::string text(line);
  text += '\n';
  (void)write_all(STDERR_FILENO, text);
}

void guard_standard_streams() {
  (void)std::signal(SIGPIPE, SIG_IGN);
  for (const int descriptor : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::fcntl(descriptor, F_GETFD) != -1) continue;
    // Opened the wrong way round, so that using the stream still fails; open takes the lowest free number,
    // this one.
    (void)::open("/dev/null", descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY);
  }
}

}  // namespace camfleet::cli
