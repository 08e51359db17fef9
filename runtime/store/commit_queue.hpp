#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <vector>

#include "actors/time.hpp"
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
  /// Told of every commit of the store, on the queue's thread, before those who wait for it are.
  using Committed = std::function<void(Duration took, const result<void>& outcome)>;

  /// Changes that may wait at once; whoever submits more waits.
  static constexpr std::size_t max_waiting = 100'000;

  CommitQueue(Store& store, Failed failed, Committed committed = {});
  /// Commits what waits, then ends.
  ~CommitQueue();
  CommitQueue(const CommitQueue&) = delete;
  CommitQueue& operator=(const CommitQueue&) = delete;

  /// From any thread, a `done` included; none may throw. The changes of one call are one unit. Without
  /// `done`, failures go to `failed`.
  void submit(std::vector<Change> changes, Done done = {});
  /// Waits until everything that was submitted before has been tried. Not from a `done`.
  void flush();
  /// Changes that wait now.
  [[nodiscard]] std::size_t waiting() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace camfleet::store
