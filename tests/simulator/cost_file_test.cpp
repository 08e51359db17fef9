#include "simulator/cost_file.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include <gtest/gtest.h>

namespace camfleet::sim {
namespace {

class CostFile : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (std::filesystem::temp_directory_path() / "camfleet-costs-XXXXXX").string();
    folder_ = mkdtemp(pattern.data());
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  result<Costs> load(const std::string& text) {
    std::ofstream(folder_ / "c.yaml") << text;
    return load_costs((folder_ / "c.yaml").string());
  }

  /// The line of the error, without the folder.
  std::string line(const std::string& text) {
    const auto costs = load(text);
    if (costs.has_value()) return "fine";
    const std::string whole = costs.error().line();
    return whole.substr(std::min(whole.size(), whole.find("c.yaml")));
  }

  std::filesystem::path folder_;
};

TEST_F(CostFile, WhatIsAbsentKeepsItsDefault) {
  const auto costs =
      load("analyse_us_per_sample: {\"2\": 111555}\ndecode_us_per_second: {H265: 5}\n").value();
  EXPECT_EQ(costs.analyse_per_sample.at("2"), std::chrono::microseconds(111'555));
  EXPECT_EQ(costs.decode_per_second.at("H265"), std::chrono::microseconds(5));
  EXPECT_EQ(costs.decode_per_second.at("H264"), Costs{}.decode_per_second.at("H264"));
  EXPECT_EQ(costs.analyse_default, Costs{}.analyse_default);
}

TEST_F(CostFile, WhatIsWrittenIsReadAgain) {
  Costs costs;
  costs.analyse_per_sample["1"] = std::chrono::microseconds(13'990);
  costs.analyse_default = milliseconds(7);
  const auto again = load(to_yaml(costs)).value();
  EXPECT_EQ(again.analyse_per_sample, costs.analyse_per_sample);
  EXPECT_EQ(again.decode_per_second, costs.decode_per_second);
  EXPECT_EQ(again.analyse_default, costs.analyse_default);
}

TEST_F(CostFile, AWrongOneIsAnsweredByOneLine) {
  EXPECT_EQ(
      line("analyse_us_default: -1\n"),
      "c.yaml:1: analyse_us_default: '-1' is not allowed; write whole microseconds from 0 to 3600000000");
  EXPECT_EQ(line("decode_us_per_second:\n  H264: fast\n"),
            "c.yaml:2: decode_us_per_second.H264: 'fast' is not allowed; write whole microseconds from 0 to "
            "3600000000");
  EXPECT_EQ(line("analyze: 1\n"),
            "c.yaml:1: analyze: unknown field; the fields are decode_us_per_second, analyse_us_per_sample, "
            "analyse_us_default");
  EXPECT_EQ(line("decode_us_per_second: 5\n").rfind("c.yaml:1: decode_us_per_second: ", 0), 0U);
}

}  // namespace
}  // namespace camfleet::sim
