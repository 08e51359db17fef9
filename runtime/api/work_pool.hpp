#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace camfleet::api {

/// Threads for calls that take long, so that those who answer callers go on; what waits for them has a bound.
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
    std::function<void()> drop;  ///< instead of run: it is stopped, or the job has waited too long
  };
  /// Whoever asked has given up by then, or had better do so.
  static constexpr std::chrono::seconds longest_wait{10};

  /// False: too many wait, or it was stopped; then neither is called.
  [[nodiscard]] bool submit(Job job);

  /// What is under way ends, what waits is dropped. From any thread but its own; again changes nothing.
  void stop();

 private:
  void work();
  void run(const std::function<void()>& part);

  std::size_t most_waiting_;
  std::function<void()> out_of_memory_;
  bool is_inline_;
  std::mutex mutex_;
  std::condition_variable changed_;
  struct Waiting {
    Job job;
    std::chrono::steady_clock::time_point since;
  };
  std::deque<Waiting> waiting_;
  bool stopped_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace camfleet::api
