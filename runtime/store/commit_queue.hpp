#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "actors/base/time.hpp"
#include "runtime/store/store.hpp"

namespace camfleet::store {

/// Changes from many callers, made durable in groups by one thread: whatever waits when a commit ends goes
/// into the next one. Where a group is refused, its members are tried one by one, so that one bad change
/// fails alone. Where the disk does not take a group, the changes that somebody waits for fail; the others
/// are kept, in their order, and tried again until it does.
class CommitQueue {
 public:
  /// Called on the queue's thread once the changes are durable or have failed.
  using Done = std::function<void(const result<void>& outcome)>;
  /// Told of failed changes that nobody waits for.
  using Failed = std::function<void(const Error& error)>;
  /// Told of every commit of the store, on the queue's thread, before those who wait for it are.
  using Tried =
      std::function<void(Duration took, std::span<const Change> changes, const result<Committed>& outcome)>;

  CommitQueue(Store& store, Failed failed, Tried tried = {});
  /// Commits what waits, then ends; what the disk does not take even now has failed.
  ~CommitQueue();
  CommitQueue(const CommitQueue&) = delete;
  CommitQueue& operator=(const CommitQueue&) = delete;

  /// From any thread, a `done` included; none may throw. The changes of one call are one unit. Without
  /// `done` they are kept until the disk takes them, and go to `failed` when they are refused. It takes as
  /// many as come: who submits looks at waiting() first.
  void submit(std::vector<Change> changes, Done done = {});
  /// Waits until everything that was submitted before has been tried once. Not from a `done`.
  void flush();
  /// Changes that wait now, or are being written.
  [[nodiscard]] std::size_t waiting() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace camfleet::store
