#include "tools/camfleet/cli/progress.hpp"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include <fmt/core.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "tools/camfleet/cli/text_width.hpp"

namespace camfleet::cli {
namespace {

constexpr std::size_t default_columns = 80;
constexpr std::size_t longest_bar = 40;
constexpr std::size_t shortest_bar = 10;
constexpr std::size_t shortest_note = 6;
constexpr std::size_t longest_what = 40;
constexpr std::string_view erase_line = "\r\x1b[K";

std::size_t terminal_columns() {
  winsize size{};
  if (::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return default_columns;
  return size.ws_col;
}

/// "0:07", "12:30", "1:02:03".
std::string clock_text(double seconds) {
  constexpr double longest = 99'999.0 * 3600;
  const auto whole = static_cast<std::int64_t>(std::clamp(seconds, 0.0, longest));
  if (whole < 3600) return fmt::format("{}:{:02}", whole / 60, whole % 60);
  return fmt::format("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60);
}

double seconds_between(ProgressView::Time from, ProgressView::Time to) {
  return std::chrono::duration<double>(to - from).count();
}

/// In [0, 1].
double share(std::uint64_t done, std::uint64_t total) {
  return std::min(1.0, static_cast<double>(done) / static_cast<double>(total));
}

}  // namespace

ProgressView standard_error_view() {
  const char* term = std::getenv("TERM");  // NOLINT(concurrency-mt-unsafe): nothing sets it
  const bool is_dumb = term != nullptr && std::string_view(term) == "dumb";
  return {.is_terminal = ::isatty(STDERR_FILENO) == 1 && !is_dumb,
          .columns = terminal_columns,
          .now = std::chrono::steady_clock::now,
          .write = [](std::string_view text) { (void)!::write(STDERR_FILENO, text.data(), text.size()); }};
}

Progress::Progress(std::string_view what, ProgressView view)
    : what_(fit(what, longest_what)), view_(std::move(view)), started_(view_.now()) {}

Progress::~Progress() {
  erase();
}

void Progress::update(std::uint64_t done, std::uint64_t total, std::string_view note) {
  if (is_finished_) return;
  done_ = done;
  total_ = total;
  note_ = note;
  const auto now = view_.now();
  if (view_.is_terminal) {
    if (shown_at_ && now - *shown_at_ < redraw_after) return;
    view_.write(fmt::format("\r{}\x1b[K", bar(now)));
    bar_is_drawn_ = true;
  } else {
    if (now - shown_at_.value_or(started_) < plain_line_after) return;
    view_.write(plain_line(now) + "\n");
  }
  shown_at_ = now;
}

void Progress::finish() {
  if (std::exchange(is_finished_, true)) return;
  if (view_.is_terminal) {
    erase();
    return;
  }
  const std::string end = note_.empty() ? "" : ", " + printable(note_);
  view_.write(
      fmt::format("{}: done in {}{}\n", what_, clock_text(seconds_between(started_, view_.now())), end));
}

void Progress::erase() {
  if (std::exchange(bar_is_drawn_, false)) view_.write(erase_line);
}

/// The estimate of the rest, from the pace so far where nobody said it; empty without one.
std::string Progress::remaining(double elapsed) const {
  if (left_) return clock_text(std::chrono::duration<double>(*left_).count());
  if (done_ == 0 || total_ == 0) return "";
  const double part = share(done_, total_);
  return clock_text(elapsed * (1.0 - part) / part);
}

std::string Progress::bar(ProgressView::Time now) const {
  // A character in the last column would make some terminals go to the next line.
  const std::size_t room = std::max<std::size_t>(view_.columns(), 2) - 1;
  const double elapsed = seconds_between(started_, now);
  if (total_ == 0) {
    return fit(fmt::format("{} {} {} elapsed  {}", what_, done_, clock_text(elapsed), printable(note_)),
               room);
  }
  const double part = share(done_, total_);
  const std::string rest = remaining(elapsed);
  const std::string percent = fmt::format("{} {:3} %", what_, static_cast<int>(part * 100));
  const std::string times = clock_text(elapsed) + " elapsed" + (rest.empty() ? "" : ", " + rest + " left");
  const std::size_t fixed = display_width(percent) + times.size() + 5;
  if (room < fixed + shortest_bar) return fit(percent + " " + times, room);
  // The bar takes a third of the line at most, so that the note has a place.
  const std::size_t length = std::clamp(room / 3, shortest_bar, std::min(longest_bar, room - fixed));
  const auto full = static_cast<std::size_t>(part * static_cast<double>(length));
  std::string line = fmt::format("{} [{:#<{}}{:-<{}}] {}", percent, "", full, "", length - full, times);
  const std::size_t used = display_width(line) + 2;
  if (note_.empty() || used + shortest_note > room) return line;
  return line + "  " + fit(note_, room - used);
}

std::string Progress::plain_line(ProgressView::Time now) const {
  const double elapsed = seconds_between(started_, now);
  const std::string rest = remaining(elapsed);
  std::string line = what_ + ": ";
  line += total_ == 0 ? fmt::format("{}", done_)
                      : fmt::format("{} %", static_cast<int>(share(done_, total_) * 100));
  line += ", " + clock_text(elapsed) + " elapsed";
  if (!rest.empty()) line += ", about " + rest + " left";
  if (!note_.empty()) line += ", " + printable(note_);
  return line;
}

}  // namespace camfleet::cli
