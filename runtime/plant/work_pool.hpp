#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <thread>
#include <unordered_map>
#include <vector>

#include "actors/base/time.hpp"
#include "runtime/time/job.hpp"

namespace camfleet::plant {

/// Threads of the machine's number for decoding and inference, fair between lanes: each lane that has work
/// gets its turn, however much the others have. A lane is a device.
///
/// Jobs of one strand (a stream, a slice with a memory) run one at a time, in the order in which they came.
class WorkPool {
 public:
  /// `thread` is the number of the thread that runs the job, 0 to threads() − 1.
  using Job = timing::Job<unsigned>;
  static constexpr std::uint64_t no_strand = 0;

  explicit WorkPool(unsigned threads);
  /// Finishes the jobs that were given, then joins the threads.
  ~WorkPool();
  WorkPool(const WorkPool&) = delete;
  WorkPool& operator=(const WorkPool&) = delete;

  /// The caller bounds the jobs: each holds a frame or stands for an open stream.
  void submit(std::uint32_t lane, std::uint64_t strand, Job job);

  /// CPU that the threads have taken so far.
  [[nodiscard]] Duration busy();
  [[nodiscard]] unsigned threads() const { return static_cast<unsigned>(threads_.size()); }

 private:
  struct Task {
    std::uint64_t strand = no_strand;
    Job job;
  };
  struct Lane {
    std::deque<Task> tasks;
    bool listed = false;  ///< in turns_
  };

  void work(unsigned thread);
  /// The next task of the lane whose turn it is; false when every waiting one belongs to a busy strand.
  bool next(Task& task);
  bool take_from(Lane& lane, Task& task);
  /// Waits for work. While jobs are small it naps a few times before it sleeps: who naps sees by itself what
  /// has come, so that jobs gather and nobody is woken for each.
  void rest(std::unique_lock<std::mutex>& lock, unsigned& naps);
  /// True when a sleeping thread is to be woken.
  bool wake_one_asleep();

  std::mutex mutex_;
  std::condition_variable wake_;
  std::unordered_map<std::uint32_t, Lane> lanes_;  ///< lookup only; one for each device that ever had work
  std::vector<std::uint64_t> busy_strands_;        ///< at most one a thread
  std::deque<Lane*> turns_;                        ///< lanes with tasks, the next one first
  bool stopping_ = false;
  unsigned asleep_ = 0;          ///< threads that wait and were not woken yet
  unsigned napping_ = 0;         ///< threads that look again by themselves
  std::condition_variable nap_;  ///< signalled at the end only
  Duration usual_job_{0};        ///< how long jobs took lately, in real time
  std::vector<std::thread> threads_;
};

}  // namespace camfleet::plant
