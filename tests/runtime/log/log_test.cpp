#include "runtime/log/log.hpp"

#include <algorithm>
#include <mutex>
#include <regex>
#include <sstream>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace camfleet::logging {
namespace {

using std::chrono::milliseconds;
using ::testing::ElementsAre;

/// A log whose clock stands still until it is moved.
class LogTest : public ::testing::Test {
 protected:
  void open(Level level = Level::info, Format format = Format::text) {
    log_ = std::make_unique<Log>(
        out_, Log::Settings{.level = level, .format = format, .clock = [this] { return now_; }});
  }

  /// Everything that was said, without its times.
  std::vector<std::string> lines() {
    log_.reset();
    std::vector<std::string> lines;
    std::istringstream in(out_.str());
    const std::regex time("^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{3}Z ");
    for (std::string line; std::getline(in, line);) {
      EXPECT_TRUE(std::regex_search(line, time)) << line;
      lines.push_back(std::regex_replace(line, time, ""));
    }
    return lines;
  }

  std::ostringstream out_;
  std::chrono::steady_clock::time_point now_;
  std::unique_ptr<Log> log_;
};

TEST_F(LogTest, SaysWhatIsOfItsLevelOrAbove) {
  open(Level::warn);
  log_->debug("a");
  log_->info("b");
  log_->warn("c");
  log_->error("d", {{"device", "cam 1"}});
  EXPECT_FALSE(log_->shows(Level::info));
  EXPECT_TRUE(log_->shows(Level::error));
  EXPECT_THAT(lines(), ElementsAre("warn c", "error d device=\"cam 1\""));
}

TEST_F(LogTest, IsAnObjectALineInJson) {
  open(Level::info, Format::json);
  log_->info("ready", {{"instances", 3}, {"store", "a\nb"}});
  log_.reset();
  const auto line = nlohmann::json::parse(out_.str());
  EXPECT_EQ(line["message"], "ready");
  EXPECT_EQ(line["level"], "info");
  EXPECT_EQ(line["instances"], 3);
  EXPECT_EQ(line["store"], "a\nb");
  EXPECT_TRUE(
      std::regex_match(line["time"].get<std::string>(), std::regex("[-0-9]{10}T[:0-9]{8}\\.[0-9]{3}Z")));
}

TEST_F(LogTest, SaysARepeatedWarningOnceASecondWithItsCount) {
  open();
  for (int i = 0; i < 20; ++i) log_->warn("stream failed", {{"device", "gate"}, {"ms", i}});
  log_->warn("stream failed", {{"device", "yard"}, {"ms", 1}});
  now_ += milliseconds(999);
  log_->settle();
  log_->warn("stream failed", {{"device", "gate"}, {"ms", 20}});
  now_ += milliseconds(1);
  log_->warn("stream failed", {{"device", "gate"}, {"ms", 21}});
  log_->warn("stream failed", {{"device", "gate"}, {"ms", 22}});
  EXPECT_THAT(lines(),
              ElementsAre("warn stream failed device=gate ms=0", "warn stream failed device=yard ms=1",
                          "warn stream failed device=gate ms=21 repeated=21",
                          "warn stream failed device=gate ms=22"));
}

TEST_F(LogTest, SettlingSaysWhatWasHeldBackAndForgetsTheRest) {
  open();
  for (int i = 0; i < 3; ++i) log_->warn("a");
  now_ += milliseconds(1000);
  log_->settle();
  now_ += milliseconds(1000);
  log_->settle();
  log_->warn("a");
  EXPECT_THAT(lines(), ElementsAre("warn a", "warn a repeated=2", "warn a"));
}

TEST_F(LogTest, SettlingAllLeavesNothingToBeSaidAfterALastLine) {
  open();
  for (int i = 0; i < 3; ++i) log_->warn("a");
  log_->settle_all();
  log_->info("stopped");
  EXPECT_THAT(lines(), ElementsAre("warn a", "warn a repeated=2", "info stopped"));
}

TEST_F(LogTest, SaysEveryLineBelowAWarning) {
  open(Level::debug);
  for (int i = 0; i < 3; ++i) log_->debug("api call");
  log_->info("instance created");
  log_->info("instance created");
  EXPECT_EQ(lines().size(), 5U);
}

TEST_F(LogTest, RemembersABoundedNumberOfWarnings) {
  open();
  for (std::size_t i = 0; i < 3 * Log::most_remembered; ++i) {
    log_->warn("a", {{"id", std::to_string(i)}});
  }
  log_->warn("a", {{"id", std::to_string(3 * Log::most_remembered - 1)}});
  const auto said = lines();
  EXPECT_EQ(said.size(), 3 * Log::most_remembered + 1);
}

/// A reader of lines that takes none of them until it is let go.
class Stuck : public std::stringbuf {
 public:
  std::mutex reading;

 protected:
  std::streamsize xsputn(const char* text, std::streamsize size) override {
    const std::lock_guard lock(reading);
    return std::stringbuf::xsputn(text, size);
  }
};

TEST(Log, DoesNotWaitForItsReaderAndSaysWhatWasLost) {
  Stuck buffer;
  std::ostream out(&buffer);
  constexpr std::size_t lines = 2 * Log::most_waiting;
  {
    Log log(out, {});
    std::unique_lock held(buffer.reading);
    for (std::size_t i = 0; i < lines; ++i) log.info("a");
    held.unlock();
  }
  const std::string said = buffer.str();
  const auto count = static_cast<std::size_t>(std::ranges::count(said, '\n'));
  EXPECT_LE(count, Log::most_waiting + 2);
  EXPECT_GT(count, Log::most_waiting / 2);
  EXPECT_THAT(said, ::testing::ContainsRegex("warn log lines lost lines=[0-9]+\n"));
}

TEST(Log, KeepsLinesOfManyThreadsWhole) {
  std::ostringstream out;
  {
    Log log(out, {});
    std::vector<std::jthread> threads;
    threads.reserve(4);
    for (int thread = 0; thread < 4; ++thread) {
      threads.emplace_back([&] {
        for (int i = 0; i < 500; ++i) log.info("a line", {{"value", std::string(100, 'x')}});
      });
    }
  }
  std::istringstream in(out.str());
  std::size_t count = 0;
  for (std::string line; std::getline(in, line); ++count)
    ASSERT_TRUE(line.ends_with("Z info a line value=" + std::string(100, 'x'))) << line;
  EXPECT_EQ(count, 2000U);
}

}  // namespace
}  // namespace camfleet::logging
