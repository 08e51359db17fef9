#include "runtime/net/http_url.hpp"

#include <gtest/gtest.h>

namespace camfleet::net {
namespace {

TEST(HttpUrl, HasItsParts) {
  const HttpUrl url = parse_http_url("HTTP://viewer:a%3Ab@Camera.Local/x y?t=1").value();
  EXPECT_EQ(url.user, "viewer");
  EXPECT_EQ(url.password, "a:b");
  EXPECT_EQ(url.host, (HostPort{"camera.local", 80}));
  EXPECT_EQ(url.origin, "http://camera.local:80");
  EXPECT_EQ(url.text.find('@'), std::string::npos);
  EXPECT_NE(url.text.find("/x%20y?t=1"), std::string::npos);
  EXPECT_EQ(parse_http_url("https://[fe80::1]:8443/").value().host, (HostPort{"fe80::1", 8443}));
}

TEST(HttpUrl, MayBeRelative) {
  const std::string base = "https://camera:8443/a/b.m3u8?t=1";
  EXPECT_EQ(parse_http_url("c.ts", base).value().text, "https://camera:8443/a/c.ts");
  EXPECT_EQ(parse_http_url("/c.ts", base).value().text, "https://camera:8443/c.ts");
  EXPECT_EQ(parse_http_url("//other/c.ts", base).value().origin, "https://other:443");
  EXPECT_EQ(parse_http_url("http://other/c.ts", base).value().origin, "http://other:80");
}

TEST(HttpUrl, WhatIsNoneIsRefused) {
  for (const char* text : {"", "c.ts", "http://", "http://a:99999/", "http://a b/"})
    EXPECT_FALSE(parse_http_url(text).has_value()) << text;
  for (const char* text : {"file:///etc/passwd", "rtmp://camera/x", "gopher://camera/", "ftp://camera/"})
    EXPECT_EQ(parse_http_url(text, "http://camera/").error().code, Errc::unsupported) << text;
}

}  // namespace
}  // namespace camfleet::net
