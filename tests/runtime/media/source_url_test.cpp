#include "runtime/media/source_url.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "runtime/media/playback.hpp"

namespace camfleet::media {

namespace {

using testing::HasSubstr;

TEST(SourceUrl, SplitsIntoParts) {
  const auto url = parse_source_url("FILE:///a%20b/c%23.mp4?loop=1&start=2.5&x=%26");
  ASSERT_TRUE(url.has_value()) << url.error().line();
  EXPECT_EQ(url.value().scheme, "file");
  EXPECT_EQ(url.value().path, "/a b/c#.mp4");
  EXPECT_EQ(url.value().query.at("loop"), "1");
  EXPECT_EQ(url.value().query.at("start"), "2.5");
  EXPECT_EQ(url.value().query.at("x"), "&");
}

TEST(SourceUrl, RefusesWhatIsNotOne) {
  const std::pair<const char*, const char*> wrong[] = {
      {"", "no scheme"},
      {"/a/b.mp4", "no scheme"},
      {"://x", "no scheme"},
      {"fi le:///x", "no scheme"},
      {"file://", "no path"},
      {"file://?loop=1", "no path"},
      {"file:///a%2", "broken escape"},
      {"file:///a%zz", "broken escape"},
      {"file:///a%00b", "broken escape"},
      {"file:///a?loop=%4", "broken escape"},
      {"file:///a?loop", "key=value"},
      {"file:///a?=1", "key=value"},
      {"file:///a?loop=1&loop=0", "twice"},
      {"file:///a?a%0A=1&a%0A=2", "twice: 'a?'"},
  };
  for (const auto& [text, words] : wrong) {
    const auto url = parse_source_url(text);
    ASSERT_FALSE(url.has_value()) << text;
    EXPECT_EQ(url.error().code, Errc::invalid_field);
    EXPECT_THAT(url.error().line(), HasSubstr(words)) << text;
  }
  EXPECT_FALSE(parse_source_url("file:///" + std::string(max_url_bytes, 'a')).has_value());
}

TEST(SourceUrl, HidesPasswords) {
  const std::pair<const char*, const char*> cases[] = {
      {"rtsp://user:pw@host:554/a", "rtsp://user:***@host:554/a"},
      {"rtsp://user:p@w@host/a", "rtsp://user:***@host/a"},
      {"rtsp://user:p/w@host/a", "rtsp://user:***@host/a"},
      {"rtsp://user:p?w@host/a", "rtsp://user:***@host/a"},
      {"rtsp://user:@host/a", "rtsp://user:***@host/a"},
      {"rtsp://user@host:554/a", "rtsp://user@host:554/a"},
      {"rtsp://host/a?user=u&Password=pw&x=1", "rtsp://host/a?user=u&Password=***&x=1"},
      {"user:pw@host", "user:pw@host"},
      {"file:///a:b@c.mp4", "file:///a:b@c.mp4"},
  };
  for (const auto& [text, shown] : cases) EXPECT_EQ(redacted(text), shown);
  const auto url = parse_source_url("rtsp://user:pw@host/a");
  ASSERT_TRUE(url.has_value());
  EXPECT_EQ(url.value().text, "rtsp://user:***@host/a");
  EXPECT_EQ(url.value().secret_text, "rtsp://user:pw@host/a");
  const auto wrong = parse_source_url("rtsp://user:pw@host/%x");
  ASSERT_FALSE(wrong.has_value());
  EXPECT_THAT(wrong.error().line(), Not(HasSubstr("pw")));
}

TEST(SourceUrl, ComesBackFromAPath) {
  std::string every_byte = "/";
  for (int c = 1; c < 256; ++c) every_byte.push_back(static_cast<char>(c));
  for (const std::string& path : {std::string("/a b/c?d#e%f&g=h.mp4"), every_byte}) {
    const auto url = parse_source_url(file_url(path));
    ASSERT_TRUE(url.has_value()) << url.error().line();
    EXPECT_EQ(url.value().path, path);
    EXPECT_TRUE(url.value().query.empty());
  }
  EXPECT_EQ(file_url("/tmp/a b.mp4"), "file:///tmp/a%20b.mp4");
  EXPECT_EQ(file_url("/tmp", "pictures"), "pictures:///tmp");
}

TEST(SourceUrl, ReadsStartAndLoop) {
  const auto playback = [](const std::string& query) {
    return playback_of(parse_source_url("file:///a?" + query).value());
  };
  EXPECT_EQ(playback("start=2.5").value().start, milliseconds(2500));
  EXPECT_EQ(playback("start=0.000000001").value().start, Duration{1});
  EXPECT_EQ(playback("start=0").value().start, Duration{0});
  EXPECT_TRUE(playback("loop=1").value().loop);
  EXPECT_FALSE(playback("loop=0").value().loop);
  for (const char* wrong :
       {"loop=2", "loop=", "loop=yes", "start=", "start=-1", "start=1.", "start=.5", "start=1e3",
        "start=1234567890", "start=0.0000000001", "start=1.5.2", "start= 1"}) {
    const auto refused = playback(wrong);
    ASSERT_FALSE(refused.has_value()) << wrong;
    EXPECT_EQ(refused.error().code, Errc::invalid_field);
  }
}

}  // namespace

}  // namespace camfleet::media
