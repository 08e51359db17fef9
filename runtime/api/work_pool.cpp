#include "runtime/api/work_pool.hpp"

#include <algorithm>
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
  std::optional<Job> gives_way;
  {
    const std::lock_guard lock(mutex_);
    if (stopped_) return false;
    if (count_ >= most_waiting_) {
      const auto own = waiting_.find(job.caller);
      gives_way = give_way(1 + (own == waiting_.end() ? 0 : own->second.size()));
      if (!gives_way) return false;
    }
    add(std::move(job));
  }
  changed_.notify_one();
  if (gives_way) gives_way->drop();
  return true;
}

void WorkPool::add(Job job) {
  Queue& own = waiting_[job.caller];
  if (own.empty()) turns_.push_back(job.caller);
  own.push_back({std::move(job), std::chrono::steady_clock::now()});
  ++count_;
}

WorkPool::Waiting WorkPool::take() {
  const auto own = waiting_.find(turns_.front());
  Waiting next = std::move(own->second.front());
  own->second.pop_front();
  --count_;
  if (own->second.empty())
    waiting_.erase(own);
  else
    turns_.push_back(std::move(turns_.front()));
  turns_.pop_front();
  return next;
}

std::optional<WorkPool::Job> WorkPool::give_way(std::size_t few) {
  const auto most =
      std::ranges::max_element(waiting_, {}, [](const auto& caller) { return caller.second.size(); });
  if (most == waiting_.end() || most->second.size() <= few) return std::nullopt;
  Job newest = std::move(most->second.back().job);
  most->second.pop_back();
  --count_;
  return newest;
}

void WorkPool::stop() {
  std::map<std::string, Queue> dropped;
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    dropped.swap(waiting_);
    turns_.clear();
    count_ = 0;
    changed_.notify_all();
  }
  for (const auto& [caller, queue] : dropped) {
    for (const Waiting& one : queue) one.job.drop();
  }
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

void WorkPool::work() {
  while (true) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return stopped_ || !waiting_.empty(); });
    if (stopped_) return;
    const Waiting next = take();
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
