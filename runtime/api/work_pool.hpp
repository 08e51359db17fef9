#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace camfleet::api {

/// Threads for calls that take long, so that those who answer callers go on; what waits for them has a bound.
/// Callers take turns, each with its oldest call; where no more may wait, the newest call of whoever has the
/// most there gives way to one who has fewer.
class WorkPool {
 public:
  /// `threads` 0: what is submitted is done at once, by who submits it. `out_of_memory`: a job found none and
  /// has ended; it alone.
  WorkPool(std::size_t threads, std::size_t most_waiting, std::function<void()> out_of_memory);
  ~WorkPool() { stop(); }
  WorkPool(const WorkPool&) = delete;
  WorkPool& operator=(const WorkPool&) = delete;

  struct Job {
    std::function<void()> run;
    std::function<void()> drop;  ///< instead of run: it is stopped, has waited too long, or gave way
    std::string caller;
  };
  /// Whoever asked has given up by then, or had better do so.
  static constexpr std::chrono::seconds longest_wait{10};

  /// False: too many wait, or it was stopped; then neither is called.
  [[nodiscard]] bool submit(Job job);

  /// What is under way ends, what waits is dropped. From any thread but its own; again changes nothing.
  void stop();

 private:
  struct Waiting {
    Job job;
    std::chrono::steady_clock::time_point since;
  };
  using Queue = std::deque<Waiting>;
  void work();
  void add(Job job);
  /// The next one whose turn it is; there is one.
  Waiting take();
  /// The newest of who has the most waiting, if that is more than `few`.
  std::optional<Job> give_way(std::size_t few);
  void run(const std::function<void()>& part);

  std::size_t most_waiting_;
  std::function<void()> out_of_memory_;
  bool is_inline_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::string, Queue> waiting_;  ///< by caller; none is empty
  std::deque<std::string> turns_;         ///< of those callers
  std::size_t count_ = 0;                 ///< of all that waits
  bool stopped_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace camfleet::api
