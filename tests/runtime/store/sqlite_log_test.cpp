// The write-ahead log of a store that is read without a pause.
#include <atomic>
#include <thread>

#include "tests/runtime/store/sqlite_fixture.hpp"

namespace camfleet::store {
namespace {

constexpr std::uintmax_t mib = 1U << 20U;
constexpr int readers = 3;
constexpr int rounds = 48;
constexpr int slices_of_round = 256;

/// About a MiB, of slices of its own.
Changes round_of(int number) {
  Changes changes;
  for (int i = 0; i < slices_of_round; ++i) {
    const SliceName name{1, "camera", number * slices_of_round + i};
    changes.emplace_back(SliceDue{name, 0});
    changes.emplace_back(SliceEnded{{name, "done", R"({"text":")" + string(3000, 'x') + "\"}"}});
  }
  return changes;
}

TEST_F(SqliteStoreTest, ReadsThatOverlapDoNotLetTheLogGrow) {
  open();
  commit({PutInstance{instance(1)}});
  std::atomic<bool> is_over = false;
  std::atomic<int> read = 0;
  std::vector<std::thread> threads;
  threads.reserve(readers);
  for (int i = 0; i < readers; ++i)
    threads.emplace_back([&] {
      Query query = of({1});
      query.limit = slices_of_round;
      while (!is_over) {
        EXPECT_TRUE(store_->slices(query).has_value());
        ++read;
      }
    });
  std::uintmax_t longest = 0;
  for (int number = 0; number < rounds; ++number) {
    commit(round_of(number));
    longest = std::max(longest, fs::file_size(path_ + "-wal"));
  }
  const int while_it_was_written = read;
  is_over = true;
  for (std::thread& thread : threads) thread.join();
  EXPECT_GT(while_it_was_written, readers) << "they were read meanwhile";
  EXPECT_LE(longest, 24 * mib) << "of " << rounds << " MiB that were written";
  EXPECT_EQ(number("SELECT count(*) FROM slices"), rounds * slices_of_round);
}

}  // namespace
}  // namespace camfleet::store
