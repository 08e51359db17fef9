#include "runtime/api/http_client.hpp"

#include <chrono>
#include <functional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace camfleet::api {
namespace {

constexpr auto soon = std::chrono::seconds(3);

/// A socket that is closed at the end.
class Socket {
 public:
  explicit Socket(int number) : number_(number) { EXPECT_GE(number_, 0); }
  Socket(Socket&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Socket& operator=(Socket&&) = delete;
  ~Socket() {
    if (number_ >= 0) close(number_);
  }
  [[nodiscard]] int number() const { return number_; }

 private:
  int number_;
};

/// Listens on loopback; whom nobody accepts, the kernel connects nevertheless as long as there is room.
class HttpClient : public ::testing::Test {
 protected:
  HttpClient() : listener_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    address_.sin_family = AF_INET;
    address_.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address_);
    EXPECT_EQ(bind(listener_.number(), where(), size), 0);
    EXPECT_EQ(getsockname(listener_.number(), where(), &size), 0);
    EXPECT_EQ(listen(listener_.number(), 1), 0);
    endpoint_.host = "127.0.0.1";
    endpoint_.port = ntohs(address_.sin_port);
    settings_.connect_time = milliseconds(400);
    settings_.answer_time = milliseconds(400);
  }

  sockaddr* where() { return reinterpret_cast<sockaddr*>(&address_); }

  /// The line of the error that is there soon.
  std::string failure(const HttpQuery& query = {}) {
    const auto begun = std::chrono::steady_clock::now();
    const auto answer = http_request(endpoint_, query, settings_);
    EXPECT_LT(std::chrono::steady_clock::now() - begun, soon);
    if (answer.has_value()) return "it was answered";
    EXPECT_EQ(answer.error().code, Errc::timed_out);
    EXPECT_EQ(answer.error().where, endpoint_.text());
    return answer.error().what;
  }

  /// What it takes from a server that says this.
  result<HttpAnswer> answer_to(std::string_view said) {
    settings_.answer_time = seconds(20);
    std::thread server([this, said] {
      const Socket one(accept(listener_.number(), nullptr, nullptr));
      char heard = 0;
      EXPECT_EQ(recv(one.number(), &heard, 1, 0), 1);
      EXPECT_EQ(send(one.number(), said.data(), said.size(), MSG_NOSIGNAL), std::ssize(said));
      shutdown(one.number(), SHUT_WR);
      while (recv(one.number(), &heard, 1, 0) > 0) {
      }
    });
    auto answer = http_request(endpoint_, {}, settings_);
    server.join();
    return answer;
  }

  sockaddr_in address_{};
  Socket listener_;
  Endpoint endpoint_;
  HttpClientSettings settings_;
};

TEST_F(HttpClient, NoConnectionWithinItsTime) {
  // Others fill the room that there is.
  std::vector<Socket> others;
  for (int i = 0; i < 4; ++i) {
    others.emplace_back(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    (void)connect(others.back().number(), where(), sizeof(address_));
  }
  EXPECT_EQ(failure(), "took no connection within 0.4 s");
}

TEST_F(HttpClient, NoHandshakeWithinItsTime) {
  endpoint_.is_tls = true;
  EXPECT_EQ(failure(), "ended no TLS handshake within 0.4 s");
}

TEST_F(HttpClient, NoAnswerWithinItsTime) {
  EXPECT_EQ(failure(), "did not answer within 0.4 s");
}

TEST_F(HttpClient, ARequestIsNotTakenWithinItsTime) {
  HttpQuery query;
  query.body.assign(64U << 20U, 'x');
  EXPECT_EQ(failure(query), "did not take the request within 0.4 s");
}

TEST_F(HttpClient, AnAnswerThatTricklesIsGivenUpNevertheless) {
  std::thread server([this] {
    const Socket one(accept(listener_.number(), nullptr, nullptr));
    std::string_view said = "HTTP/1.1 200 OK\r\n\r\n";
    while (send(one.number(), said.data(), said.size(), MSG_NOSIGNAL) > 0) {
      said = "x";
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
  });
  EXPECT_EQ(failure(), "did not answer within 0.4 s");
  server.join();
}

TEST_F(HttpClient, AnAnswerIsTakenUpToItsLimit) {
  settings_.body_bytes = 5;
  EXPECT_EQ(answer_to("HTTP/1.1 201 Made\r\nContent-Type: a/b\r\n\r\n12345").value().body, "12345");
  const auto more = answer_to("HTTP/1.1 200 OK\r\n\r\n123456");
  ASSERT_FALSE(more.has_value());
  EXPECT_EQ(more.error().code, Errc::corrupt);
  EXPECT_EQ(more.error().what, "its answer is larger than 5 bytes");
}

TEST_F(HttpClient, ItsStatusAndTypeAreTold) {
  const auto answer =
      answer_to("HTTP/1.1 404 None\r\nContent-Type: text/plain; a=b\r\nContent-Length: 2\r\n\r\nno");
  ASSERT_TRUE(answer.has_value());
  EXPECT_EQ(answer.value().status, 404U);
  EXPECT_EQ(answer.value().content_type, "text/plain; a=b");
  EXPECT_EQ(answer.value().body, "no");
  EXPECT_EQ(answer_to("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 None\r\n\r\n").value().status, 204U);
}

}  // namespace
}  // namespace camfleet::api
