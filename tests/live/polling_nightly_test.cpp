// Five minutes of polling over RTSP, with a server that dies twice.
#include <fstream>
#include <thread>

#include "tests/live/live_run.hpp"

namespace camfleet::testing {
namespace {

using Clock = std::chrono::steady_clock;

class Polling : public LiveRun {
 protected:
  /// Ten seconds of every minute, from 00:00:05 on, five times.
  std::string five_minutes(int port) {
    const auto path = folder_ / "polling.yaml";
    std::ofstream(path)
        << "name: polling\nclock: {from: \"2026-03-01T00:00:00Z\", for: 10min, zone: UTC}\n"
        << "devices:\n  - {id: gate, source: \"rtsp://127.0.0.1:" << port << "/cam\"}\n"
        << "instances:\n  - InstanceName: polled\n    AlgorithmType: REALTIME_STREAM\n"
        << "    Devices: \"*\"\n    Algorithms: [{AlgorithmId: \"3\", AlgorithmName: motion}]\n"
        << "    ScheduleType: EVERYDAY\n"
        << "    ScheduleTimes: [{StartTime: \"00:00:05\", EndTime: \"00:05:05\"}]\n"
        << "    IsPolling: true\n    SliceExecutionTime: 10\n    OverallExecutionTime: 1\n"
        << "    ComputePictureValue: 1\nexpect:\n  - slices.due == 5\n"
        << "  - slices.done == 3\n  - slices.partial == 2\n";
    return path.string();
  }
};

TEST_F(Polling, SlicesOfAServerThatDiesTwiceAreAccountedFor) {
  const int port = free_port(2);
  const std::vector<std::string> command{CAMFLEET_RTSP_SERVER, std::to_string(port)};
  auto server = std::make_unique<Background>(command, "ready");
  ASSERT_TRUE(server->is_ready());
  Background run({CAMFLEET_BINARY, "run", five_minutes(port), "--out", out()});
  const auto start = Clock::now();
  for (const int minute : {1, 3}) {
    std::this_thread::sleep_until(start + std::chrono::seconds(minute * 60 + 9));
    server->kill();
    std::this_thread::sleep_until(start + std::chrono::seconds(minute * 60 + 30));
    server = std::make_unique<Background>(command, "ready");
    ASSERT_TRUE(server->is_ready());
  }
  EXPECT_EQ(run.wait(150), 0) << run.output();
  std::ifstream ledger(folder_ / "out/ledger.jsonl");
  std::vector<std::string> outcomes;
  for (std::string line; std::getline(ledger, line);)
    outcomes.push_back(outcome(nlohmann::json::parse(line)));
  EXPECT_EQ(outcomes, (std::vector<std::string>{"done", "partial(camera_offline)", "done",
                                                "partial(camera_offline)", "done"}))
      << run.output();
}

}  // namespace
}  // namespace camfleet::testing
