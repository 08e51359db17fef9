#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "runtime/service/recorder.hpp"
#include "runtime/store/commit_queue.hpp"

namespace camfleet::service {

/// How everything is changed that a caller waits for: there must be room for it; it is checked and marked,
/// under a lock; it is committed; under the lock again it comes to be, or its marks go; the caller is told.
class Changes {
 public:
  using Done = std::function<void(const result<void>&)>;

  /// Both outlive it. `most_waiting`: changes beyond which further ones are refused.
  Changes(store::CommitQueue& commits, const Recorder& recorder, std::size_t most_waiting)
      : commits_(&commits), recorder_(&recorder), most_waiting_(most_waiting) {}

  /// `lock()` gives a guard; `begin()` a result of the changes to store, having marked what they are about;
  /// `end(is_durable)` is called on the store's thread, and neither it nor `done` may throw. `begin` is
  /// called before this returns; the others are kept until then. Errors, told to `done` on the spot: io: too
  /// many changes wait; those of `begin`, which has marked nothing then.
  template <class Lock, class Begin, class End>
  void make(Lock lock, Begin begin, End end, Done done) const {
    if (const auto room = has_room(); !room.has_value()) return done(room);
    const auto begun = [&]() -> result<void> {
      const auto guard = lock();
      CAMFLEET_TRY(std::vector<store::Change> changes, begin());
      // Under the lock: they are stored in the order in which they were checked.
      commits_->submit(std::move(changes), [lock, end = std::move(end), done](const result<void>& stored) {
        {
          const auto again = lock();
          end(stored.has_value());
        }
        done(stored);
      });
      return success();
    }();
    if (!begun.has_value()) done(begun);
  }

  /// Of changes that nobody waits for.
  void store(std::vector<store::Change> changes) const { commits_->submit(std::move(changes)); }

 private:
  /// Whoever answers calls does not wait for the disk. Errors: io.
  [[nodiscard]] result<void> has_room() const {
    const std::size_t waiting = recorder_->waiting();
    if (waiting < most_waiting_) return success();
    return fail(Errc::io, "store",
                std::to_string(waiting) + " changes wait for the disk already; try again later");
  }

  store::CommitQueue* commits_;
  const Recorder* recorder_;
  std::size_t most_waiting_;
};

}  // namespace camfleet::service
