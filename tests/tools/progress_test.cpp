#include "tools/camfleet/cli/progress.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tools/camfleet/cli/text_width.hpp"

namespace camfleet::cli {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

/// A view whose clock stands still until it is moved.
class Progressing : public ::testing::Test {
 protected:
  ProgressView view(bool is_terminal, std::size_t columns = 80) {
    return {.is_terminal = is_terminal,
            .columns = [columns] { return columns; },
            .now = [this] { return now_; },
            .write = [this](std::string_view text) { written_.emplace_back(text); }};
  }

  void pass(ProgressView::Time::duration span) { now_ += span; }

  ProgressView::Time now_;
  std::vector<std::string> written_;
};

TEST_F(Progressing, ABarHasPercentAndTimes) {
  Progress progress("simulating", view(true));
  progress.update(0, 200);
  pass(seconds(75));
  progress.update(50, 200, "2026-03-02");
  EXPECT_THAT(
      written_,
      ElementsAre("\rsimulating   0 % [--------------------------] 0:00 elapsed\x1b[K",
                  "\rsimulating  25 % [######--------------------] 1:15 elapsed, 3:45 left  2026-03…\x1b[K"));
  progress.finish();
  EXPECT_EQ(written_.back(), "\r\x1b[K");
  EXPECT_THAT(written_, SizeIs(3));
}

TEST_F(Progressing, ABarIsRedrawnAtMostTenTimesASecond) {
  Progress progress("simulating", view(true));
  for (int i = 0; i <= 1000; ++i, pass(milliseconds(1))) progress.update(static_cast<std::uint64_t>(i), 1000);
  EXPECT_THAT(written_, SizeIs(11));
}

TEST_F(Progressing, ABarFitsTheTerminal) {
  for (const std::size_t columns : {1U, 2U, 5U, 20U, 40U, 47U, 48U, 60U, 80U, 100U, 200U, 1000U}) {
    written_.clear();
    Progress progress("模拟两个区", view(true, columns));
    pass(seconds(1));
    progress.update(1, 3, "a long note about 东门摄像头 that goes on and on and on and on");
    std::string line = written_.front();
    line = line.substr(1, line.size() - 4);
    EXPECT_LT(display_width(line), std::max<std::size_t>(columns, 2)) << line;
  }
}

TEST_F(Progressing, ANoteWithoutRoomIsLeftOut) {
  Progress progress("simulating", view(true, 60));
  pass(seconds(4));
  progress.update(1, 2, "2026-03-02");
  EXPECT_THAT(written_, ElementsAre("\rsimulating  50 % [#######--------] 0:04 elapsed, 0:04 left\x1b[K"));
}

TEST_F(Progressing, WithoutATotalTheCountIsShown) {
  Progress progress("reading", view(true));
  pass(seconds(3723));
  progress.update(42, 0, "a.mp4");
  EXPECT_THAT(written_, ElementsAre("\rreading 42 1:02:03 elapsed  a.mp4\x1b[K"));
}

TEST_F(Progressing, MoreThanAllIsAll) {
  Progress progress("reading", view(false));
  pass(seconds(10));
  progress.update(7, 5);
  EXPECT_THAT(written_, ElementsAre("reading: 100 %, 0:10 elapsed, about 0:00 left\n"));
}

TEST_F(Progressing, WhoKnowsTheRestSaysIt) {
  Progress progress("running", view(false));
  pass(seconds(10));
  progress.expect_left(seconds(90));
  progress.update(1, 1000);
  EXPECT_THAT(written_, ElementsAre("running: 0 %, 0:10 elapsed, about 1:30 left\n"));
}

TEST_F(Progressing, PlainLinesComeEveryTenSecondsAndAtTheEnd) {
  Progress progress("simulating", view(false));
  for (std::uint64_t second = 0; second < 25; ++second, pass(seconds(1)))
    progress.update(second, 40, "day 1");
  progress.finish();
  progress.finish();
  progress.update(40, 40);
  EXPECT_THAT(written_, ElementsAre("simulating: 25 %, 0:10 elapsed, about 0:30 left, day 1\n",
                                    "simulating: 50 %, 0:20 elapsed, about 0:20 left, day 1\n",
                                    "simulating: done in 0:25, day 1\n"));
}

TEST_F(Progressing, AFailureErasesTheBarAndSaysNothing) {
  {
    Progress progress("simulating", view(true));
    progress.update(1, 2);
  }
  EXPECT_EQ(written_.back(), "\r\x1b[K");
  written_.clear();
  {
    Progress progress("simulating", view(false));
    progress.update(1, 2);
  }
  EXPECT_THAT(written_, IsEmpty());
}

TEST_F(Progressing, TextsCannotBreakTheLine) {
  Progress progress("a\nb", view(false));
  pass(seconds(10));
  progress.update(1, 0, "c\x1b[2J");
  EXPECT_THAT(written_, ElementsAre("a?b: 1, 0:10 elapsed, c?[2J\n"));
}

}  // namespace
}  // namespace camfleet::cli
