#pragma once

#include <sstream>
#include <string>
#include <utility>

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "actors/base/hash.hpp"

namespace camfleet::testing {

/// Checks a property as part of the running test. Every test draws from a stream of its own, made of the seed
/// that RapidCheck prints and the test's full name.
template <class Testable>
void check_property(Testable&& testable) {
  const auto* test = ::testing::UnitTest::GetInstance()->current_test_info();
  rc::detail::TestMetadata metadata;
  metadata.id = std::string(test->test_suite_name()) + "/" + test->name();
  metadata.description = test->name();
  rc::detail::TestParams params = rc::detail::configuration().testParams;
  params.seed = mix(hash_text(metadata.id, params.seed));
  const auto outcome = rc::detail::checkTestable(std::forward<Testable>(testable), metadata, params);
  if (outcome.template is<rc::detail::SuccessResult>()) return;
  std::ostringstream text;
  rc::detail::printResultMessage(outcome, text);
  ADD_FAILURE() << text.str();
}

}  // namespace camfleet::testing
