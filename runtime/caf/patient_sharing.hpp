#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>

#include <caf/policy/unprofiled.hpp>
#include <caf/resumable.hpp>
#include <caf/scheduler/coordinator.hpp>

namespace camfleet::shells {

/// CAF's policy `sharing`, one queue for all workers, that wakes less readily: waking a thread costs several
/// times what a handler does. A worker that runs out of jobs naps before it sleeps; who naps sees by itself
/// what has come in the meantime, so that jobs gather and nobody is woken for each.
class PatientSharing : public caf::policy::unprofiled {
 public:
  // CAF wants these names.
  // NOLINTBEGIN(readability-identifier-naming)
  struct coordinator_data {
    explicit coordinator_data(caf::scheduler::abstract_coordinator* /*coordinator*/) {}
    std::mutex lock;
    std::condition_variable wake;
    std::condition_variable nap;  ///< never signalled
    std::deque<caf::resumable*> queue;
    unsigned asleep = 0;   ///< workers that wait and were not woken yet
    unsigned napping = 0;  ///< workers that look again within `nap`
  };
  struct worker_data {
    explicit worker_data(caf::scheduler::abstract_coordinator* /*coordinator*/) {}
  };
  // NOLINTEND(readability-identifier-naming)

  template <class Coordinator>
  void enqueue(Coordinator* self, caf::resumable* job) {
    auto& data = d(self);
    bool wakes = false;
    {
      const std::lock_guard lock(data.lock);
      data.queue.push_back(job);
      wakes = data.asleep > 0 && data.napping == 0;
      if (wakes) --data.asleep;
    }
    if (wakes) data.wake.notify_one();
  }
  template <class Coordinator>
  void central_enqueue(Coordinator* self, caf::resumable* job) {
    enqueue(self, job);
  }
  template <class Worker>
  void external_enqueue(Worker* self, caf::resumable* job) {
    enqueue(self->parent(), job);
  }
  template <class Worker>
  void internal_enqueue(Worker* self, caf::resumable* job) {
    enqueue(self->parent(), job);
  }
  template <class Worker>
  void resume_job_later(Worker* self, caf::resumable* job) {
    enqueue(self->parent(), job);
  }

  template <class Worker>
  caf::resumable* dequeue(Worker* self) {
    auto& data = d(self->parent());
    std::unique_lock lock(data.lock);
    const bool idled = data.queue.empty();
    for (bool napped = false; data.queue.empty(); napped = true) {
      if (!napped) {
        ++data.napping;
        data.nap.wait_for(lock, nap);
        --data.napping;
      } else {
        // Who is woken for a job that another took counts again.
        ++data.asleep;
        data.wake.wait(lock);
      }
    }
    caf::resumable* job = data.queue.front();
    data.queue.pop_front();
    if (idled && !data.queue.empty() && data.asleep > 0 && data.napping == 0) {
      --data.asleep;
      data.wake.notify_one();
    }
    return job;
  }

  template <class Worker, class Visit>
  void foreach_resumable(Worker* /*self*/, Visit /*visit*/) {}

  template <class Coordinator, class Visit>
  void foreach_central_resumable(Coordinator* self, Visit visit) {
    auto& data = d(self);
    const std::lock_guard lock(data.lock);
    for (caf::resumable* job : data.queue) visit(job);
    data.queue.clear();
  }

 private:
  static constexpr std::chrono::microseconds nap{100};
};

}  // namespace camfleet::shells
