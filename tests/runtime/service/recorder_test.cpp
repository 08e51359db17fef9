#include "runtime/service/recorder.hpp"

#include <atomic>
#include <ctime>
#include <future>

#include <gtest/gtest.h>

#include "tests/runtime/store/write_only_store.hpp"

namespace camfleet::service {
namespace {

using Jpeg = std::vector<std::uint8_t>;

/// A gate that somebody waits at until it is opened.
class Gate {
 public:
  void wait() const { opened_.wait(false); }
  void open() {
    opened_ = true;
    opened_.notify_all();
  }

 private:
  std::atomic<bool> opened_ = false;
};

/// A store on a disk that takes nothing until its gate is opened.
class SlowStore final : public store::WriteOnlyStore {
 public:
  result<store::Committed> commit(std::span<const store::Change> changes) override {
    gate.wait();
    all.insert(all.end(), changes.begin(), changes.end());
    return store::Committed{};
  }
  Gate gate;
  std::vector<store::Change> all;
};

store::SliceDue due(std::int64_t at) {
  return {{1, "camera", at}, 0};
}
store::PutFinding finding(std::int64_t at) {
  return {{0, {1, "camera", at}, "motion", at, "line", ""}};
}

Recorder::Hooks hooks() {
  Recorder::Hooks none;
  none.keep = [](const Jpeg&) -> result<std::string> { return std::string("a.jpg"); };
  none.picture_lost = [](const Error& error) { ADD_FAILURE() << error.line(); };
  none.behind = [](bool, std::size_t) {};
  return none;
}

TEST(Recorder, NobodyWaitsForTheDiskHoweverMuchComes) {
  constexpr std::size_t most = 1000;
  SlowStore store;
  Gate pictures;
  std::vector<std::pair<bool, std::size_t>> told;
  {
    store::CommitQueue commits(store, {});
    Recorder::Hooks slow = hooks();
    slow.keep = [&](const Jpeg&) -> result<std::string> {
      pictures.wait();
      return std::string("a.jpg");
    };
    slow.behind = [&](bool is_behind, std::size_t waiting) { told.emplace_back(is_behind, waiting); };
    Recorder recorder(commits, {most, 1 << 20}, slow);
    std::int64_t began = 0;
    std::int64_t taken = 0;
    const auto timed = [&](const auto& handler) {
      std::timespec from{};
      std::timespec to{};
      clock_gettime(CLOCK_THREAD_CPUTIME_ID, &from);
      handler();
      clock_gettime(CLOCK_THREAD_CPUTIME_ID, &to);
      taken += (to.tv_sec - from.tv_sec) * 1'000'000'000 + to.tv_nsec - from.tv_nsec;
    };
    while (recorder.takes_more() && began < 5000) {
      timed([&] { recorder.add(due(began++)); });
      if (began % 100 == 0) timed([&] { recorder.add(finding(began), Jpeg(100)); });
    }
    EXPECT_LE(began, static_cast<std::int64_t>(most));
    EXPECT_FALSE(recorder.takes_backlog());
    EXPECT_FALSE(recorder.takes_more());
    ASSERT_EQ(told.size(), 1U);
    EXPECT_TRUE(told[0].first);
    // What was begun ends all the same.
    for (std::int64_t i = 0; i < began; ++i)
      recorder.add(store::SliceEnded{{{1, "camera", i}, "done", "line"}});
    EXPECT_GE(recorder.waiting(), most);
    // On average: one alone may be charged for what interrupts it.
    EXPECT_LT(taken / began, 100'000) << "ns of CPU of a call";
    pictures.open();
    store.gate.open();
    while (!recorder.takes_more()) std::this_thread::yield();
    EXPECT_EQ(told.size(), 2U);
    EXPECT_FALSE(told.back().first);
    EXPECT_LE(told.back().second, most / 2);
    recorder.stop();
    commits.flush();
    std::size_t ended = 0;
    std::size_t with_picture = 0;
    for (const store::Change& change : store.all) {
      ended += std::holds_alternative<store::SliceEnded>(change) ? 1 : 0;
      if (const auto* put = std::get_if<store::PutFinding>(&change))
        with_picture += put->finding.picture == "a.jpg" ? 1 : 0;
    }
    EXPECT_EQ(ended, static_cast<std::size_t>(began));
    EXPECT_EQ(with_picture, static_cast<std::size_t>(began / 100));
  }
}

TEST(Recorder, AFindingIsStoredBeforeTheRowOfItsSlice) {
  SlowStore store;
  store.gate.open();
  Gate pictures;
  {
    store::CommitQueue commits(store, {});
    Recorder::Hooks slow = hooks();
    slow.keep = [&](const Jpeg&) -> result<std::string> {
      pictures.wait();
      return std::string("a.jpg");
    };
    Recorder recorder(commits, {}, slow);
    recorder.add(due(1));
    recorder.add(finding(1), Jpeg(10));
    recorder.add(finding(2), {});
    recorder.add(store::SliceEnded{{{1, "camera", 1}, "done", "line"}});
    pictures.open();
  }
  ASSERT_EQ(store.all.size(), 4U);
  EXPECT_TRUE(std::holds_alternative<store::SliceDue>(store.all[0]));
  EXPECT_EQ(std::get<store::PutFinding>(store.all[1]).finding.picture, "a.jpg");
  EXPECT_EQ(std::get<store::PutFinding>(store.all[2]).finding.picture, "");
  EXPECT_TRUE(std::holds_alternative<store::SliceEnded>(store.all[3]));
}

TEST(Recorder, PicturesThatAreLostAreTold) {
  SlowStore store;
  store.gate.open();
  Gate pictures;
  std::vector<std::string> lost;
  {
    store::CommitQueue commits(store, {});
    Recorder::Hooks slow = hooks();
    slow.keep = [&](const Jpeg& jpeg) -> result<std::string> {
      pictures.wait();
      if (jpeg.size() == 7) return fail(Errc::io, "a.jpg", "No space left on device");
      return std::string("a.jpg");
    };
    slow.picture_lost = [&](const Error& error) { lost.push_back(error.line()); };
    Recorder recorder(commits, {1000, 100}, slow);
    recorder.add(finding(1), Jpeg(7));
    recorder.add(finding(2), Jpeg(93));
    recorder.add(finding(3), Jpeg(1));
    pictures.open();
  }
  EXPECT_EQ(lost, (std::vector<std::string>{
                      "pictures: as many as may wait for the disk do so; one of 1 bytes is lost",
                      "a.jpg: No space left on device"}));
  EXPECT_EQ(store.all.size(), 3U) << "the findings are there all the same";
}

}  // namespace
}  // namespace camfleet::service
