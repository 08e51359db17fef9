#include "runtime/link/basp_filter.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace camfleet::link {
namespace {

constexpr std::size_t most = 200;

std::string header(unsigned operation, std::size_t payload, unsigned flags = 0) {
  std::string bytes(32, '\0');
  bytes[0] = static_cast<char>(operation);
  bytes[3] = static_cast<char>(flags);
  for (std::size_t i = 0; i < 4; ++i) bytes[4 + i] = static_cast<char>(payload >> (24 - 8 * i));
  return bytes;
}
std::string frame(unsigned operation, std::size_t payload, unsigned flags = 0) {
  return header(operation, payload, flags) + std::string(payload, 'x');
}

TEST(BaspFilter, LetsThroughWhatOneProcessSaysToAnothersActors) {
  BaspFilter filter(most);
  const std::string said =
      frame(0, 40) + frame(2, 0) + frame(2, most) + frame(4, 0) + frame(5, 8) + frame(6, 0);
  std::string passed;
  ASSERT_TRUE(filter.take(said, passed)) << filter.why();
  EXPECT_EQ(passed, said);
  EXPECT_EQ(filter.dropped(), 0U);
}

TEST(BaspFilter, HoldsBackWhatIsForOthersOrForActorsByName) {
  BaspFilter filter(most);
  std::string passed;
  ASSERT_TRUE(filter.take(frame(3, 100) + frame(2, 7) + frame(2, 9, 1) + frame(2, 0), passed));
  EXPECT_EQ(passed, frame(2, 7) + frame(2, 0));
  EXPECT_EQ(filter.dropped(), 2U);
}

TEST(BaspFilter, EndsAStreamOfFramesThatAreTooLarge) {
  for (const std::size_t length : {most + 1, std::size_t{0xFFFFFFFF}}) {
    BaspFilter filter(most);
    std::string passed;
    EXPECT_FALSE(filter.take(frame(2, 3) + header(2, length), passed));
    EXPECT_EQ(passed, frame(2, 3));
    EXPECT_EQ(filter.why(), "a frame of " + std::to_string(length) + " bytes; at most 200");
  }
}

TEST(BaspFilter, EndsAStreamThatIsNotCafs) {
  BaspFilter filter(most);
  std::string passed;
  EXPECT_FALSE(filter.take("GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", passed));
  EXPECT_EQ(filter.why(), "it says what no CAF says: operation 71");
  EXPECT_EQ(passed, "");
}

RC_GTEST_PROP(BaspFilter, ItMakesNoDifferenceInWhichPiecesTheyCome, ()) {
  std::string said;
  const auto frames = *rc::gen::inRange(0, 5);
  for (int i = 0; i < frames; ++i)
    said += frame(*rc::gen::inRange(0U, 8U), *rc::gen::inRange<std::size_t>(0, most + 20),
                  *rc::gen::inRange(0U, 2U));
  BaspFilter whole(most);
  std::string at_once;
  const bool is_fine = whole.take(said, at_once);
  BaspFilter pieces(most);
  std::string passed;
  bool still_fine = true;
  for (std::size_t at = 0; at < said.size() && still_fine;) {
    const auto count = *rc::gen::inRange<std::size_t>(1, 400);
    still_fine = pieces.take(std::string_view(said).substr(at, count), passed);
    at += count;
  }
  RC_ASSERT(still_fine == is_fine);
  RC_ASSERT(passed == at_once);
  RC_ASSERT(pieces.dropped() == whole.dropped());
  RC_ASSERT(pieces.why() == whole.why());
}

}  // namespace
}  // namespace camfleet::link
