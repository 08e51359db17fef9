#pragma once

#include <cstdint>
#include <utility>

namespace camfleet::timing {

class Timekeeper;

/// A piece of work that is under way for as long as this lives. At the speed max it holds time up.
class WorkToken {
 public:
  /// Of no work.
  WorkToken() = default;
  WorkToken(WorkToken&& other) noexcept : time_(std::exchange(other.time_, no_work)) {}
  WorkToken& operator=(WorkToken&& other) noexcept {
    if (this == &other) return *this;
    if (time_ != no_work) end();
    time_ = std::exchange(other.time_, no_work);
    return *this;
  }
  WorkToken(const WorkToken&) = delete;
  WorkToken& operator=(const WorkToken&) = delete;
  ~WorkToken() {
    if (time_ != no_work) end();
  }

  /// It is under way where no token can be, as in a mailbox; Timekeeper::take_over makes one of it there.
  void leave() && { time_ = no_work; }

 private:
  friend class Timekeeper;
  WorkToken(Timekeeper& time, bool is_analysis)
      : time_(reinterpret_cast<std::uintptr_t>(&time) | (is_analysis ? 1U : 0U)) {}
  /// Of some work.
  void end();

  /// The Timekeeper's address, and in its lowest bit, which no address uses, whether it is an analysis: jobs
  /// hold tokens, and a job that fits into the memory of another one is made in half the time.
  std::uintptr_t time_ = no_work;
  static constexpr std::uintptr_t no_work = 0;
};

}  // namespace camfleet::timing
