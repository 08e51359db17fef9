#include "runtime/plant/work_pool.hpp"

#include <algorithm>
#include <cassert>
#include <ctime>
#include <utility>

#include <pthread.h>
#include <sched.h>

namespace camfleet::plant {
namespace {

/// How often a thread lets others run before it sleeps: being woken costs more.
constexpr int patience = 4;

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
      turns_.push_back(lane);
    }
    wakes = wake_one_asleep();
  }
  if (wakes) wake_.notify_one();
}

bool WorkPool::wake_one_asleep() {
  // Waking costs more than a small job: a burst wakes each thread once.
  if (asleep_ == 0) return false;
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
    return one.strand == no_strand || !busy_strands_.contains(one.strand);
  });
  if (ready == lane.tasks.end()) return false;
  task = std::move(*ready);
  lane.tasks.erase(ready);
  if (task.strand != no_strand) busy_strands_.emplace(task.strand, true);
  return true;
}

bool WorkPool::next(Task& task) {
  for (std::size_t tries = turns_.size(); tries > 0; --tries) {
    const std::uint32_t number = turns_.front();
    turns_.pop_front();
    const auto lane = lanes_.find(number);
    const bool taken = take_from(lane->second, task);
    if (lane->second.tasks.empty()) {
      lanes_.erase(lane);
    } else {
      turns_.push_back(number);
    }
    if (taken) return true;
  }
  return false;
}

void WorkPool::work(unsigned thread) {
  int yields = 0;
  std::unique_lock lock(mutex_);
  while (true) {
    Task task;
    if (!next(task)) {
      if (stopping_ && turns_.empty()) return;
      if (++yields <= patience) {
        lock.unlock();
        ::sched_yield();
        lock.lock();
        continue;
      }
      ++asleep_;
      wake_.wait(lock);
      continue;
    }
    yields = 0;
    lock.unlock();
    task.job(thread);
    task.job = nullptr;
    lock.lock();
    if (task.strand != no_strand) {
      busy_strands_.erase(task.strand);
      // Another thread may have passed over tasks of this strand.
      if (!turns_.empty() && wake_one_asleep()) wake_.notify_one();
    }
    if (stopping_ && turns_.empty()) wake_.notify_all();
  }
}

}  // namespace camfleet::plant
