// Answers that come in pieces, over real connections.
#include "runtime/api/reply_stream.hpp"

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "runtime/api/http_server.hpp"

namespace camfleet::api {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

/// A server that answers with what the test makes.
class ReplyStreams : public ::testing::Test {
 protected:
  void start(HttpServer::Settings settings = {}) {
    settings.port = 0;
    settings.threads = 1;
    HttpServer::Hooks hooks;
    hooks.handle = [this](const Request&, const HttpServer::Respond& respond) { respond(answer_()); };
    hooks.refuse = [](const ApiError& error) { return Reply{error.status, "text/plain", error.message}; };
    hooks.body_limit = [](const Request&) -> api_result<std::size_t> { return 0; };
    server_ = HttpServer::start(settings, hooks).value();
  }

  /// A connection that has sent a request.
  tcp::socket ask(const std::string& method = "GET", const std::string& version = "1.1") {
    tcp::socket socket(context_);
    socket.connect({asio::ip::make_address("127.0.0.1"), server_->port()});
    request(socket, method, version);
    return socket;
  }
  static void request(tcp::socket& socket, const std::string& method = "GET",
                      const std::string& version = "1.1") {
    asio::write(socket, asio::buffer(method + " / HTTP/" + version + "\r\nHost: 127.0.0.1\r\n\r\n"));
  }
  /// What comes until this text has.
  static std::string read_until(tcp::socket& socket, const std::string& text) {
    std::string got;
    boost::system::error_code error;
    asio::read_until(socket, asio::dynamic_buffer(got), text, error);
    return got;
  }
  static std::string read_to_end(tcp::socket& socket) {
    std::string got;
    boost::system::error_code error;
    asio::read(socket, asio::dynamic_buffer(got), error);
    return got;
  }
  static bool comes_true(const std::function<bool()>& condition) {
    for (int i = 0; i < 1000; ++i) {
      if (condition()) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return false;
  }

  std::shared_ptr<ReplyStream> stream_ = std::make_shared<ReplyStream>(100);
  std::function<Reply()> answer_ = [this] {
    Reply reply{200, "text/event-stream", ""};
    reply.stream = stream_;
    return reply;
  };
  asio::io_context context_;
  std::unique_ptr<HttpServer> server_;
};

TEST_F(ReplyStreams, ComeAsChunksAndTheConnectionGoesOn) {
  start();
  EXPECT_TRUE(stream_->write("before anybody listens,"));
  tcp::socket socket = ask();
  const std::string head = read_until(socket, "listens,\r\n");
  EXPECT_THAT(head, HasSubstr("Transfer-Encoding: chunked\r\n"));
  EXPECT_THAT(head, Not(HasSubstr("Content-Length")));
  EXPECT_THAT(head, EndsWith("\r\n\r\n17\r\nbefore anybody listens,\r\n"));
  EXPECT_TRUE(stream_->write(" later"));
  EXPECT_EQ(read_until(socket, "later\r\n"), "6\r\n later\r\n");
  stream_->end();
  EXPECT_FALSE(stream_->write("too late"));
  EXPECT_EQ(read_until(socket, "0\r\n\r\n"), "0\r\n\r\n");
  answer_ = [] { return Reply{200, "text/plain", "whole"}; };
  request(socket);
  EXPECT_THAT(read_until(socket, "whole"), StartsWith("HTTP/1.1 200 OK\r\n"));
}

TEST_F(ReplyStreams, GoOnWhileTheirCallerAsksForMore) {
  start();
  stream_->write("one,");
  tcp::socket socket = ask();
  read_until(socket, "one,\r\n");
  request(socket);
  // Longer than between two looks at whether it is there.
  std::this_thread::sleep_for(std::chrono::milliseconds(1200));
  EXPECT_TRUE(stream_->write(" two"));
  EXPECT_EQ(read_until(socket, "two\r\n"), "4\r\n two\r\n");
  answer_ = [] { return Reply{200, "text/plain", "next"}; };
  stream_->end();
  EXPECT_THAT(read_until(socket, "next"), StartsWith("0\r\n\r\nHTTP/1.1 200 OK\r\n"));
}

TEST_F(ReplyStreams, HearThatACallerHasGoneWhoAskedForMore) {
  start();
  {
    tcp::socket socket = ask();
    read_until(socket, "\r\n\r\n");
    request(socket);
  }
  EXPECT_TRUE(comes_true([&] { return stream_->is_over(); }));
}

TEST_F(ReplyStreams, EndWithTheConnectionOfAnOlderClient) {
  start();
  tcp::socket socket = ask("GET", "1.0");
  stream_->write("a");
  stream_->end();
  const std::string got = read_to_end(socket);
  EXPECT_THAT(got, Not(HasSubstr("chunked")));
  EXPECT_THAT(got, EndsWith("\r\n\r\na"));
}

TEST_F(ReplyStreams, HearThatTheirCallerHasGone) {
  start();
  {
    tcp::socket socket = ask();
    read_until(socket, "\r\n\r\n");
    EXPECT_FALSE(stream_->is_over());
  }
  EXPECT_TRUE(comes_true([&] { return stream_->is_over(); }));
  EXPECT_FALSE(stream_->write("nobody reads it"));
}

TEST_F(ReplyStreams, AreCutOffWhenTheyAreNotTaken) {
  start();
  tcp::socket socket = ask();
  read_until(socket, "\r\n\r\n");
  EXPECT_FALSE(stream_->write(std::string(101, 'x')));
  EXPECT_TRUE(stream_->is_over());
  EXPECT_EQ(read_to_end(socket), "") << "no last chunk: a client knows that it was not all";
}

TEST_F(ReplyStreams, AreSoManyAndNoMore) {
  HttpServer::Settings settings;
  settings.streams = 2;
  start(settings);
  std::vector<std::shared_ptr<ReplyStream>> streams;
  answer_ = [&] {
    Reply reply{200, "", ""};
    reply.stream = streams.emplace_back(std::make_shared<ReplyStream>());
    return reply;
  };
  {
    tcp::socket first = ask();
    tcp::socket second = ask();
    EXPECT_THAT(read_until(first, "\r\n\r\n"), StartsWith("HTTP/1.1 200"));
    EXPECT_THAT(read_until(second, "\r\n\r\n"), StartsWith("HTTP/1.1 200"));
    tcp::socket third = ask();
    EXPECT_THAT(read_until(third, "\r\n\r\n"), StartsWith("HTTP/1.1 503"));
    EXPECT_TRUE(streams[2]->is_over());
  }
  EXPECT_TRUE(comes_true([&] { return streams[0]->is_over() && streams[1]->is_over(); }));
  tcp::socket fourth = ask();
  EXPECT_THAT(read_until(fourth, "\r\n\r\n"), StartsWith("HTTP/1.1 200"));
}

TEST_F(ReplyStreams, HaveNoBodyForHead) {
  start();
  tcp::socket socket = ask("HEAD");
  EXPECT_THAT(read_until(socket, "\r\n\r\n"), HasSubstr("Transfer-Encoding: chunked"));
  EXPECT_TRUE(comes_true([&] { return stream_->is_over(); }));
}

TEST_F(ReplyStreams, EndWithTheServer) {
  start();
  tcp::socket socket = ask();
  read_until(socket, "\r\n\r\n");
  server_.reset();
  EXPECT_FALSE(stream_->write("nobody is there"));
  EXPECT_EQ(read_to_end(socket), "");
}

TEST_F(ReplyStreams, ManyPiecesFromManyThreadsArriveWhole) {
  stream_ = std::make_shared<ReplyStream>();
  start();
  tcp::socket socket = ask();
  read_until(socket, "\r\n\r\n");
  std::vector<std::thread> writers;
  writers.reserve(4);
  for (int i = 0; i < 4; ++i) {
    writers.emplace_back([&] {
      for (int n = 0; n < 1000; ++n) EXPECT_TRUE(stream_->write("piece\n"));
    });
  }
  for (std::thread& writer : writers) writer.join();
  stream_->end();
  const std::string got = read_until(socket, "\r\n0\r\n\r\n");
  std::size_t pieces = 0;
  for (std::size_t at = got.find("piece\n"); at != std::string::npos; at = got.find("piece\n", at + 1))
    ++pieces;
  EXPECT_EQ(pieces, 4000U);
}

TEST_F(ReplyStreams, SharedBytesAndHeadersAreSent) {
  const auto bytes = std::make_shared<const std::string>(std::string(200'000, 'b') + "end");
  answer_ = [&] {
    Reply reply{200, "text/plain", ""};
    reply.bytes = bytes;
    reply.headers = {{"ETag", "\"1\""}};
    return reply;
  };
  start();
  tcp::socket socket = ask();
  const std::string got = read_until(socket, "end");
  EXPECT_THAT(got, HasSubstr("ETag: \"1\"\r\nContent-Length: 200003\r\n\r\nbbb"));
  request(socket, "HEAD");
  EXPECT_THAT(read_until(socket, "\r\n\r\n"), HasSubstr("Content-Length: 200003\r\n\r\n"));
  answer_ = [] { return Reply{304, "", ""}; };
  request(socket);
  EXPECT_THAT(read_until(socket, "\r\n\r\n"), Not(HasSubstr("Content-Length")));
}

}  // namespace
}  // namespace camfleet::api
