#include "tools/camfleet/worlds/verdict.hpp"

#include <algorithm>
#include <sstream>

#include <fmt/core.h>
#include <nlohmann/json.hpp>
#include <pugixml.hpp>

#include "runtime/plant/whole_file.hpp"

namespace camfleet::cli {
namespace {

using nlohmann::ordered_json;

std::string text_of(const ordered_json& expectation) {
  return expectation["text"].get<std::string>();
}

/// What XML 1.0 cannot hold, not even escaped, as a question mark.
std::string for_xml(std::string text) {
  for (char& c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 && c != '\n' && c != '\t') c = '?';
  }
  return text;
}

std::size_t count_of(const std::vector<TestCase>& cases, TestCase::Outcome outcome) {
  return static_cast<std::size_t>(std::ranges::count(cases, outcome, &TestCase::outcome));
}

}  // namespace

std::string in_numbers(const ordered_json& expectation) {
  std::string text = text_of(expectation);
  // A division by zero is none.
  if (expectation.contains("left") && expectation["left"].is_number() && expectation["right"].is_number())
    text +=
        fmt::format(": {} against {}", expectation["left"].get<double>(), expectation["right"].get<double>());
  return text;
}

std::string verdict_lines(const ordered_json& expectations) {
  std::string lines;
  for (const ordered_json& one : expectations) {
    if (one["held"] == false) lines += "NOT HELD  " + in_numbers(one) + "\n";
  }
  for (const ordered_json& one : expectations) {
    if (one["held"] != false)
      lines += (one["held"].is_null() ? "no delay  " : "held      ") + text_of(one) + "\n";
  }
  return lines;
}

std::string unexpected_loss(const ordered_json& summary) {
  if (!summary["expectations"].empty()) return "";
  std::uint64_t lost = 0;
  for (const auto& [reason, count] : summary["samples"]["dropped"].items())
    lost += count.get<std::uint64_t>();
  const auto missed = summary["slices"]["missed"].get<std::uint64_t>();
  if (lost == 0 && missed == 0) return "";
  return fmt::format(
      "{} of {} samples were lost and {} of {} slices missed, and the scenario expects nothing; "
      "an `expect:` such as samples.analysed == samples.due makes that an error",
      lost, summary["samples"]["due"].get<std::uint64_t>(), missed,
      summary["slices"]["due"].get<std::uint64_t>());
}

TestCase invariants_case(const std::optional<Error>& error) {
  TestCase one{.name = "every due slice is accounted for"};
  if (error) {
    one.outcome = TestCase::Outcome::broken;
    one.message = error->line();
  }
  return one;
}

std::vector<TestCase> expectation_cases(const ordered_json& expectations, const std::string& again) {
  std::vector<TestCase> cases;
  for (const ordered_json& one : expectations) {
    TestCase& added = cases.emplace_back(TestCase{.name = text_of(one)});
    if (one["held"] == false) {
      added.outcome = TestCase::Outcome::failed;
      added.message = "NOT HELD " + in_numbers(one) + again;
    } else if (one["held"].is_null()) {
      added.outcome = TestCase::Outcome::skipped;
      added.message = "this world knows no delay";
    }
  }
  return cases;
}

result<void> write_junit(const std::filesystem::path& file, const std::string& suite, double seconds,
                         const std::vector<TestCase>& cases) {
  pugi::xml_document document;
  pugi::xml_node declaration = document.append_child(pugi::node_declaration);
  declaration.append_attribute("version") = "1.0";
  declaration.append_attribute("encoding") = "UTF-8";
  pugi::xml_node list = document.append_child("testsuites").append_child("testsuite");
  const std::string name = for_xml(suite);
  list.append_attribute("name") = name.c_str();
  list.append_attribute("tests") = cases.size();
  list.append_attribute("failures") = count_of(cases, TestCase::Outcome::failed);
  list.append_attribute("errors") = count_of(cases, TestCase::Outcome::broken);
  list.append_attribute("skipped") = count_of(cases, TestCase::Outcome::skipped);
  list.append_attribute("time") = fmt::format("{:.3f}", seconds).c_str();
  for (const TestCase& one : cases) {
    pugi::xml_node node = list.append_child("testcase");
    node.append_attribute("classname") = name.c_str();
    node.append_attribute("name") = for_xml(one.name).c_str();
    if (one.outcome == TestCase::Outcome::passed) continue;
    pugi::xml_node why = node.append_child(one.outcome == TestCase::Outcome::failed   ? "failure"
                                           : one.outcome == TestCase::Outcome::broken ? "error"
                                                                                      : "skipped");
    why.append_attribute("message") = for_xml(one.message).c_str();
  }
  std::ostringstream text;
  document.save(text, "  ");
  return plant::write_whole(file, text.str(), plant::Durability::cached);
}

}  // namespace camfleet::cli
