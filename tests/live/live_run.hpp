#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/live/background.hpp"
#include "tests/tools/run_command.hpp"

namespace camfleet::testing {

/// Runs scenarios with live cameras in real time: a minute of 2026-03-01 in UTC, whose windows a test
/// chooses.
class LiveRun : public ::testing::Test {
 protected:
  LiveRun();
  ~LiveRun() override;

  void device(const std::string& id, const std::string& source);
  /// An instance over all devices so far; `more` are further fields, as YAML lines. Windows as "06-14",
  /// seconds of the first minute.
  void instance(const std::string& name, const std::vector<std::string>& windows,
                const std::string& more = "");

  /// The scenario as a file; its path.
  std::string scenario();
  std::string out() const { return (folder_ / "out").string(); }
  /// Runs it to the end.
  CommandResult run();

  /// The ledger's rows by "instance/device/due seconds".
  std::map<std::string, nlohmann::json> rows();
  /// "done", "partial(camera_offline)" of a row.
  static std::string outcome(const nlohmann::json& row);

  /// A clip made by ffmpeg from `arguments` behind -i; its path.
  std::string clip(const std::string& name, const std::string& input,
                   const std::vector<std::string>& arguments);

  std::filesystem::path folder_;

 private:
  std::string devices_;
  std::string instances_;
};

}  // namespace camfleet::testing
