#include "tests/runtime/media/damage.hpp"

#include <gtest/gtest.h>

namespace camfleet::media::test {

TEST(Damage, IsSurvived) {
  expect_damage_survived(8);
}

}  // namespace camfleet::media::test
