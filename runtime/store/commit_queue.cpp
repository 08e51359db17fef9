#include "runtime/store/commit_queue.hpp"

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <iterator>
#include <mutex>
#include <optional>
#include <span>
#include <thread>
#include <utility>

namespace camfleet::store {
namespace {

constexpr std::size_t max_units = 1'000;

struct Unit {
  std::vector<Change> changes;
  CommitQueue::Done done;
};

/// The changes of many units one after the other, as the store takes them.
class Group {
 public:
  void add(Unit unit) {
    changes_.insert(changes_.end(), std::make_move_iterator(unit.changes.begin()),
                    std::make_move_iterator(unit.changes.end()));
    members_.push_back({changes_.size(), std::move(unit.done)});
  }
  [[nodiscard]] std::size_t units() const { return members_.size(); }

  /// Makes it durable by `write(changes)`, and calls `tell(done, outcome)` for each unit, in order.
  template <class Write, class Tell>
  void commit(const Write& write, const Tell& tell) const {
    const std::span<const Change> all(changes_);
    const result<void> whole = write(all);
    std::size_t begin = 0;
    for (const Member& member : members_) {
      const bool alone = !whole.has_value() && members_.size() > 1;
      const auto own = all.subspan(begin, member.end - begin);
      tell(member.done, alone ? write(own) : whole);
      begin = member.end;
    }
  }

 private:
  struct Member {
    std::size_t end;
    CommitQueue::Done done;
  };
  std::vector<Change> changes_;
  std::vector<Member> members_;
};

}  // namespace

class CommitQueue::Impl {
 public:
  Impl(Store& store, Failed failed, Committed committed)
      : store_(store),
        failed_(std::move(failed)),
        committed_(std::move(committed)),
        thread_([this] { run(); }) {}

  ~Impl() {
    {
      const std::lock_guard lock(mutex_);
      ending_ = true;
    }
    work_.notify_one();
    thread_.join();
  }

  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  void submit(Unit unit) {
    {
      const std::size_t size = unit.changes.size();
      std::unique_lock lock(mutex_);
      // The queue's own thread, in a `done`, would wait for itself.
      if (std::this_thread::get_id() != thread_.get_id()) {
        // A unit that is too large for the queue goes in alone.
        room_.wait(lock, [&] { return waiting_changes_ == 0 || waiting_changes_ + size <= max_waiting; });
      }
      waiting_changes_ += size;
      waiting_.push_back(std::move(unit));
      ++submitted_;
    }
    work_.notify_one();
  }

  void flush() {
    std::unique_lock lock(mutex_);
    tried_all_.wait(lock, [this, until = submitted_] { return tried_ >= until; });
  }

  std::size_t waiting() {
    const std::lock_guard lock(mutex_);
    return waiting_changes_;
  }

 private:
  result<void> write(std::span<const Change> changes) {
    const auto began = std::chrono::steady_clock::now();
    result<void> outcome = store_.commit(changes);
    if (committed_) committed_(std::chrono::steady_clock::now() - began, outcome);
    return outcome;
  }

  void run() {
    while (true) {
      // Gone before it counts as tried: what a `done` holds must not outlive flush().
      std::optional<Group> group = take();
      const std::size_t units = group->units();
      if (units == 0) return;
      group->commit([this](std::span<const Change> changes) { return write(changes); },
                    [this](const Done& done, const result<void>& outcome) {
                      if (done) {
                        done(outcome);
                      } else if (!outcome.has_value() && failed_) {
                        failed_(outcome.error());
                      }
                    });
      group.reset();
      {
        const std::lock_guard lock(mutex_);
        tried_ += units;
      }
      tried_all_.notify_all();
    }
  }

  /// Waits for work; empty at the end.
  Group take() {
    Group group;
    std::unique_lock lock(mutex_);
    work_.wait(lock, [this] { return ending_ || !waiting_.empty(); });
    while (!waiting_.empty() && group.units() < max_units) {
      waiting_changes_ -= waiting_.front().changes.size();
      group.add(std::move(waiting_.front()));
      waiting_.pop_front();
    }
    lock.unlock();
    room_.notify_all();
    return group;
  }

  Store& store_;
  const Failed failed_;
  const Committed committed_;
  std::mutex mutex_;
  std::condition_variable work_;
  std::condition_variable room_;
  std::condition_variable tried_all_;
  std::deque<Unit> waiting_;
  std::size_t waiting_changes_ = 0;
  std::uint64_t submitted_ = 0;
  std::uint64_t tried_ = 0;
  bool ending_ = false;
  std::thread thread_;  // last: it uses all of them
};

CommitQueue::CommitQueue(Store& store, Failed failed, Committed committed)
    : impl_(std::make_unique<Impl>(store, std::move(failed), std::move(committed))) {}

CommitQueue::~CommitQueue() = default;

void CommitQueue::submit(std::vector<Change> changes, Done done) {
  impl_->submit({std::move(changes), std::move(done)});
}

void CommitQueue::flush() {
  impl_->flush();
}

std::size_t CommitQueue::waiting() const {
  return impl_->waiting();
}

}  // namespace camfleet::store
