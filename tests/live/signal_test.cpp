// A run that is told to stop ends in order, with a complete ledger.
#include <csignal>
#include <thread>

#include <gmock/gmock.h>

#include "tests/live/live_run.hpp"

namespace camfleet::testing {
namespace {

using ::testing::HasSubstr;

class Signals : public LiveRun {
 protected:
  void SetUp() override {
    const auto path = clip("clip.mp4", "testsrc2=size=160x120:rate=10:duration=50", {"-pix_fmt", "yuv420p"});
    for (int i = 0; i < 4; ++i) device("cam-" + std::to_string(i), "file://" + path);
    device("silent", "rtsp://127.0.0.1:" + std::to_string(silence_.port()) + "/cam");
    instance("short", {"01-03"});
    instance("long", {"02-50"});
  }
  Silence silence_;
};

TEST_F(Signals, TermCancelsWhatRunsAndTheLedgerIsComplete) {
  for (const int number : {SIGTERM, SIGINT}) {
    Background run({CAMFLEET_BINARY, "run", scenario(), "--out", out()});
    std::this_thread::sleep_for(std::chrono::milliseconds(5500));
    run.signal(number);
    EXPECT_EQ(run.wait(5), 3) << run.output();
    EXPECT_THAT(run.output(), HasSubstr("ended the run early"));
    auto ledger = rows();
    ASSERT_EQ(ledger.size(), 10U) << run.output();
    for (int i = 0; i < 4; ++i) {
      const std::string camera = "cam-" + std::to_string(i);
      EXPECT_EQ(outcome(ledger["short/" + camera + "/01"]), "done");
      const auto& cancelled = ledger["long/" + camera + "/02"];
      EXPECT_EQ(outcome(cancelled), "partial(cancelled)") << cancelled;
      EXPECT_EQ(cancelled["algorithms"][0]["due"], 48);
      EXPECT_GE(cancelled["algorithms"][0]["analysed"], 2);
      EXPECT_LE(cancelled["algorithms"][0]["analysed"], 5);
    }
    EXPECT_EQ(outcome(ledger["long/silent/02"]), "missed(cancelled)");
  }
}

TEST_F(Signals, ASecondOneEndsItAtOnce) {
  Background run({CAMFLEET_BINARY, "run", scenario(), "--out", out()});
  std::this_thread::sleep_for(std::chrono::milliseconds(3000));
  run.signal(SIGTERM);
  run.signal(SIGINT);
  EXPECT_EQ(run.wait(1.5), 3) << run.output();
}

}  // namespace
}  // namespace camfleet::testing
