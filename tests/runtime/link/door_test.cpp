// Who comes in at the door of a cluster, and who does not.
#include <gmock/gmock.h>

#include "tests/runtime/link/link_fixture.hpp"

namespace camfleet::link {
namespace {

using ::testing::HasSubstr;

/// What a node says first, what the scheduler does, and what says that somebody is there.
constexpr int from_node = 1;
constexpr int from_scheduler = 0;
constexpr int beat = 6;

std::string frame(std::size_t payload, int operation, char fill = 'x') {
  std::string bytes(32, '\0');
  bytes[0] = static_cast<char>(operation);
  for (std::size_t i = 0; i < 4; ++i) bytes[4 + i] = static_cast<char>(payload >> (24 - 8 * i));
  return bytes + std::string(payload, fill);
}

std::string read_exactly(int socket, std::size_t size) {
  std::string bytes(size, '\0');
  std::size_t at = 0;
  while (at < size) {
    const ssize_t count = ::recv(socket, bytes.data() + at, size - at, 0);
    if (count <= 0) break;
    at += static_cast<std::size_t>(count);
  }
  bytes.resize(at);
  return bytes;
}

void send_all(int socket, const std::string& bytes) {
  ASSERT_EQ(::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL), static_cast<ssize_t>(bytes.size()));
}

TEST_F(LinkTest, WhoIsListedComesInAndIsHeard) {
  open();
  const auto a = call(node("a").own);
  ASSERT_TRUE(a.has_value()) << a.error().line();
  ASSERT_TRUE(told_.hears("came a 127.0.0.1"));
  send_all(a.value()->socket(), frame(5, from_node, 'p'));
  EXPECT_EQ(read_exactly(guest(0).socket, 37), frame(5, from_node, 'p'));
  const std::string large = frame(3, from_scheduler) + frame(200'000, beat, 'q');
  send_all(guest(0).socket, large.substr(0, 100'000));
  send_all(guest(0).socket, large.substr(100'000));
  EXPECT_EQ(read_exactly(a.value()->socket(), large.size()), large);
  ::close(a.value()->socket());
  EXPECT_TRUE(told_.hears("left a: ")) << told_.all();
  EXPECT_TRUE(told_.hears("call ended: ")) << told_.all();
}

TEST_F(LinkTest, WhatIsSaidAtOnceIsNotLost) {
  open();
  for (int i = 0; i < 20; ++i) {
    const auto a = call(node("a").own);
    ASSERT_TRUE(a.has_value()) << a.error().line();
    ASSERT_TRUE(told_.hears("came a"));
    // The door's own side may say something before its guest has read that it is welcome.
    send_all(guest(static_cast<std::size_t>(i)).socket, frame(7, from_scheduler));
    EXPECT_EQ(read_exactly(a.value()->socket(), 39), frame(7, from_scheduler));
    door_->close(guest(static_cast<std::size_t>(i)).number, "test");
    EXPECT_EQ(read_exactly(a.value()->socket(), 1), "");
    ::close(a.value()->socket());
  }
}

TEST_F(LinkTest, OneConnectionForEachName) {
  open();
  const auto first = call(node("a").own);
  ASSERT_TRUE(first.has_value());
  const auto second = call(node("a").own);
  ASSERT_FALSE(second.has_value());
  EXPECT_EQ(second.error().code, Errc::limit);
  EXPECT_THAT(second.error().line(), HasSubstr("refuses for now: 'a node of this name is connected'"));
  EXPECT_TRUE(told_.hears("refused 127.0.0.1: 'a': a node of this name is connected"));
  const auto other = call(node("b").own);
  EXPECT_TRUE(other.has_value()) << other.error().line();
}

TEST_F(LinkTest, WhoIsStruckFromTheListLeavesAtOnce) {
  open();
  const NodeKeys before = node("a");
  const auto a = call(before.own);
  const auto b = call(node("b").own);
  ASSERT_TRUE(a.has_value() && b.has_value());
  keys_.remove("a").value();
  door_->set_list(keys_.nodes().value());
  EXPECT_TRUE(told_.hears("left a: its key is no longer in the list"));
  EXPECT_EQ(read_exactly(a.value()->socket(), 1), "");
  EXPECT_THAT(call(before.own).error().line(), HasSubstr("its key is not in the list"));
  keys_.add("a").value();
  door_->set_list(keys_.nodes().value());
  EXPECT_THAT(call(before.own).error().line(), HasSubstr("its key is not in the list")) << "of the same name";
  EXPECT_TRUE(call(node("a").own).has_value());
  EXPECT_EQ(told_.all().find("left b"), std::string::npos);
}

TEST_F(LinkTest, StrangersAreRefused) {
  open();
  ClusterKeys other(root_ / "other");
  other.init().value();
  other.add("a").value();
  const OwnKeys foreign = read_node_keys(root_ / "other/nodes/a").value().own;
  const auto of_other = call(foreign);
  EXPECT_FALSE(of_other.has_value());
  OwnKeys liar = foreign;
  liar.authority =
      node("a").own.authority;  // takes the door for its own, and shows a paper of another authority
  EXPECT_FALSE(call(liar).has_value());
  EXPECT_TRUE(told_.hears("refused 127.0.0.1: no handshake: ")) << told_.all();
  // The scheduler's own certificate is none of a node.
  EXPECT_FALSE(call(keys_.scheduler().value()).has_value());
}

TEST_F(LinkTest, ANodesCertificateOpensNoDoor) {
  // Who has taken a node's keys cannot stand for the scheduler.
  const auto door = open_door(
      {}, node("a").own,
      {[](const Door::Guest&) {}, [](auto, const auto&, const auto&) {}, [](const auto&, const auto&) {}});
  ASSERT_NE(door, nullptr);
  const auto called =
      Call::make({.host = "127.0.0.1", .port = door->port()}, node("b").own, [](const std::string&) {});
  ASSERT_FALSE(called.has_value());
  EXPECT_THAT(called.error().line(), HasSubstr("the handshake fails"));
}

TEST_F(LinkTest, NobodyThereIsNotSilence) {
  const auto nobody = Call::make({.host = "127.0.0.1", .port = 9}, node("a").own, [](const std::string&) {});
  EXPECT_EQ(nobody.error().code, Errc::unreachable) << nobody.error().line();
  const int silent = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof at;
  ASSERT_EQ(::bind(silent, reinterpret_cast<sockaddr*>(&at), size), 0);
  ASSERT_EQ(::listen(silent, 1), 0);
  ASSERT_EQ(::getsockname(silent, reinterpret_cast<sockaddr*>(&at), &size), 0);
  const auto silence =
      Call::make({.host = "127.0.0.1", .port = ntohs(at.sin_port), .deadline = milliseconds(300)},
                 node("a").own, [](const std::string&) {});
  EXPECT_EQ(silence.error().code, Errc::timed_out) << silence.error().line();
  ::close(silent);
}

TEST_F(LinkTest, AFrameOfFourGibibytesEndsTheConnectionAlone) {
  open();
  const auto a = call(node("a").own);
  const auto b = call(node("b").own);
  ASSERT_TRUE(a.has_value() && b.has_value());
  std::string header = frame(0, from_node);
  for (std::size_t i = 4; i < 8; ++i) header[i] = '\xFF';
  send_all(a.value()->socket(), header);
  EXPECT_TRUE(told_.hears("left a: a frame of 4294967295 bytes; at most 262144")) << told_.all();
  send_all(b.value()->socket(), frame(3, from_node));
  EXPECT_EQ(read_exactly(guest(1).socket, 35), frame(3, from_node));
}

TEST_F(LinkTest, WhoDoesNotReadIsClosedWhenEnoughWaits) {
  open({.limits = {.frame_bytes = 1U << 20U, .waiting_bytes = std::size_t{4} << 20U}});
  const auto a = call(node("a").own);
  ASSERT_TRUE(a.has_value());
  ASSERT_TRUE(told_.hears("came a"));
  // Nobody takes anything out of the call's end.
  send_all(guest(0).socket, frame(3, from_scheduler));
  const std::string piece = frame(100'000, beat);
  std::size_t sent = 0;
  while (sent < (std::size_t{64} << 20U)) {
    const ssize_t count = ::send(guest(0).socket, piece.data(), piece.size(), MSG_NOSIGNAL);
    if (count <= 0) break;
    sent += static_cast<std::size_t>(count);
  }
  EXPECT_TRUE(told_.hears("left a: more than 4 MiB waited for it, as it does not read")) << told_.all();
  EXPECT_LT(sent, std::size_t{32} << 20U);
}

TEST_F(LinkTest, ManyWhoSayNothingKeepNobodyOut) {
  open({.handshakes = 8, .handshake_time = seconds(2)});
  const auto a = call(node("a").own);
  ASSERT_TRUE(a.has_value());
  std::vector<int> silent;
  for (int i = 0; i < 200; ++i) {
    silent.push_back(::socket(AF_INET, SOCK_STREAM, 0));
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    at.sin_port = htons(door_->port());
    ASSERT_EQ(::connect(silent.back(), reinterpret_cast<sockaddr*>(&at), sizeof at), 0);
    if (i % 3 == 1) ::send(silent.back(), "GET / HTTP/1.1\r\n\r\n", 18, MSG_NOSIGNAL);
    if (i % 3 == 2) ::send(silent.back(), "\x16\x03\x01\x02\x00\x01", 6, MSG_NOSIGNAL);
  }
  const auto b = call(node("b").own);
  EXPECT_TRUE(b.has_value()) << b.error().line();
  EXPECT_TRUE(told_.hears("refused 127.0.0.1: others came while its handshake was under way"));
  EXPECT_TRUE(told_.hears("refused 127.0.0.1: its handshake takes too long"));
  EXPECT_TRUE(told_.hears("refused 127.0.0.1: no handshake: "));
  send_all(a.value()->socket(), frame(3, from_node));
  EXPECT_EQ(read_exactly(guest(0).socket, 35), frame(3, from_node));
  for (const int one : silent) ::close(one);
}

TEST_F(LinkTest, KeyFilesThatAreGoneEndNothing) {
  open();
  const OwnKeys own = node("a").own;
  std::filesystem::remove_all(root_ / "keys");
  const auto a = call(own);
  EXPECT_TRUE(a.has_value()) << a.error().line();
}

/// A call to a plain door.
result<std::unique_ptr<Call>> call_plainly(std::uint16_t port, const std::string& name,
                                           TlsPump::Ended ended) {
  return Call::make({.host = "127.0.0.1", .port = port, .plain_name = name}, OwnKeys(), std::move(ended));
}

TEST_F(LinkTest, APlainDoorTakesWhoeverSaysAName) {
  open({.handshake_time = milliseconds(500), .is_plain = true});
  const auto ended = [](const std::string&) {};
  const auto a = call_plainly(door_->port(), "a", ended);
  ASSERT_TRUE(a.has_value()) << a.error().line();
  EXPECT_EQ(guest(0).name, "a");
  const auto again = call_plainly(door_->port(), "a", ended);
  ASSERT_FALSE(again.has_value());
  EXPECT_EQ(again.error().code, Errc::limit) << again.error().line();
  const auto odd = call_plainly(door_->port(), "No Name", ended);
  ASSERT_FALSE(odd.has_value());
  EXPECT_EQ(odd.error().code, Errc::forbidden) << odd.error().line();
  const auto long_one = call_plainly(door_->port(), std::string(200, 'a'), ended);
  EXPECT_FALSE(long_one.has_value());
  EXPECT_TRUE(told_.hears("refused 127.0.0.1: no handshake")) << told_.all();
  // Who would be let in by a key is not understood, nor is one that says nothing.
  EXPECT_FALSE(call(node("b").own).has_value());
}

}  // namespace
}  // namespace camfleet::link
