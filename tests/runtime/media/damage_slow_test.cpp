#include <gtest/gtest.h>

#include "tests/runtime/media/damage.hpp"

namespace camfleet::media::test {

TEST(Damage, IsSurvived) {
  expect_damage_survived(60);
}

}  // namespace camfleet::media::test
