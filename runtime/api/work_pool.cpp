#include "runtime/api/work_pool.hpp"

#include <new>
#include <utility>

namespace camfleet::api {

WorkPool::WorkPool(std::size_t threads, std::size_t most_waiting, std::function<void()> out_of_memory)
    : most_waiting_(most_waiting), out_of_memory_(std::move(out_of_memory)), is_inline_(threads == 0) {
  for (std::size_t i = 0; i < threads; ++i) threads_.emplace_back([this] { work(); });
}

bool WorkPool::submit(Job job) {
  if (is_inline_) {
    job.run();
    return true;
  }
  const std::lock_guard lock(mutex_);
  if (stopped_ || waiting_.size() >= most_waiting_) return false;
  waiting_.push_back({std::move(job), std::chrono::steady_clock::now()});
  changed_.notify_one();
  return true;
}

void WorkPool::stop() {
  std::deque<Waiting> dropped;
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    dropped.swap(waiting_);
    changed_.notify_all();
  }
  for (const Waiting& one : dropped) one.job.drop();
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

void WorkPool::work() {
  while (true) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return stopped_ || !waiting_.empty(); });
    if (stopped_) return;
    const Waiting next = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    const bool is_late = std::chrono::steady_clock::now() - next.since > longest_wait;
    run(is_late ? next.job.drop : next.job.run);
  }
}

void WorkPool::run(const std::function<void()>& part) {
  try {
    return part();
  } catch (const std::bad_alloc&) {
  }
  try {
    if (out_of_memory_) out_of_memory_();
  } catch (const std::bad_alloc&) {
    // There is no memory to say it with.
    return;
  }
}

}  // namespace camfleet::api
