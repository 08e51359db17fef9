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
      {"file:///a\nb.mp4", "file:///a?b.mp4: has a control character"},
      {"rtsp://camera/\tmain", "has a control character"},
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
  const auto url = parse_source_url("rtsp://user:pw@host/a");
  ASSERT_TRUE(url.has_value());
  EXPECT_EQ(url.value().text, "rtsp://user:***@host/a");
  EXPECT_EQ(url.value().secret_text, "rtsp://user:pw@host/a");
  const auto wrong = parse_source_url("rtsp://user:pw@host/%x");
  ASSERT_FALSE(wrong.has_value());
  EXPECT_THAT(wrong.error().line(), Not(HasSubstr("pw")));
}

TEST(SourceUrl, SaysHowACameraIsWritten) {
  for (const char* text :
       {"10.0.0.1", "10.0.0.1:554/cam", "rtsp:/x", "rtsp:10.0.0.1/x", "cam.lan/live", ""}) {
    const auto url = parse_source_url(text);
    ASSERT_FALSE(url.has_value()) << text;
    EXPECT_THAT(url.error().what, HasSubstr("rtsp://10.0.0.1/path")) << text;
  }
}

TEST(SourceUrl, SaysHowAPasswordIsWritten) {
  for (const char* text : {"rtsp://admin:se#cretQ7@10.0.0.1/cam", "rtsp://admin:se/cretQ7@10.0.0.1/cam",
                           "rtsp://admin:se?cretQ7@10.0.0.1/cam", "http://admin:#cretQ7@10.0.0.1/x.flv",
                           "rtsp://admin:a=1#cretQ7=2@10.0.0.1:554/cam", "rtsp://u:12#cretQ7=x@h/x",
                           "rtsp://h/x#cretQ7=x@h/x", "rtsp://u:34/cretQ7@h/x", "rtsp://u:34?cretQ7@h/x",
                           "rtsp://10.0.0.1:123456/cretQ7:@h/x", "rtsp://u.x:1:34/cretQ7@h/x"}) {
    const auto url = parse_source_url(text);
    ASSERT_FALSE(url.has_value()) << text;
    EXPECT_THAT(url.error().what, HasSubstr("%23")) << text;
    EXPECT_THAT(url.error().line(), Not(HasSubstr("cretQ7"))) << text;
  }
  for (const char* text :
       {"rtsp://admin:p%23w@10.0.0.1/cam", "rtsp://10.0.0.1:554/a@b", "rtsp://10.0.0.1/a:1@b",
        "rtsp://[::1]:554/a@b", "rtsp://admin:p@w@10.0.0.1/cam", "rtsp://host:554/user@name/stream",
        "rtsp://cam.lan:9000/user@name/stream", "rtsp://localhost:9000/a@b", "rtsp://cam:9000/a?user=a@b"}) {
    const auto url = parse_source_url(text);
    EXPECT_TRUE(url.has_value()) << text << ": " << url.error().line();
  }
}

TEST(SourceUrl, EchoesNoSecretOfAFragment) {
  const auto unknown = parse_source_url("rtsp://h/x#a%3Btoken%3DcretQ7=1");
  ASSERT_TRUE(unknown.has_value());
  const auto checked = check_query(unknown.value(), {"transport"});
  ASSERT_FALSE(checked.has_value());
  EXPECT_THAT(checked.error().line(), AllOf(HasSubstr("'a;token=***'"), Not(HasSubstr("cretQ7"))));
  const auto twice = parse_source_url("rtsp://h/x#a%3Btoken%3DcretQ7=1&a%3Btoken%3DcretQ7=1");
  ASSERT_FALSE(twice.has_value());
  EXPECT_THAT(twice.error().line(), AllOf(HasSubstr("twice"), Not(HasSubstr("cretQ7"))));
}

TEST(SourceUrl, OfANetworkHasAHost) {
  for (const char* text : {"rtsp://", "rtsp:///u:cretQ7@h/x", "http://:80/x.flv", "rtsp://u:cretQ7@/x",
                           "rtsp://#transport=udp"}) {
    const auto url = parse_source_url(text);
    ASSERT_FALSE(url.has_value()) << text;
    EXPECT_THAT(url.error().what, HasSubstr("has no host")) << text;
    EXPECT_THAT(url.error().line(), Not(HasSubstr("cretQ7"))) << text;
  }
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
