#pragma once

#include <cstddef>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>

namespace camfleet::api {

/// The body of an answer that comes in pieces, for as long as it takes, like an event stream: who makes it
/// writes, who sends it takes. Thread-safe; none of it waits.
class ReplyStream {
 public:
  /// Bytes that may wait for a caller who does not take them; beyond them it is cut off.
  explicit ReplyStream(std::size_t most_waiting = 1U << 20U) : most_waiting_(most_waiting) {}

  /// False: nothing more is taken: it has ended, its caller has gone, or it was cut off just now.
  bool write(std::string_view piece);
  void end();
  /// Whether nobody reads it any more, or nothing more comes.
  [[nodiscard]] bool is_over() const;

  // For who sends it:

  /// Calls `wake` whenever there is something to take from now on, and at once where there is; on the thread
  /// of who writes, within its lock: it must neither wait nor call the stream.
  void listen(std::function<void()> wake);
  struct Taken {
    std::string bytes;
    bool is_last = false;     ///< it has ended, and this is all
    bool is_cut_off = false;  ///< there would have been more
  };
  Taken take();
  /// Its caller has gone.
  void abandon();

 private:
  enum class State { open, ended, cut_off, abandoned };
  void set(State state);

  const std::size_t most_waiting_;
  mutable std::mutex mutex_;
  std::string waiting_;
  State state_ = State::open;
  std::function<void()> wake_;
};

}  // namespace camfleet::api
