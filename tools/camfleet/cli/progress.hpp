#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace camfleet::cli {

/// Where progress is shown, and the clock that it is measured with.
struct ProgressView {
  using Time = std::chrono::steady_clock::time_point;

  bool is_terminal = false;
  std::function<std::size_t()> columns;  ///< of the terminal
  std::function<Time()> now;
  std::function<void(std::string_view)> write;
};

/// Standard error: a terminal unless it is redirected or TERM is "dumb".
ProgressView standard_error_view();

/// Shows how far a long command is. On a terminal a bar with percent, elapsed and remaining time, redrawn at
/// most 10 times a second and erased at the end; elsewhere a plain line at most every 10 s and one at the
/// end.
class Progress {
 public:
  /// `what` is a few words: "simulating two districts".
  explicit Progress(std::string_view what, ProgressView view = standard_error_view());
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  /// Without finish(): the bar is erased and nothing is said, for something went wrong.
  ~Progress();

  /// Any unit, at any rate; `total` 0 = not known. `note` is the latest detail.
  void update(std::uint64_t done, std::uint64_t total, std::string_view note = {});

  /// How long the rest takes, said by somebody who knows it better than the pace so far; until the next call.
  void expect_left(std::chrono::nanoseconds left) { left_ = left; }

  /// All is done; the note stands in the last plain line. Later calls do nothing.
  void finish();

  static constexpr std::chrono::milliseconds redraw_after{100};
  static constexpr std::chrono::seconds plain_line_after{10};

 private:
  [[nodiscard]] std::string remaining(double elapsed) const;
  [[nodiscard]] std::string bar(ProgressView::Time now) const;
  [[nodiscard]] std::string plain_line(ProgressView::Time now) const;
  void erase();

  std::string what_;
  ProgressView view_;
  ProgressView::Time started_;
  std::optional<ProgressView::Time> shown_at_;
  std::optional<std::chrono::nanoseconds> left_;
  std::uint64_t done_ = 0;
  std::uint64_t total_ = 0;
  std::string note_;
  bool bar_is_drawn_ = false;
  bool is_finished_ = false;
};

}  // namespace camfleet::cli
