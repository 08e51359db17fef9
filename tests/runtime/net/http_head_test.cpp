#include "runtime/net/http_head.hpp"

#include <initializer_list>
#include <string>

#include <gtest/gtest.h>

namespace camfleet::net {
namespace {

HttpHead head_of(std::initializer_list<const char*> lines) {
  HttpHead head;
  for (const char* line : lines) head.take(line);
  return head;
}

TEST(HttpHead, OfAWholeResource) {
  const HttpHead head = head_of({"HTTP/1.1 200 OK\r\n", "content-type:  video/mp4 \r\n",
                                 "Content-Length: 12\r\n", "ACCEPT-RANGES: bytes\r\n", "\r\n"});
  EXPECT_EQ(head.status(), 200);
  EXPECT_EQ(head.reason(), "OK");
  EXPECT_EQ(head.content_type(), "video/mp4");
  EXPECT_EQ(head.size(), 12);
  EXPECT_TRUE(head.gives_parts());
}

TEST(HttpHead, OfAPart) {
  const HttpHead head = head_of(
      {"HTTP/1.1 206 Partial Content\r\n", "Content-Length: 2\r\n", "Content-Range: bytes 1-2/30\r\n"});
  EXPECT_EQ(head.size(), 30);
  EXPECT_EQ(head.first(), 1);
  EXPECT_EQ(head.reason(), "Partial Content");
  EXPECT_TRUE(head.gives_parts());
}

TEST(HttpHead, OfARedirectOfWebRadioAndOfWhatIsEncoded) {
  const HttpHead moved = head_of({"HTTP/1.1 302 Found\r\n", "location: /a?b=1 \r\n"});
  EXPECT_EQ(moved.location(), "/a?b=1");
  EXPECT_FALSE(moved.is_whole());
  EXPECT_TRUE(head_of({"ICY 200 OK\r\n", "\r\n"}).is_whole());
  EXPECT_FALSE(head_of({"HTTP/1.1 100 Continue\r\n", "\r\n"}).is_whole());
  const HttpHead encoded = head_of({"HTTP/1.1 200 OK\r\n", "Content-Encoding: gzip\r\n",
                                    "Content-Length: 5\r\n", "Accept-Ranges: bytes\r\n"});
  EXPECT_EQ(encoded.size(), std::nullopt);
  EXPECT_FALSE(encoded.gives_parts());
}

TEST(HttpHead, WhatIsPackedStrangelyIsNamed) {
  const auto strange = [](const std::string& encoding) {
    const std::string line = "content-encoding: " + encoding + "\r\n";
    return head_of({"HTTP/1.1 200 OK\r\n", line.c_str()}).strange_encoding();
  };
  for (const char* usual : {"identity", "gzip", "x-GZIP", "deflate"}) EXPECT_EQ(strange(usual), "") << usual;
  for (const char* other : {"br", "zstd", "gzip, gzip", "compress"}) EXPECT_EQ(strange(other), other);
}

TEST(HttpHead, TheLastOneCounts) {
  const HttpHead head =
      head_of({"HTTP/1.1 401 Unauthorized\r\n", "Content-Length: 7\r\n", "\r\n", "HTTP/1.1 200\r\n"});
  EXPECT_EQ(head.status(), 200);
  EXPECT_EQ(head.reason(), "");
  EXPECT_EQ(head.size(), std::nullopt);
  EXPECT_FALSE(head.gives_parts());
}

TEST(HttpHead, WhatIsNotReadableIsNotThere) {
  const HttpHead head =
      head_of({"HTTP/1.1\r\n", "Content-Length: -1\r\n", "Content-Range:\r\n", "Content-Range: bytes */*\r\n",
               "Accept-Ranges: none\r\n", "no colon\r\n", ":\r\n"});
  EXPECT_EQ(head.status(), 0);
  EXPECT_EQ(head.size(), std::nullopt);
  EXPECT_FALSE(head.gives_parts());
  EXPECT_EQ(HttpHead().status(), 0);
}

}  // namespace
}  // namespace camfleet::net
