#include "runtime/store/commit_queue.hpp"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <iterator>
#include <mutex>
#include <span>
#include <thread>
#include <utility>
#include <vector>

namespace camfleet::store {
namespace {

constexpr std::size_t max_units = 1'000;
constexpr std::chrono::milliseconds first_pause{50};
constexpr std::chrono::milliseconds longest_pause{2'000};

struct Unit {
  std::vector<Change> changes;
  CommitQueue::Done done;
  bool was_tried = false;
};

bool is_of_the_disk(const result<void>& outcome) {
  return !outcome.has_value() && (outcome.error().code == Errc::io || outcome.error().code == Errc::corrupt);
}

/// The changes of many units one after the other, as the store takes them.
class Group {
 public:
  void add(Unit unit) {
    changes_.insert(changes_.end(), std::make_move_iterator(unit.changes.begin()),
                    std::make_move_iterator(unit.changes.end()));
    members_.push_back({changes_.size(), std::move(unit.done), unit.was_tried});
  }
  [[nodiscard]] std::size_t units() const { return members_.size(); }
  [[nodiscard]] std::size_t changes() const { return changes_.size(); }
  /// How many are here for the first time.
  [[nodiscard]] std::size_t new_units() const {
    return static_cast<std::size_t>(std::ranges::count(members_, false, &Member::was_tried));
  }

  struct Rest {
    result<void> disk;      ///< whether it took what it should
    std::deque<Unit> kept;  ///< what nobody waits for and the disk did not take
  };
  /// Makes it durable by `write(changes)`, and calls `tell(done, outcome)` for each unit that is not kept, in
  /// order.
  template <class Write, class Tell>
  Rest commit(const Write& write, const Tell& tell) {
    const std::span<Change> all(changes_);
    const result<void> whole = write(all);
    result<void> last = whole;
    std::deque<Unit> kept;
    std::size_t begin = 0;
    for (Member& member : members_) {
      const auto own = all.subspan(begin, member.end - begin);
      begin = member.end;
      // A disk that has just failed is not asked again for each of them.
      if (!whole.has_value() && members_.size() > 1 && !is_of_the_disk(last)) last = write(own);
      if (is_of_the_disk(last) && !member.done) {
        kept.push_back(
            {{std::make_move_iterator(own.begin()), std::make_move_iterator(own.end())}, {}, true});
      } else {
        tell(member.done, last);
      }
    }
    return {is_of_the_disk(last) ? last : success(), std::move(kept)};
  }

 private:
  struct Member {
    std::size_t end;
    CommitQueue::Done done;
    bool was_tried;
  };
  std::vector<Change> changes_;
  std::vector<Member> members_;
};

}  // namespace

class CommitQueue::Impl {
 public:
  Impl(Store& store, Failed failed, Tried tried)
      : store_(store),
        failed_(std::move(failed)),
        tell_tried_(std::move(tried)),
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
      const std::lock_guard lock(mutex_);
      const std::size_t changes = unit.changes.size();
      waiting_.push_back(std::move(unit));
      waiting_changes_ += changes;
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
    const result<Committed> outcome = store_.commit(changes);
    if (tell_tried_) tell_tried_(std::chrono::steady_clock::now() - began, changes, outcome);
    CAMFLEET_CHECK(outcome);
    return success();
  }

  void tell(const Done& done, const result<void>& outcome) const {
    if (done) {
      done(outcome);
    } else if (!outcome.has_value() && failed_) {
      failed_(outcome.error());
    }
  }

  void run() {
    auto pause = first_pause;
    while (true) {
      std::size_t tried = 0;
      std::size_t written = 0;
      Group::Rest done{success(), {}};
      {
        // Gone before it counts as tried: what a `done` holds must not outlive flush().
        Group group = take();
        if (group.units() == 0) return;
        tried = group.new_units();
        written = group.changes();
        done = group.commit([this](std::span<const Change> changes) { return write(changes); },
                            [this](const Done& one, const result<void>& said) { tell(one, said); });
      }
      put_back(std::move(done.kept), tried, written);
      if (done.disk.has_value()) {
        pause = first_pause;
        continue;
      }
      give_up(done.disk);
      std::unique_lock lock(mutex_);
      work_.wait_for(lock, pause, [this] { return ending_; });
      pause = std::min(2 * pause, longest_pause);
    }
  }

  /// The disk does not take anything: fails all that somebody waits for, and at the end everything.
  void give_up(const result<void>& outcome) {
    std::vector<Done> told;
    std::uint64_t newly = 0;
    {
      const std::lock_guard lock(mutex_);
      std::deque<Unit> kept;
      for (Unit& unit : waiting_) {
        if (!unit.was_tried) ++newly;
        unit.was_tried = true;
        if (ending_ || unit.done) {
          waiting_changes_ -= unit.changes.size();
          told.push_back(std::move(unit.done));
        } else {
          kept.push_back(std::move(unit));
        }
      }
      waiting_ = std::move(kept);
    }
    for (Done& done : told) tell(std::exchange(done, {}), outcome);
    {
      const std::lock_guard lock(mutex_);
      tried_ += newly;
    }
    tried_all_.notify_all();
  }

  /// Waits for work; empty at the end.
  Group take() {
    Group group;
    std::unique_lock lock(mutex_);
    work_.wait(lock, [this] { return ending_ || !waiting_.empty(); });
    while (!waiting_.empty() && group.units() < max_units) {
      group.add(std::move(waiting_.front()));
      waiting_.pop_front();
    }
    return group;
  }

  /// What the disk did not take comes first again, of a group of `changes`.
  void put_back(std::deque<Unit> kept, std::size_t tried, std::size_t changes) {
    {
      const std::lock_guard lock(mutex_);
      tried_ += tried;
      waiting_changes_ -= changes;
      for (auto unit = kept.rbegin(); unit != kept.rend(); ++unit) {
        waiting_changes_ += unit->changes.size();
        waiting_.push_front(std::move(*unit));
      }
    }
    tried_all_.notify_all();
  }

  Store& store_;
  const Failed failed_;
  const Tried tell_tried_;
  std::mutex mutex_;
  std::condition_variable work_;
  std::condition_variable tried_all_;
  std::deque<Unit> waiting_;
  std::size_t waiting_changes_ = 0;  ///< those that are being written included
  std::uint64_t submitted_ = 0;
  std::uint64_t tried_ = 0;
  bool ending_ = false;
  std::thread thread_;  // last: it uses all of them
};

CommitQueue::CommitQueue(Store& store, Failed failed, Tried tried)
    : impl_(std::make_unique<Impl>(store, std::move(failed), std::move(tried))) {}

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
