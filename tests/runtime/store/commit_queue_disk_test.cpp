#include <atomic>
#include <chrono>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "runtime/store/commit_queue.hpp"
#include "tests/runtime/store/write_only_store.hpp"

namespace camfleet::store {
namespace {

using Outcome = result<void>;

/// A store whose disk takes nothing until it is mended; remembers what it took.
class BrokenDisk final : public WriteOnlyStore {
 public:
  result<Committed> commit(std::span<const Change> changes) override {
    ++tries;
    if (!is_mended) return fail(Errc::io, "disk", "is full");
    const std::lock_guard lock(mutex_);
    for (const Change& change : changes) {
      if (const auto* due = std::get_if<SliceDue>(&change)) taken_.push_back(due->name.due);
    }
    return Committed{};
  }

  std::vector<Nanoseconds> taken() {
    const std::lock_guard lock(mutex_);
    return taken_;
  }

  std::atomic<bool> is_mended = false;
  std::atomic<int> tries = 0;

 private:
  std::mutex mutex_;
  std::vector<Nanoseconds> taken_;
};

SliceDue due(Nanoseconds at) {
  return {{1, "a", at}, 1};
}

TEST(CommitQueueDisk, KeepsWhatNobodyWaitsForInOrderUntilTheDiskTakesIt) {
  BrokenDisk store;
  std::vector<std::string> failed;
  CommitQueue queue(store, [&](const Error& error) { failed.push_back(error.line()); });
  std::vector<Nanoseconds> all;
  for (Nanoseconds at = 0; at < 3000; ++at) {
    queue.submit({due(at)});
    all.push_back(at);
    if (at == 1500) queue.flush();
  }
  queue.flush();
  EXPECT_EQ(queue.waiting(), all.size());
  EXPECT_EQ(store.taken(), std::vector<Nanoseconds>());
  store.is_mended = true;
  while (queue.waiting() > 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  queue.submit({due(3000)}, [](const Outcome&) {});
  queue.flush();
  all.push_back(3000);
  EXPECT_EQ(store.taken(), all);
  EXPECT_EQ(failed, std::vector<std::string>());
}

TEST(CommitQueueDisk, TellsWhoeverWaitsThoughMoreWaitsBeforeHim) {
  BrokenDisk store;
  CommitQueue queue(store, {});
  int refused = 0;
  for (Nanoseconds at = 0; at < 5000; ++at) queue.submit({due(at)});
  for (int i = 0; i < 3; ++i) {
    queue.submit({DropDevice{"a"}}, [&](const Outcome& outcome) { refused += outcome.has_value() ? 0 : 1; });
  }
  queue.flush();
  EXPECT_EQ(refused, 3);
  EXPECT_LT(store.tries, 10) << "a disk that has failed is not asked for each of them";
  EXPECT_EQ(queue.waiting(), 5000U);
  store.is_mended = true;
}

TEST(CommitQueueDisk, AtTheEndWhatIsNotTakenHasFailed) {
  BrokenDisk store;
  int failed = 0;
  {
    CommitQueue queue(store, [&](const Error&) { ++failed; });
    queue.submit(std::vector<Change>(1000, due(0)));
    queue.flush();
    queue.submit({due(1)});
  }
  EXPECT_EQ(failed, 2);
}

}  // namespace
}  // namespace camfleet::store
