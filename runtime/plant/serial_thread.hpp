#pragma once

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>

#include "runtime/time/job.hpp"

namespace camfleet::plant {

/// A thread that runs the jobs of one stream over the network, one after the other: what the network makes
/// wait must not hold up the pool. It ends once it was closed and has run what it was given.
class SerialThread {
 public:
  using Job = timing::Job<>;

  /// The thread is the caller's to join; it keeps what it needs alive by itself.
  static std::pair<std::shared_ptr<SerialThread>, std::thread> start() {
    auto made = std::make_shared<SerialThread>();
    return {made, std::thread([made] { made->run(); })};
  }

  void submit(Job job) {
    {
      const std::lock_guard lock(mutex_);
      jobs_.push_back(std::move(job));
    }
    wake_.notify_one();
  }

  void close() {
    {
      const std::lock_guard lock(mutex_);
      closed_ = true;
    }
    wake_.notify_one();
  }

 private:
  void run() {
    std::unique_lock lock(mutex_);
    while (true) {
      wake_.wait(lock, [this] { return closed_ || !jobs_.empty(); });
      if (jobs_.empty()) return;
      Job job = std::move(jobs_.front());
      jobs_.pop_front();
      lock.unlock();
      job();
      job = nullptr;
      lock.lock();
    }
  }

  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Job> jobs_;
  bool closed_ = false;
};

}  // namespace camfleet::plant
