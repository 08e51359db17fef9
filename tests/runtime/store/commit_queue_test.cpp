#include "runtime/store/commit_queue.hpp"

#include <array>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <future>
#include <random>
#include <set>
#include <thread>

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/runtime/store/write_only_store.hpp"

namespace camfleet::store {
namespace {

namespace fs = std::filesystem;
using Outcome = result<void>;

InstanceRecord instance(std::int64_t id) {
  return {id, "p", "n", "{}", {0}, id};
}

Query of(std::vector<std::int64_t> instances) {
  Query query;
  query.instances = std::move(instances);
  return query;
}

class CommitQueueTest : public ::testing::Test {
 protected:
  CommitQueueTest() {
    std::string name = (fs::temp_directory_path() / "commit_queue_XXXXXX").string();
    folder_ = mkdtemp(name.data());
    path_ = (folder_ / "camfleet.db").string();
  }
  ~CommitQueueTest() override { fs::remove_all(folder_); }

  void open() {
    store_.reset();
    auto opened = open_sqlite(path_);
    ASSERT_TRUE(opened.has_value()) << opened.error().line();
    store_ = std::move(opened).value();
  }

  fs::path folder_;
  std::string path_;
  std::unique_ptr<Store> store_;
};

/// A store that waits in its first commit until it is let go, and remembers the sizes of all.
class HeldStore final : public WriteOnlyStore {
 public:
  result<Committed> commit(std::span<const Change> changes) override {
    sizes.push_back(changes.size());
    if (sizes.size() == 1) {
      entered.set_value();
      let_go.get_future().wait();
    }
    for (const Change& change : changes) {
      if (const auto* end = std::get_if<EndInstance>(&change); end != nullptr && end->id < 0) {
        return fail(Errc::broken_invariant, "instance", "is bad");
      }
    }
    return Committed{};
  }

