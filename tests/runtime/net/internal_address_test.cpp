#include "runtime/net/internal_address.hpp"

#include <gtest/gtest.h>

#include "tests/runtime/net/socket_address.hpp"

namespace camfleet::net {
namespace {

using testing::as_sockaddr;
using testing::socket_address;

bool internal(const std::string& text) {
  return is_internal(as_sockaddr(socket_address(text)));
}

TEST(InternalAddress, IsWhatThePublicNetworkDoesNotReach) {
  for (const char* text : {"0.0.0.0",
                           "0.1.2.3",
                           "10.0.0.1",
                           "10.255.255.255",
                           "100.64.0.1",
                           "100.127.255.255",
                           "127.0.0.1",
                           "127.9.9.9",
                           "169.254.169.254",
                           "172.16.0.1",
                           "172.31.255.255",
                           "192.0.0.1",
                           "192.0.2.1",
                           "192.88.99.1",
                           "192.168.0.1",
                           "192.168.255.255",
                           "198.18.0.1",
                           "198.19.255.1",
                           "198.51.100.7",
                           "203.0.113.1",
                           "224.0.0.1",
                           "239.1.1.1",
                           "240.0.0.1",
                           "255.255.255.255",
                           "::",
                           "::1",
                           "fe80::1",
                           "febf::1",
                           "fec0::1",
                           "fc00::1",
                           "fdff::1",
                           "ff02::1",
                           "2001:db8::1",
                           "::ffff:127.0.0.1",
                           "::ffff:192.168.1.1",
                           "::127.0.0.1",
                           "64:ff9b::a00:1",
                           "2002:a00:1::",
                           "2002:7f00:1::1",
                           "64:ff9b:1::1"})
    EXPECT_TRUE(internal(text)) << text;
}

TEST(InternalAddress, IsNotWhatItReaches) {
  for (const char* text :
       {"1.1.1.1",        "8.8.8.8",          "9.255.255.255",   "11.0.0.0",        "100.63.255.255",
        "100.128.0.0",    "126.255.255.255",  "128.0.0.0",       "169.253.255.255", "169.255.0.0",
        "172.15.255.255", "172.32.0.0",       "192.0.1.1",       "192.167.255.255", "192.169.0.0",
        "198.17.255.255", "198.20.0.0",       "223.255.255.255", "2606:4700::1111", "2a00:1450::1",
        "::ffff:8.8.8.8", "64:ff9b::808:808", "2002:808:808::1"})
    EXPECT_FALSE(internal(text)) << text;
}

TEST(InternalAddress, WhatIsNoAddressIsInternal) {
  EXPECT_TRUE(internal("nothing"));
}

TEST(InternalAddress, ThisMachineHearsItselfByEachLoopback) {
  for (const char* text : {"127.0.0.1", "127.1.2.3", "0.0.0.0", "::1", "::", "::ffff:127.0.0.1"})
    EXPECT_TRUE(is_this_machine(as_sockaddr(socket_address(text)))) << text;
  for (const char* text : {"8.8.8.8", "203.0.113.1", "2606:4700::1111"})
    EXPECT_FALSE(is_this_machine(as_sockaddr(socket_address(text)))) << text;
}

TEST(InternalAddress, AMappedAddressIsWrittenAsWhatItIs) {
  EXPECT_EQ(address_text(as_sockaddr(socket_address("::ffff:10.0.0.1"))), "10.0.0.1");
  EXPECT_EQ(address_text(as_sockaddr(socket_address("FE80::1"))), "fe80::1");
}

}  // namespace
}  // namespace camfleet::net
