#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <vector>

#include "runtime/store/store.hpp"

namespace camfleet::store {

/// Changes from many callers, made durable in groups by one thread: whatever waits when a commit ends goes
/// into the next one. Where a group fails, its members are tried one by one, so that one bad change fails
/// alone.
class CommitQueue {
 public:
  /// Called on the queue's thread once the changes are durable or have failed.
  using Done = std::function<void(const result<void>& outcome)>;
  /// Told of failed changes that nobody waits for.
  using Failed = std::function<void(const Error& error)>;

  /// Changes that may wait at once; whoever submits more waits.
  static constexpr std::size_t max_waiting = 100'000;

  CommitQueue(Store& store, Failed failed);
  /// Commits what waits, then ends.
  ~CommitQueue();
  CommitQueue(const CommitQueue&) = delete;
  CommitQueue& operator=(const CommitQueue&) = delete;

  /// From any thread, a `done` included; none may throw. The changes of one call are one unit. Without
  /// `done`, failures go to `failed`.
  void submit(std::vector<Change> changes, Done done = {});
  /// Waits until everything that was submitted before has been tried. Not from a `done`.
  void flush();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace camfleet::store
