#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "actors/base/error.hpp"

namespace camfleet::cli {

/// "slices.done >= 9500: 9430 against 9500", of one of summary.json's expectations; the text alone where
/// there are no numbers.
std::string in_numbers(const nlohmann::ordered_json& expectation);

/// Expectations of summary.json, a line each, those that did not hold first and with their numbers.
std::string verdict_lines(const nlohmann::ordered_json& expectations);

/// What a scenario that expects nothing should be told: how many of its samples were lost, and what would
/// have said so; empty where there is nothing to say.
std::string unexpected_loss(const nlohmann::ordered_json& summary);

/// One line of a report for machines that build and test.
struct TestCase {
  enum class Outcome : std::uint8_t { passed, failed, broken, skipped };
  std::string name;
  Outcome outcome = Outcome::passed;
  std::string message{};  ///< why it is not passed
};

/// The first case of any report, of what each run checks of itself; `error`: it did not hold.
TestCase invariants_case(const std::optional<Error>& error);

/// The expectations of a summary as test cases; `again` is said with those that did not hold.
std::vector<TestCase> expectation_cases(const nlohmann::ordered_json& expectations, const std::string& again);

/// Writes a report as JUnit has them, and most that build and test read them: one suite. Errors: io.
result<void> write_junit(const std::filesystem::path& file, const std::string& suite, double seconds,
                         const std::vector<TestCase>& cases);

}  // namespace camfleet::cli
