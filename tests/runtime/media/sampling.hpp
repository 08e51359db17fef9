#pragma once

#include <string>

#include <gtest/gtest.h>

#include "tests/runtime/media/clips.hpp"

namespace camfleet::media::test {

/// Samples the clip with several seconds per frame and at random targets; each sample must be the frame that
/// a full decode has at that time.
void expect_exact_sampling(const std::string& path, int random_targets);

/// next() must give the pictures, bit by bit, and as many as the tool gives; at `frames_per_second` unless 0.
void expect_every_frame(const TempFolder& folder, const std::string& path, double frames_per_second);

/// A name for a test out of a recipe's.
std::string test_name(const testing::TestParamInfo<Recipe>& info);

}  // namespace camfleet::media::test
