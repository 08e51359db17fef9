// Defects that are planted into the records of a real run of the virtual world: each is found.
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "simulator/checker/check_records.hpp"
#include "tests/simulator/checker/gate_plan.hpp"

namespace camfleet::check {
namespace {

namespace fs = std::filesystem;

/// The records of a run, as `camfleet run --out` writes them.
class PlantedTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() / ("camfleet-planted-" + std::to_string(::getpid()));
    fs::create_directories(folder_);
    std::ofstream(folder_ / "plan.json") << to_json(gate_plan(3)).dump();
    for (const char* minute : {"0", "1", "2"}) {
      rows_.push_back(with_minute(
          R"({"instance":"x","device":"gate","due_at":"2026-03-01T00:0M:00Z",)"
          R"("started_at":"2026-03-01T00:0M:00.1Z","ended_at":"2026-03-01T00:0M:10Z","planned_s":10,)"
          R"("observed_s":10,"cut":false,"outcome":"done","reason":null,"node":"a","parts":[],)"
          R"("algorithms":[{"algorithm":"3","due":10,"analysed":10,"gated":0,"dropped":{}}]})",
          minute));
      findings_.push_back(
          with_minute(R"({"instance":"x","device":"gate","algorithm":"3",)"
                      R"("due_at":"2026-03-01T00:0M:00Z","at":"2026-03-01T00:0M:04Z","boxes":[]})",
                      minute));
    }
  }
  void TearDown() override { fs::remove_all(folder_); }

  static std::string with_minute(std::string line, const char* minute) {
    for (std::size_t at = line.find("0M:"); at != std::string::npos; at = line.find("0M:"))
      line.replace(at + 1, 1, minute);
    return line;
  }
  [[nodiscard]] std::string found() const {
    write("ledger.jsonl", rows_);
    write("findings.jsonl", findings_);
    const auto checked = check_run(folder_);
    if (!checked.has_value()) return checked.error().line();
    std::string rules;
    for (const auto& [rule, count] : checked.value()->breaches().counts())
      rules += (rules.empty() ? "" : ", ") + rule;
    return rules;
  }
  void replace(std::vector<std::string>& lines, std::size_t line, const std::string& what,
               const std::string& by) {
    const std::size_t at = lines[line].find(what);
    ASSERT_NE(at, std::string::npos);
    lines[line].replace(at, what.size(), by);
  }

  fs::path folder_;
  std::vector<std::string> rows_;
  std::vector<std::string> findings_;

 private:
  void write(const char* name, const std::vector<std::string>& lines) const {
    std::ofstream out(folder_ / name, std::ios::trunc);
    for (const std::string& line : lines) out << line << '\n';
  }
};

TEST_F(PlantedTest, EachIsFound) {
  ASSERT_EQ(found(), "");
  const auto rows = rows_;
  const auto findings = findings_;
  rows_.erase(rows_.begin() + 1);
  findings_.erase(findings_.begin() + 1);
  EXPECT_EQ(found(), "no row");
  rows_ = rows;
  findings_ = findings;
  rows_.push_back(rows_[0]);
  EXPECT_EQ(found(), "two rows");
  rows_ = rows;
  replace(rows_, 2, R"("analysed":10)", R"("analysed":11)");
  EXPECT_EQ(found(), "wrong sum");
  rows_ = rows;
  findings_.push_back(findings_[0]);
  EXPECT_EQ(found(), "finding twice");
  findings_ = findings;
  replace(findings_, 0, ":04Z", ":14Z");
  EXPECT_EQ(found(), "finding without its sample");
  findings_ = findings;
  replace(
      rows_, 1, R"("parts":[])",
      R"("parts":[{"node":"b","from":"2026-03-01T00:01:00Z","to":"2026-03-01T00:01:06Z","why":"node_lost"},)"
      R"({"node":"a","from":"2026-03-01T00:01:05Z","to":"2026-03-01T00:01:10Z","why":null}])");
  EXPECT_EQ(found(), "on two nodes");
}

TEST_F(PlantedTest, LinesThatAreNoneAreNamed) {
  rows_[1].pop_back();
  EXPECT_NE(found().find("ledger.jsonl:2"), std::string::npos) << found();
  rows_[1] = "{}";
  EXPECT_NE(found().find("ledger.jsonl:2"), std::string::npos) << found();
  std::ofstream(folder_ / "plan.json") << R"({"from":"2026-03-01T00:00:00Z"})";
  EXPECT_NE(found().find("until"), std::string::npos) << found();
}

}  // namespace
}  // namespace camfleet::check
