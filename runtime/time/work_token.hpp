#pragma once

#include <utility>

namespace camfleet::timing {

class Timekeeper;

/// A piece of work that is under way for as long as this lives. At the speed max it holds time up.
class WorkToken {
 public:
  /// Of no work.
  WorkToken() = default;
  WorkToken(WorkToken&& other) noexcept
      : time_(std::exchange(other.time_, nullptr)), is_analysis_(other.is_analysis_) {}
  WorkToken& operator=(WorkToken&& other) noexcept {
    if (this == &other) return *this;
    if (time_ != nullptr) end();
    time_ = std::exchange(other.time_, nullptr);
    is_analysis_ = other.is_analysis_;
    return *this;
  }
  WorkToken(const WorkToken&) = delete;
  WorkToken& operator=(const WorkToken&) = delete;
  ~WorkToken() {
    if (time_ != nullptr) end();
  }

  /// It is under way where no token can be, as in a mailbox; Timekeeper::take_over makes one of it there.
  void leave() && { time_ = nullptr; }

 private:
  friend class Timekeeper;
  WorkToken(Timekeeper& time, bool is_analysis) : time_(&time), is_analysis_(is_analysis) {}
  /// Of some work.
  void end();

  Timekeeper* time_ = nullptr;
  bool is_analysis_ = false;
};

}  // namespace camfleet::timing
