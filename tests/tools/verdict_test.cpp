#include "tools/camfleet/worlds/verdict.hpp"

#include <filesystem>
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <pugixml.hpp>
#include <unistd.h>

namespace camfleet::cli {
namespace {

using nlohmann::ordered_json;

const ordered_json expectations = ordered_json::parse(R"([
  {"text": "slices.due == 4", "held": true, "left": 4, "right": 4},
  {"text": "slices.done >= 3.5", "held": false, "left": 2, "right": 3.5},
  {"text": "delay_s.p99 <= 5", "held": null},
  {"text": "score.recall > 0.5", "held": false}])");

TEST(Verdict, WhatDidNotHoldComesFirstWithItsNumbers) {
  EXPECT_EQ(verdict_lines(expectations),
            "NOT HELD  slices.done >= 3.5: 2 against 3.5\n"
            "NOT HELD  score.recall > 0.5\n"
            "held      slices.due == 4\n"
            "no delay  delay_s.p99 <= 5\n");
}

TEST(Verdict, LossesThatNobodyExpectsAreTold) {
  ordered_json summary = ordered_json::parse(
      R"({"expectations": [], "slices": {"due": 4, "missed": 1}, "samples": {"due": 40, "dropped": {"overload": 3}}})");
  EXPECT_EQ(unexpected_loss(summary).find("3 of 40 samples were lost and 1 of 4 slices missed, "), 0U);
  summary["expectations"] = expectations;
  EXPECT_EQ(unexpected_loss(summary), "");
  summary["expectations"] = ordered_json::array();
  summary["samples"]["dropped"] = ordered_json::object();
  summary["slices"]["missed"] = 0;
  EXPECT_EQ(unexpected_loss(summary), "");
}

TEST(Verdict, AReportOfTestCasesIsWellFormedWhateverTheNamesAre) {
  const auto file = std::filesystem::temp_directory_path() / ("camfleet-junit-" + std::to_string(::getpid()));
  std::vector<TestCase> cases = expectation_cases(expectations, "; again by: camfleet run 'a & b.yaml'");
  cases.push_back(invariants_case(Error{Errc::broken_invariant, "<device>", "is \x01 \"odd\""}));
  ASSERT_TRUE(write_junit(file, "night & <day>", 1.5, cases).has_value());
  pugi::xml_document document;
  ASSERT_TRUE(document.load_file(file.c_str()));
  const pugi::xml_node suite = document.child("testsuites").child("testsuite");
  EXPECT_STREQ(suite.attribute("name").value(), "night & <day>");
  EXPECT_EQ(suite.attribute("tests").as_int(), 5);
  EXPECT_EQ(suite.attribute("failures").as_int(), 2);
  EXPECT_EQ(suite.attribute("errors").as_int(), 1);
  EXPECT_EQ(suite.attribute("skipped").as_int(), 1);
  const pugi::xml_node second = suite.child("testcase").next_sibling();
  EXPECT_STREQ(second.attribute("name").value(), "slices.done >= 3.5");
  EXPECT_STREQ(second.child("failure").attribute("message").value(),
               "NOT HELD slices.done >= 3.5: 2 against 3.5; again by: camfleet run 'a & b.yaml'");
  EXPECT_NE(std::string(suite.last_child().child("error").attribute("message").value()).find("is ? \"odd\""),
            std::string::npos);
  std::filesystem::remove(file);
}

}  // namespace
}  // namespace camfleet::cli
