// Cameras over RTSP, served by GStreamer: those that work, those that do not, and those that stop and come
// back.
#include <csignal>
#include <fstream>
#include <thread>

#include <gmock/gmock.h>

#include "tests/live/live_run.hpp"

namespace camfleet::testing {
namespace {

using ::testing::HasSubstr;

std::string rtsp(int port, const std::string& rest) {
  return "rtsp://127.0.0.1:" + std::to_string(port) + rest;
}

std::vector<std::string> server(int port, const std::string& file = "") {
  std::vector<std::string> command{CAMFLEET_RTSP_SERVER, std::to_string(port)};
  if (!file.empty()) command.push_back(file);
  return command;
}

std::size_t count_of(const std::string& text, const std::string& what) {
  std::size_t count = 0;
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) ++count;
  return count;
}

using Rtsp = LiveRun;

TEST_F(Rtsp, EveryKindOfCameraHasTheOutcomeItShould) {
  const auto small = clip("a.h264", "testsrc2=size=320x240:rate=10:duration=3", {"-g", "10", "-bf", "0"});
  const auto large = clip("b.h264", "testsrc2=size=640x480:rate=10:duration=3", {"-g", "10", "-bf", "0"});
  std::ofstream both(folder_ / "both.h264", std::ios::binary);
  both << std::ifstream(small, std::ios::binary).rdbuf() << std::ifstream(large, std::ios::binary).rdbuf();
  both.close();
  const int port = free_port(2);
  Background cameras(server(port, (folder_ / "both.h264").string()), "ready");
  ASSERT_TRUE(cameras.is_ready()) << cameras.output();
  const Silence silence;
  device("tcp", rtsp(port, "/cam"));
  device("udp", rtsp(port, "/cam#transport=udp"));
  device("resizing", rtsp(port, "/file"));
  device("locked", "rtsp://viewer:s3cret@127.0.0.1:" + std::to_string(port + 1) + "/locked");
  device("wrong-password", "rtsp://viewer:wrong@127.0.0.1:" + std::to_string(port + 1) + "/locked");
  device("wrong-path", rtsp(port, "/nothing"));
  device("refused", rtsp(free_port(), "/cam"));
  device("silent", rtsp(silence.port(), "/cam"));
  instance("sampled", {"06-14"});
  instance("every", {"06-14"}, "    IsFrameExtraction: 1\n");
  const auto got = run();
  EXPECT_EQ(got.exit_code, 0) << got.err;
  auto ledger = rows();
  ASSERT_EQ(ledger.size(), 16U);
  for (const char* fine : {"tcp", "udp", "resizing", "locked"}) {
    const auto& sampled = ledger["sampled/" + std::string(fine) + "/06"];
    EXPECT_EQ(outcome(sampled), "done") << sampled;
    EXPECT_EQ(sampled["algorithms"][0]["due"], 8);
    const auto& every = ledger["every/" + std::string(fine) + "/06"];
    EXPECT_EQ(outcome(every), "done") << every;
    EXPECT_GE(every["algorithms"][0]["due"], 76) << "10 frames a second";
    EXPECT_LE(every["algorithms"][0]["due"], 82);
  }
  for (const char* dead : {"wrong-password", "wrong-path", "refused", "silent"}) {
    EXPECT_EQ(outcome(ledger["sampled/" + std::string(dead) + "/06"]), "missed(camera_offline)") << dead;
    EXPECT_EQ(outcome(ledger["every/" + std::string(dead) + "/06"]), "missed(camera_offline)") << dead;
  }
  EXPECT_THAT(got.err, HasSubstr("viewer:***@"));
  EXPECT_THAT(got.err, HasSubstr("401"));
  EXPECT_THAT(got.err, HasSubstr("404"));
  EXPECT_THAT(got.err, HasSubstr("refused"));
  EXPECT_THAT(got.err, ::testing::Not(HasSubstr("wrong@")));
  EXPECT_EQ(count_of(cameras.output(), "connected /locked"), 1U) << "two instances share one pull";
  EXPECT_EQ(std::ifstream(folder_ / "out/findings.jsonl").peek(), '{');
}

TEST_F(Rtsp, ACameraIsSeenAsAPlayerShowsIt) {
  const auto film =
      clip("turned.h264", "testsrc2=size=160x240:rate=10:duration=3,setsar=2/1",
           {"-g", "10", "-bf", "0", "-bsf:v", "h264_metadata=display_orientation=insert:rotate=270"});
  const int port = free_port(2);
  Background cameras(server(port, film), "ready");
  ASSERT_TRUE(cameras.is_ready()) << cameras.output();
  device("turned", rtsp(port, "/file"));
  instance("sampled", {"06-10"});
  const auto got = run();
  EXPECT_EQ(got.exit_code, 0) << got.err;
  std::ifstream findings(folder_ / "out/findings.jsonl");
  int count = 0;
  for (std::string line; std::getline(findings, line); ++count) {
    const auto finding = nlohmann::json::parse(line);
    EXPECT_EQ(finding["width"], 240) << "160 twice as wide is 320, and that is the height once it is turned";
    EXPECT_EQ(finding["height"], 320);
  }
  EXPECT_GT(count, 0);
}

TEST_F(Rtsp, ACameraThatStallsOrDiesIsOfflineAndComesBack) {
  const int stalled_port = free_port(2);
  const int killed_port = free_port(2);
  Background stalled(server(stalled_port), "ready");
  auto killed = std::make_unique<Background>(server(killed_port), "ready");
  ASSERT_TRUE(stalled.is_ready() && killed->is_ready());
  device("stalled", rtsp(stalled_port, "/cam"));
  device("killed", rtsp(killed_port, "/cam"));
  instance("i", {"06-14", "24-30"});
  Background run({CAMFLEET_BINARY, "run", scenario(), "--out", out()});
  std::this_thread::sleep_for(std::chrono::seconds(10));
  stalled.signal(SIGSTOP);
  killed->kill();
  std::this_thread::sleep_for(std::chrono::seconds(7));
  stalled.signal(SIGCONT);
  killed = std::make_unique<Background>(server(killed_port), "ready");
  EXPECT_EQ(run.wait(60), 0) << run.output();
  auto ledger = rows();
  ASSERT_EQ(ledger.size(), 4U) << run.output();
  for (const char* camera : {"stalled", "killed"}) {
    const auto& first = ledger["i/" + std::string(camera) + "/06"];
    EXPECT_EQ(outcome(first), "partial(camera_offline)") << first;
    EXPECT_GE(first["algorithms"][0]["analysed"], 2) << first;
    EXPECT_LE(first["algorithms"][0]["analysed"], 6) << first;
    EXPECT_EQ(outcome(ledger["i/" + std::string(camera) + "/24"]), "done")
        << ledger["i/" + std::string(camera) + "/24"];
  }
}

TEST_F(Rtsp, DeadCamerasDelayNobody) {
  const int port = free_port(2);
  Background cameras(server(port), "ready");
  ASSERT_TRUE(cameras.is_ready());
  const Silence silence;
  const int nobody = free_port();
  for (int i = 0; i < 40; ++i) device("fine-" + std::to_string(i), rtsp(port, "/cam"));
  instance("alone", {"06-12"});
  ASSERT_EQ(run().exit_code, 0);
  auto alone = rows();
  for (int i = 0; i < 10; ++i)
    device("dead-" + std::to_string(i), rtsp(i % 2 == 0 ? silence.port() : nobody, "/cam"));
  instance("together", {"06-12"});
  ASSERT_EQ(run().exit_code, 0);
  auto together = rows();
  for (int i = 0; i < 40; ++i) {
    const std::string name = "/fine-" + std::to_string(i) + "/06";
    EXPECT_EQ(outcome(alone["alone" + name]), "done") << alone["alone" + name];
    EXPECT_EQ(outcome(together["together" + name]), "done") << together["together" + name];
  }
  for (int i = 0; i < 10; ++i)
    EXPECT_EQ(outcome(together["together/dead-" + std::to_string(i) + "/06"]), "missed(camera_offline)");
}

}  // namespace
}  // namespace camfleet::testing