  std::promise<void> entered;
  std::promise<void> let_go;
  std::vector<std::size_t> sizes;
};

TEST_F(CommitQueueTest, EachOfManyThreadsHearsOnceOfEachUnit) {
  open();
  constexpr int threads = 8;
  constexpr int units = 500;
  std::vector<std::atomic<int>> heard(threads * units);
  std::vector<std::atomic<int>> good(threads * units);
  std::atomic<int> unheard = 0;
  {
    CommitQueue queue(*store_, [&](const Error& error) {
      EXPECT_EQ(error.code, Errc::broken_invariant);
      ++unheard;
    });
    std::vector<std::jthread> callers;
    callers.reserve(threads);
    for (int thread = 0; thread < threads; ++thread) {
      callers.emplace_back([&, thread] {
        for (int unit = 0; unit < units; ++unit) {
          const int number = thread * units + unit;
          // Every hundredth would give an id again; every hundred and first has nobody who waits.
          const bool bad = unit % 100 == 99;
          std::vector<Change> changes{PutInstance{instance(number + 1)}};
          if (bad) changes.emplace_back(PutInstance{instance(thread * units + 1)});
          queue.submit(std::move(changes), [&, number](const Outcome& outcome) {
            ++heard[static_cast<std::size_t>(number)];
            if (outcome.has_value()) ++good[static_cast<std::size_t>(number)];
          });
          if (bad) queue.submit({PutInstance{instance(thread * units + 1)}});
        }
      });
    }
  }
  EXPECT_EQ(unheard, threads * units / 100);
  std::set<std::int64_t> stored;
  const State state = store_->load().value();
  for (const InstanceRecord& record : state.instances) stored.insert(record.id);
  for (int number = 0; number < threads * units; ++number) {
    const bool bad = number % 100 == 99;
    EXPECT_EQ(heard[static_cast<std::size_t>(number)], 1) << number;
    EXPECT_EQ(good[static_cast<std::size_t>(number)], bad ? 0 : 1) << number;
    EXPECT_EQ(stored.count(number + 1), bad ? 0U : 1U) << number;
  }
}

TEST_F(CommitQueueTest, FlushWaitsForWhatWasSubmittedBefore) {
  open();
  CommitQueue queue(*store_, {});
  queue.flush();
  int told = 0;
  for (std::int64_t id = 1; id <= 3000; ++id) {
    queue.submit({PutInstance{instance(id)}}, [&](const Outcome&) { ++told; });
    if (id % 1000 != 0) continue;
    queue.flush();
    EXPECT_EQ(told, id);
    EXPECT_EQ(store_->load().value().last_instance, id);
  }
}

TEST_F(CommitQueueTest, UnitsOfOneCallerAreCommittedInOrderAndWhole) {
  open();
  std::vector<std::string> failures;
  {
    CommitQueue queue(*store_, [&](const Error& error) { failures.push_back(error.line()); });
    for (Nanoseconds due = 1; due <= 2000; ++due) {
      const SliceName name{1, "a", due};
      queue.submit({SliceDue{name, 0}});
      queue.submit({SliceEnded{{name, "done", "l"}}});
    }
    // The second half fails, so the first is not stored either.
    queue.submit({SliceDue{{1, "a", 5000}, 0}, SliceEnded{{{1, "a", 1}, "done", "l"}}});
    queue.submit({});
  }
  ASSERT_EQ(failures.size(), 1U);
  EXPECT_NE(failures[0].find("ended without being due, or twice"), std::string::npos);
  EXPECT_TRUE(store_->load().value().open_slices.empty());
  EXPECT_EQ(store_->slices(of({1})).value().total, 2000U);
}

TEST(CommitQueueGroups, WaitingUnitsAreCommittedTogetherAndABadOneFailsAlone) {
  HeldStore store;
  std::vector<int> failed;
  {
    CommitQueue queue(store, {});
    queue.submit({EndInstance{1, 0}});
    store.entered.get_future().wait();
    for (int unit = 0; unit < 1003; ++unit) {
      const std::int64_t id = unit == 1001 ? -1 : unit;
      queue.submit({EndInstance{id, 0}, DropDevice{"a"}}, [&failed, unit](const Outcome& outcome) {
        if (!outcome.has_value()) failed.push_back(unit);
      });
    }
    store.let_go.set_value();
  }
  EXPECT_EQ(store.sizes, (std::vector<std::size_t>{1, 2000, 6, 2, 2, 2}));
  EXPECT_EQ(failed, (std::vector<int>{1001}));
}

TEST(CommitQueueGroups, ADoneMaySubmit) {
  HeldStore store;
  bool last = false;
  {
    CommitQueue queue(store, {});
    queue.submit({EndInstance{1, 0}}, [&](const Outcome&) {
      queue.submit({DropDevice{"a"}}, [&](const Outcome&) { last = true; });
    });
    store.entered.get_future().wait();
    store.let_go.set_value();
  }
  EXPECT_TRUE(last);
}

TEST(CommitQueueGroups, TellsOfEveryCommitBeforeThoseWhoWaitAndWhatWaits) {
  HeldStore store;
  std::vector<std::string> told;
  {
    CommitQueue queue(store, {},
                      [&](Duration took, std::span<const Change>, const result<Committed>& outcome) {
                        EXPECT_GE(took, Duration(0));
                        told.emplace_back(outcome.has_value() ? "committed" : "failed");
                      });
    queue.submit({EndInstance{1, 0}}, [&](const Outcome&) { told.emplace_back("done"); });
    store.entered.get_future().wait();
    EXPECT_EQ(queue.waiting(), 1U) << "that is being written";
    queue.submit({EndInstance{-1, 0}, DropDevice{"a"}}, [&](const Outcome&) { told.emplace_back("done"); });
    queue.submit({DropDevice{"a"}});
    EXPECT_EQ(queue.waiting(), 4U) << "with the one that is being written";
    store.let_go.set_value();
    queue.flush();
    EXPECT_EQ(queue.waiting(), 0U);
  }
  // The group of two fails, then its first member; the second is fine alone.
  EXPECT_EQ(told, (std::vector<std::string>{"committed", "done", "failed", "failed", "done", "committed"}));
}

/// Commits until it is killed; writes each acknowledged id to `acknowledged`.
[[noreturn]] void commit_for_ever(const std::string& path, int acknowledged) {
  auto store = open_sqlite(path);
  if (!store.has_value()) _exit(2);
  std::int64_t id = store.value()->load().value().last_instance;
  CommitQueue queue(*store.value(), [](const Error&) { _exit(3); });
  std::atomic<int> under_way = 0;
  while (true) {
    ++id;
    ++under_way;
    const SliceName name{id, "a", id};
    queue.submit({PutInstance{instance(id)}, SliceDue{name, 0}, SliceDue{{id, "b", id}, 0},
                  SliceEnded{{name, "done", "line"}}},
                 [&under_way, acknowledged, id](const Outcome& outcome) {
                   if (!outcome.has_value() || write(acknowledged, &id, sizeof id) != sizeof id) _exit(4);
                   --under_way;
                   under_way.notify_one();
                 });
    for (int now = under_way; now >= 50; now = under_way) under_way.wait(now);
  }
}

TEST_F(CommitQueueTest, WhatWasAcknowledgedIsThereAfterTheProcessIsKilled) {
  std::mt19937 random(20260301);
  constexpr int early_rounds = 4;  // in which it may not even have its store
  std::size_t acknowledged = 0;
  for (int round = 0; round < 20; ++round) {
    store_.reset();
    std::array<int, 2> ends{};
    ASSERT_EQ(pipe(ends.data()), 0);
    const pid_t child = fork();
    if (child == 0) {
      close(ends[0]);
      commit_for_ever(path_, ends[1]);
    }
    close(ends[1]);
    std::vector<std::int64_t> told;
    const auto hear = [&] {
      std::int64_t id = 0;
      if (read(ends[0], &id, sizeof id) != sizeof id) return false;
      told.push_back(id);
      return true;
    };
    // However slow the machine is, something is acknowledged.
    if (round >= early_rounds) {
      ASSERT_TRUE(hear());
    }
    std::jthread killer([child, wait = std::chrono::microseconds(5'000 + random() % 60'000)] {
      std::this_thread::sleep_for(wait);
      kill(child, SIGKILL);
    });
    while (hear()) {
    }
    close(ends[0]);
    killer.join();
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) << status;

    open();
    const State state = store_->load().value();
    std::set<std::int64_t> stored;
    for (const InstanceRecord& record : state.instances) stored.insert(record.id);
    for (const std::int64_t id : told) ASSERT_EQ(stored.count(id), 1U) << id << " in round " << round;
    // Units are stored whole.
    ASSERT_EQ(state.open_slices.size(), stored.size());
    Query query = of({stored.begin(), stored.end()});
    query.state = SliceState::ended;
    ASSERT_EQ(store_->slices(query).value().total, stored.size());
    acknowledged += told.size();
  }
  EXPECT_GE(acknowledged, 16U);
}

}  // namespace
}  // namespace camfleet::store
