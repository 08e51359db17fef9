#include "tests/live/live_run.hpp"

#include <cstdlib>
#include <fstream>

namespace camfleet::testing {

namespace fs = std::filesystem;
using nlohmann::json;

LiveRun::LiveRun() {
  std::string pattern = (fs::temp_directory_path() / "camfleet-live-XXXXXX").string();
  folder_ = mkdtemp(pattern.data());
}

LiveRun::~LiveRun() {
  fs::remove_all(folder_);
}

void LiveRun::device(const std::string& id, const std::string& source) {
  devices_ += "  - {id: " + id + ", source: \"" + source + "\"}\n";
}

void LiveRun::instance(const std::string& name, const std::vector<std::string>& windows,
                       const std::string& more) {
  instances_ +=
      "  - InstanceName: " + name + "\n    AlgorithmType: REALTIME_STREAM\n    Devices: \"*\"\n" +
      "    Algorithms: [{AlgorithmId: \"3\", AlgorithmName: motion}]\n    ScheduleType: EVERYDAY\n" +
      "    ScheduleTimes:\n";
  for (const std::string& window : windows) {
    instances_ += "      - {StartTime: \"00:00:" + window.substr(0, 2) +
                  "\", EndTime: \"00:00:" + window.substr(3, 2) + "\"}\n";
  }
  instances_ += more;
}

std::string LiveRun::scenario() {
  const fs::path path = folder_ / "live.yaml";
  std::ofstream(path)
      << "name: live\nclock: {from: \"2026-03-01T00:00:00Z\", for: 60s, zone: UTC}\ndevices:\n"
      << devices_ << "instances:\n"
      << instances_;
  return path.string();
}

CommandResult LiveRun::run() {
  return camfleet({"run", scenario(), "--out", out()});
}

std::map<std::string, json> LiveRun::rows() {
  std::map<std::string, json> rows;
  std::ifstream ledger(folder_ / "out/ledger.jsonl");
  for (std::string line; std::getline(ledger, line);) {
    json row = json::parse(line);
    const std::string due = row["due_at"].get<std::string>().substr(17, 2);
    const std::string name =
        row["instance"].get<std::string>() + "/" + row["device"].get<std::string>() + "/" + due;
    rows[name] = std::move(row);
  }
  return rows;
}

std::string LiveRun::outcome(const json& row) {
  const std::string name = row["outcome"];
  return row["reason"].is_null() ? name : name + "(" + row["reason"].get<std::string>() + ")";
}

std::string LiveRun::clip(const std::string& name, const std::string& input,
                          const std::vector<std::string>& arguments) {
  std::string path = (folder_ / name).string();
  std::vector<std::string> command{"ffmpeg", "-v", "error", "-y", "-f", "lavfi", "-i", input};
  command.insert(command.end(), arguments.begin(), arguments.end());
  command.push_back(path);
  const auto made = run_command(command);
  EXPECT_EQ(made.exit_code, 0) << made.err;
  return path;
}

}  // namespace camfleet::testing
