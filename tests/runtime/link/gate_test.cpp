#include "runtime/link/gate.hpp"

#include <array>
#include <cstddef>
#include <cstring>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/un.h>

#include "tests/runtime/link/link_fixture.hpp"

namespace camfleet::link {
namespace {

const std::string signature("\xff\0\0\0\0\0\0\0\1\x7f", 10);

/// A descriptor that is closed with it.
class Socket {
 public:
  explicit Socket(int fd) : fd_(fd) {}
  ~Socket() { ::close(fd_); }
  Socket(Socket&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  Socket& operator=(Socket&&) = delete;

  void say(const std::string& bytes) const {
    EXPECT_EQ(::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL), static_cast<ssize_t>(bytes.size()));
  }
  /// Whatever comes within some seconds, at least so much; less: it was closed.
  [[nodiscard]] std::string hear(std::size_t least) const {
    std::string heard;
    std::array<char, 4096> piece{};
    while (heard.size() < least) {
      const ssize_t count = ::recv(fd_, piece.data(), piece.size(), 0);
      if (count <= 0) break;
      heard.append(piece.data(), static_cast<std::size_t>(count));
    }
    return heard;
  }
  [[nodiscard]] int fd() const { return fd_; }

 private:
  int fd_;
};

/// A gate before a server that this test plays.
class GateTest : public ::testing::Test {
 protected:
  GateTest() {
    sockaddr_un at{};
    at.sun_family = AF_UNIX;
    std::memcpy(at.sun_path + 1, inner_.data(), inner_.size());
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + inner_.size());
    EXPECT_EQ(::bind(server_.fd(), reinterpret_cast<const sockaddr*>(&at), size), 0);
    EXPECT_EQ(::listen(server_.fd(), 10), 0);
  }

  void open(Gate::Settings settings) {
    static std::uint16_t next = static_cast<std::uint16_t>(10'000 + ::getpid() * 43 % 20'000);
    for (int tries = 0; tries < 1000 && gate_ == nullptr; ++tries) {
      settings.port = next++;
      auto opened = Gate::open(settings, inner_, [this](const std::string& from, const std::string& why) {
        told_.say(std::string(from).append(": ").append(why));
      });
      if (opened.has_value()) gate_ = std::move(opened).value();
    }
    ASSERT_NE(gate_, nullptr);
  }
  /// Somebody who comes.
  Socket come() const {
    Socket socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    at.sin_port = htons(gate_->port());
    EXPECT_EQ(::connect(socket.fd(), reinterpret_cast<const sockaddr*>(&at), sizeof at), 0);
    return socket;
  }
  Socket accept() const { return Socket(::accept(server_.fd(), nullptr, nullptr)); }

  Told told_;
  std::string inner_ = "camfleet-gate-test-" + std::to_string(::getpid());
  Socket server_{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  std::unique_ptr<Gate> gate_;
};

TEST_F(GateTest, PassesOnWhatBothSay) {
  open({});
  const Socket outside = come();
  outside.say(signature + "more");
  const Socket inside = accept();
  EXPECT_EQ(inside.hear(14), signature + "more");
  const std::string large(300'000, 'x');
  inside.say(large);
  EXPECT_EQ(outside.hear(large.size()), large);
  outside.say(large);
  EXPECT_EQ(inside.hear(large.size()), large);
}

TEST_F(GateTest, WhoSpeaksOtherwiseOrNotAtAllIsClosed) {
  open({.patience = milliseconds(300)});
  const Socket rubbish = come();
  rubbish.say("GET / HTTP/1.1\r\n");
  EXPECT_EQ(rubbish.hear(1), "");
  EXPECT_TRUE(told_.hears("127.0.0.1: it does not speak ZeroMQ's protocol")) << told_.all();
  const Socket silent = come();
  EXPECT_EQ(silent.hear(1), "");
  EXPECT_TRUE(told_.hears("127.0.0.1: it does not show its key")) << told_.all();
  // One whom the server has not answered with more than it answers everybody with.
  const Socket half = come();
  half.say(signature);
  const Socket inside = accept();
  inside.say(std::string(200, 'w'));
  EXPECT_EQ(half.hear(400).size(), 200U);
}

TEST_F(GateTest, ACrowdDoesNotPutOutWhoIsIn) {
  open({.strangers = 4});
  const Socket guest = come();
  guest.say(signature);
  const Socket inside = accept();
  inside.say(std::string(300, 'r'));
  EXPECT_EQ(guest.hear(300).size(), 300U);
  std::vector<Socket> crowd;
  constexpr int guests = 20;
  crowd.reserve(guests);
  for (int i = 0; i < guests; ++i) crowd.push_back(come());
  EXPECT_TRUE(told_.hears("127.0.0.1: others came before it had shown its key")) << told_.all();
  inside.say("still here");
  EXPECT_EQ(guest.hear(10), "still here");
}

}  // namespace
}  // namespace camfleet::link
