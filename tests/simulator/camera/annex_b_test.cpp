#include "simulator/camera/annex_b.hpp"

#include <array>
#include <string>

#include <gtest/gtest.h>

namespace camfleet::camera {
namespace {

using Bytes = std::vector<std::uint8_t>;

TEST(AnnexB, UnitsBehindLengthsBecomeUnitsBehindStartCodes) {
  Bytes picture{0, 0, 0, 2, 0x67, 9, 0, 0, 0, 1, 0x65};
  ASSERT_TRUE(to_annex_b(picture));
  EXPECT_EQ(picture, (Bytes{0, 0, 0, 1, 0x67, 9, 0, 0, 0, 1, 0x65}));
  const auto nals = nals_of(picture, Coding::h264);
  ASSERT_EQ(nals.size(), 2U);
  EXPECT_EQ(nals[0].type, 7);
  EXPECT_TRUE(is_slice(nals[1], Coding::h264));
  EXPECT_EQ(parameter_sets(picture, Coding::h264), (Bytes{0, 0, 0, 1, 0x67, 9}));
}

TEST(AnnexB, LengthsThatDoNotAddUpAreRefused) {
  for (Bytes picture :
       {Bytes{0, 0, 0, 3, 0x67, 9}, Bytes{0, 0, 0, 0, 1}, Bytes{1, 2}, Bytes{}, Bytes(4, 0xFF)})
    EXPECT_FALSE(to_annex_b(picture));
}

TEST(AnnexB, AMessageHasNothingInItThatLooksLikeAStartCode) {
  const std::array<std::uint8_t, 16> uuid{};
  const Bytes payload(300, 0);
  for (const Coding codec : {Coding::h264, Coding::h265}) {
    const Bytes unit = user_data_unit(codec, uuid, payload);
    const auto nals = nals_of(unit, codec);
    ASSERT_EQ(nals.size(), 1U);
    EXPECT_EQ(nals[0].type, codec == Coding::h264 ? 6 : 39);
    for (std::size_t i = 4; i + 2 < unit.size(); ++i)
      EXPECT_FALSE(unit[i] == 0 && unit[i + 1] == 0 && unit[i + 2] < 3) << i;
  }
}

}  // namespace
}  // namespace camfleet::camera
