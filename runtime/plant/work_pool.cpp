#include "runtime/plant/work_pool.hpp"

#include <algorithm>
#include <cassert>
#include <ctime>
#include <utility>

#include <pthread.h>

namespace camfleet::plant {
namespace {

/// A thread that runs out of work naps before it sleeps: being woken costs several times what a small job
/// does. Each nap is twice as long as the one before; together they delay a job by at most 3.1 ms.
constexpr Duration first_nap = std::chrono::microseconds(100);
constexpr unsigned most_naps = 5;
constexpr Duration small_job = std::chrono::microseconds(100);

}  // namespace

WorkPool::WorkPool(unsigned threads) {
  assert(threads >= 1);
  for (unsigned i = 0; i < threads; ++i) {
    threads_.emplace_back([this, i] { work(i); });
  }
}

WorkPool::~WorkPool() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  nap_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void WorkPool::submit(std::uint32_t lane, std::uint64_t strand, Job job) {
  bool wakes = false;
  {
    const std::lock_guard lock(mutex_);
    Lane& entry = lanes_[lane];
    entry.tasks.push_back({strand, std::move(job)});
    if (!entry.listed) {
      entry.listed = true;
      turns_.push_back(&entry);
    }
    wakes = wake_one_asleep();
  }
  if (wakes) wake_.notify_one();
}

bool WorkPool::wake_one_asleep() {
  if (asleep_ == 0 || napping_ > 0) return false;
  --asleep_;
  return true;
}

Duration WorkPool::busy() {
  Duration sum{0};
  for (std::thread& thread : threads_) {
    clockid_t clock{};
    std::timespec time{};
    if (pthread_getcpuclockid(thread.native_handle(), &clock) != 0 || clock_gettime(clock, &time) != 0)
      continue;
    sum += seconds(time.tv_sec) + Duration(time.tv_nsec);
  }
  return sum;
}

bool WorkPool::take_from(Lane& lane, Task& task) {
  const auto ready = std::ranges::find_if(lane.tasks, [&](const Task& one) {
    return one.strand == no_strand || std::ranges::find(busy_strands_, one.strand) == busy_strands_.end();
  });
  if (ready == lane.tasks.end()) return false;
  task = std::move(*ready);
  lane.tasks.erase(ready);
  if (task.strand != no_strand) busy_strands_.push_back(task.strand);
  return true;
}

bool WorkPool::next(Task& task) {
  for (std::size_t tries = turns_.size(); tries > 0; --tries) {
    Lane& lane = *turns_.front();
    turns_.pop_front();
    const bool taken = take_from(lane, task);
    lane.listed = !lane.tasks.empty();
    if (lane.listed) turns_.push_back(&lane);
    if (taken) return true;
  }
  return false;
}

void WorkPool::rest(std::unique_lock<std::mutex>& lock, unsigned& naps) {
  if (naps == most_naps || usual_job_ > small_job || stopping_) {
    ++asleep_;
    wake_.wait(lock);
    return;
  }
  ++napping_;
  nap_.wait_for(lock, first_nap * (1U << naps));
  --napping_;
  ++naps;
}

void WorkPool::work(unsigned thread) {
  unsigned naps = 0;
  bool idled = false;
  std::unique_lock lock(mutex_);
  while (true) {
    Task task;
    if (!next(task)) {
      if (stopping_ && turns_.empty()) return;
      rest(lock, naps);
      idled = true;
      continue;
    }
    // What gathered meanwhile may be more than one thread's.
    if (idled && !turns_.empty() && wake_one_asleep()) wake_.notify_one();
    naps = 0;
    idled = false;
    lock.unlock();
    const auto began = std::chrono::steady_clock::now();
    task.job(thread);
    task.job = nullptr;
    const Duration took = std::chrono::steady_clock::now() - began;
    lock.lock();
    // Bounded: one that lost its core for a while does not tell of the others.
    usual_job_ += (std::min(took, 10 * small_job) - usual_job_) / 16;
    if (task.strand != no_strand) {
      std::erase(busy_strands_, task.strand);
      // Another thread may have passed over tasks of this strand.
      if (!turns_.empty() && wake_one_asleep()) wake_.notify_one();
    }
    if (stopping_ && turns_.empty()) wake_.notify_all();
  }
}

}  // namespace camfleet::plant
