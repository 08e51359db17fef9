#include "runtime/net/reach.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/runtime/net/socket_address.hpp"

namespace camfleet::net {
namespace {

using testing::as_sockaddr;
using ::testing::HasSubstr;
using testing::socket_address;

bool reaches(Reach& reach, const HostPort& asked, const std::string& address) {
  return reach.check(asked, as_sockaddr(socket_address(address))).has_value();
}

TEST(Reach, ACameraReachesItselfAndThePublicNetwork) {
  Reach reach({"192.168.1.5", 80}, {});
  EXPECT_TRUE(reaches(reach, {"192.168.1.5", 80}, "192.168.1.5"));
  EXPECT_TRUE(reaches(reach, {"192.168.1.5", 8080}, "192.168.1.5"));
  EXPECT_TRUE(reaches(reach, {"cdn.example", 443}, "8.8.8.8"));
  EXPECT_FALSE(reaches(reach, {"192.168.1.6", 80}, "192.168.1.6"));
  EXPECT_FALSE(reaches(reach, {"127.0.0.1", 80}, "127.0.0.1"));
  EXPECT_FALSE(reaches(reach, {"cdn.example", 443}, "10.0.0.1"));
}

TEST(Reach, ACameraOfThisMachineReachesItsOwnPortAlone) {
  Reach reach({"127.0.0.1", 8554}, {});
  EXPECT_TRUE(reaches(reach, {"127.0.0.1", 8554}, "127.0.0.1"));
  EXPECT_FALSE(reaches(reach, {"127.0.0.1", 8080}, "127.0.0.1"));
  EXPECT_FALSE(reaches(reach, {"localhost", 8080}, "127.0.0.1"));
}

TEST(Reach, ANameThatChangesItsMindLeadsNowhere) {
  Reach reach({"camera.invalid", 80}, {});
  EXPECT_TRUE(reaches(reach, {"camera.invalid", 80}, "192.168.1.5"));
  EXPECT_TRUE(reaches(reach, {"camera.invalid", 80}, "192.168.1.5"));
  EXPECT_FALSE(reaches(reach, {"camera.invalid", 80}, "127.0.0.1"));
  EXPECT_FALSE(reaches(reach, {"camera.invalid", 80}, "192.168.1.6"));
}

TEST(Reach, NamedHostsAreReachedByNameAndByAddress) {
  Reach reach({"192.168.1.5", 80}, parse_hosts("10.0.0.7,recorder:8443,[fd00::1]:80,fd00::2", "url").value());
  EXPECT_TRUE(reaches(reach, {"10.0.0.7", 1}, "10.0.0.7"));
  EXPECT_TRUE(reaches(reach, {"anything", 1}, "10.0.0.7"));
  EXPECT_TRUE(reaches(reach, {"recorder", 8443}, "10.0.0.8"));
  EXPECT_FALSE(reaches(reach, {"recorder", 80}, "10.0.0.8"));
  EXPECT_TRUE(reaches(reach, {"fd00::1", 80}, "fd00::1"));
  EXPECT_FALSE(reaches(reach, {"fd00::1", 81}, "fd00::1"));
  EXPECT_TRUE(reaches(reach, {"fd00::2", 81}, "fd00::2"));
}

TEST(Reach, SaysWhatWouldAllowIt) {
  Reach reach({"192.168.1.5", 80}, {});
  const auto refused = reach.check({"printer", 631}, as_sockaddr(socket_address("fd00::9")));
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, Errc::forbidden);
  EXPECT_THAT(refused.error().what, HasSubstr("leads to printer:631 (fd00::9)"));
  EXPECT_THAT(refused.error().what, HasSubstr("#hosts=[fd00::9]:631 would allow it"));
}

TEST(Reach, AHostThatIsNoneIsRefused) {
  for (const char* list :
       {"", ",", "a,", "a:0", "a:65536", "a:b", "[::1", "a/b", "a b", "http://a", "a@b", "[]:1"}) {
    const auto parsed = parse_hosts(list, "rtsp://camera/#hosts=x");
    ASSERT_FALSE(parsed.has_value()) << list;
    EXPECT_EQ(parsed.error().code, Errc::invalid_field) << list;
    EXPECT_EQ(parsed.error().where, "rtsp://camera/#hosts=x");
  }
  std::string many = "a";
  for (int i = 0; i < 64; ++i) many += ",a";
  EXPECT_EQ(parse_hosts(many, "url").error().code, Errc::too_large);
}

TEST(Reach, AHostIsResolvedToWhatMayBeReached) {
  Reach reach({"127.0.0.1", 554}, {});
  EXPECT_EQ(resolve_within(reach, {"127.0.0.1", 554}).value(), "127.0.0.1");
  EXPECT_EQ(resolve_within(reach, {"127.0.0.1", 555}).error().code, Errc::forbidden);
  EXPECT_EQ(resolve_within(reach, {"8.8.8.8", 555}).value(), "8.8.8.8");
  EXPECT_EQ(resolve_within(reach, {"nobody.invalid", 555}).error().code, Errc::unreachable);
}

}  // namespace
}  // namespace camfleet::net
