#include "runtime/link/basp_filter.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace camfleet::link {
namespace {

constexpr std::size_t most = 200;

constexpr std::uint64_t shown = 0x0102030405060708;

/// To the actor `shown`.
std::string header(unsigned operation, std::size_t payload, unsigned flags = 0) {
  std::string bytes(32, '\0');
  bytes[0] = static_cast<char>(operation);
  bytes[3] = static_cast<char>(flags);
  for (std::size_t i = 0; i < 4; ++i) bytes[4 + i] = static_cast<char>(payload >> (24 - 8 * i));
  for (std::size_t i = 0; i < 8; ++i) bytes[24 + i] = static_cast<char>(i + 1);
  return bytes;
}
std::string frame(unsigned operation, std::size_t payload, unsigned flags = 0) {
  return header(operation, payload, flags) + std::string(payload, 'x');
}
const std::string greeting = frame(1, 40);

BaspFilter at_door() {
  BaspFilter filter(Side::door, most);
  filter.allow(shown);
  return filter;
}

/// Why it ends the stream; empty: it does not.
std::string why(BaspFilter filter, const std::string& said) {
  std::string passed;
  const bool goes_on = filter.take(said, passed);
  return goes_on ? "" : filter.why();
}

TEST(BaspFilter, LetsThroughWhatANodeSaysToItsActor) {
  BaspFilter filter = at_door();
  const std::string said = greeting + frame(2, 7) + frame(2, most) + frame(4, 9) + frame(5, 8) + frame(6, 0);
  std::string passed;
  ASSERT_TRUE(filter.take(said, passed)) << filter.why();
  EXPECT_EQ(passed, said);
  EXPECT_EQ(filter.dropped(), 0U);
}

TEST(BaspFilter, LetsThroughWhatTheSchedulerSaysToAnyActor) {
  BaspFilter filter(Side::caller, most);
  const std::string said = frame(0, 40) + frame(2, 7) + frame(5, 8);
  std::string passed;
  ASSERT_TRUE(filter.take(said, passed)) << filter.why();
  EXPECT_EQ(passed, said);
}

TEST(BaspFilter, HoldsBackWhatIsForOthers) {
  BaspFilter filter = at_door();
  std::string other = frame(2, 5);
  other[31] = 9;
  std::string watched = frame(4, 5);
  watched[24] = 0;
  std::string passed;
  const std::string named = frame(2, 9, 1);
  ASSERT_TRUE(
      filter.take(greeting + frame(3, 100) + frame(2, 7) + named + other + watched + frame(2, 3), passed));
  EXPECT_EQ(passed, greeting + frame(2, 7) + frame(2, 3));
  EXPECT_EQ(filter.dropped(), 4U);
  BaspFilter early(Side::door, most);
  passed.clear();
  ASSERT_TRUE(early.take(greeting + frame(2, 7), passed));
  EXPECT_EQ(passed, greeting) << "nothing is shown to it yet";
}

TEST(BaspFilter, EndsAStreamOfFramesThatAreTooLarge) {
  for (const std::size_t length : {most + 1, std::size_t{0xFFFFFFFF}})
    EXPECT_EQ(why(at_door(), greeting + header(2, length)),
              "a frame of " + std::to_string(length) + " bytes; at most 200");
}

TEST(BaspFilter, EndsAStreamOfWhichCafWouldDie) {
  EXPECT_EQ(why(at_door(), header(1, 0)), "a frame of operation 1 says nothing");
  EXPECT_EQ(why(BaspFilter(Side::caller, most), header(0, 0)), "a frame of operation 0 says nothing");
  EXPECT_EQ(why(at_door(), greeting + header(2, 0)), "a frame of operation 2 says nothing");
  for (const int category : {0x20, 0x30, 0xA0, 0xB0}) {
    std::string stream = frame(2, 4);
    stream[8] = static_cast<char>(category);
    EXPECT_EQ(why(at_door(), greeting + stream), "a message of a stream");
  }
}

TEST(BaspFilter, EndsAStreamThatDoesNotSayWhoItIsOnceAndFirst) {
  EXPECT_EQ(why(at_door(), frame(2, 4)), "it does not say who it is");
  EXPECT_EQ(why(at_door(), greeting + frame(2, 4) + greeting), "") << "CAF says it twice";
  EXPECT_EQ(why(at_door(), greeting + frame(1, 41)), "it says that it is somebody else");
  EXPECT_EQ(why(BaspFilter(Side::door, 10'000), frame(1, 5000)), "it says too much of who it is");
  EXPECT_EQ(why(at_door(), frame(0, 40)), "it takes itself for the other side");
  EXPECT_EQ(why(BaspFilter(Side::caller, most), greeting), "it takes itself for the other side");
}

TEST(BaspFilter, EndsAStreamThatIsNotCafs) {
  EXPECT_EQ(why(at_door(), "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"),
            "it says what no CAF says: operation 71");
}

RC_GTEST_PROP(BaspFilter, ItMakesNoDifferenceInWhichPiecesTheyCome, ()) {
  std::string said = greeting;
  const auto frames = *rc::gen::inRange(0, 5);
  for (int i = 0; i < frames; ++i)
    said += frame(*rc::gen::inRange(2U, 8U), *rc::gen::inRange<std::size_t>(0, most + 20),
                  *rc::gen::inRange(0U, 2U));
  BaspFilter whole = at_door();
  std::string at_once;
  const bool is_fine = whole.take(said, at_once);
  BaspFilter pieces = at_door();
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
