#include "runtime/media/secrets.hpp"

#include <array>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "runtime/media/registry.hpp"
#include "runtime/media/source_url.hpp"
#include "tests/actors/property.hpp"

namespace camfleet::media {
namespace {

using camfleet::testing::check_property;
using ::testing::HasSubstr;

TEST(Secrets, AreHiddenWhereverCamerasWantThem) {
  const std::pair<const char*, const char*> cases[] = {
      {"rtsp://user:pw@host:554/a", "rtsp://user:***@host:554/a"},
      {"rtsp://user:p@w@host/a", "rtsp://user:***@host/a"},
      {"rtsp://user:p/w@host/a", "rtsp://user:***@host/a"},
      {"rtsp://user:p?w@host/a", "rtsp://user:***@host/a"},
      {"rtsp://user:p#w@host/a", "rtsp://user:***@host/a"},
      {"rtsp://user:@host/a", "rtsp://user:***@host/a"},
      {"rtsp://user@host:554/a", "rtsp://user@host:554/a"},
      {"rtsp://host/a?user=u&Password=pw&x=1", "rtsp://host/a?user=***&Password=***&x=1"},
      {"rtsp://127.0.0.1:7709/user=admin&password=tlJwpbo6&channel=1&stream=0.sdp?real_stream",
       "rtsp://127.0.0.1:7709/user=***&password=***&channel=1&stream=0.sdp?real_stream"},
      {"rtsp://h/user=a_password=b_c_channel=1_stream=0.sdp",
       "rtsp://h/user=***_password=***_channel=1_stream=0.sdp"},
      {"rtsp://h/user=a_password=b_", "rtsp://h/user=***_password=***"},
      {"rtsp://h/password=b/user=a/2", "rtsp://h/password=***/user=***"},
      {"http://h/x.m3u8?X-Amz-Signature=ab/c%3D%3D&Policy=1", "http://h/x.m3u8?X-Amz-Signature=***&Policy=1"},
      {"http://h/x.flv?access_key=a&AUTHZ=b&tokenid=c&t=2",
       "http://h/x.flv?access_key=***&AUTHZ=***&tokenid=***&t=2"},
      {"http://h/x.flv?p%61ss%77ord=a%26b&t=2", "http://h/x.flv?p%61ss%77ord=***&t=2"},
      {"http://h/x.flv?a=1#secret=x", "http://h/x.flv?a=1#secret=***"},
      {"http://h/x.flv?token=x#transport=udp", "http://h/x.flv?token=***#transport=udp"},
      {"http://proxy/get?u=rtsp%3A%2F%2Fa%3Ab%40c%2Fd", "http://proxy/get?u=rtsp%3A***%40c%2Fd"},
      {"http://proxy/rtsp://a:b@c/d", "http://proxy/rtsp:***@c/d"},
      {"rtsp:///u:pw@h/x", "rtsp:///u:***@h/x"},
      {"RTSP://///u:pw@h/x", "RTSP://///u:***@h/x"},
      {"rtsp:%2F%2F%2Fu:pw@h/x", "rtsp:%2F%2F%2Fu:***@h/x"},
      {"user:pw@host", "user:***@host"},
      {"file:///a:b@c.mp4", "file:///a:b@c.mp4"},
      {"Pictures:///a:b@c", "Pictures:///a:b@c"},
      {"file:///a.mp4?start=5&loop=1", "file:///a.mp4?start=5&loop=1"},
      {"synthetic://street?size=1280x720&fps=25&seed=7", "synthetic://street?size=1280x720&fps=25&seed=7"},
      {"rtsp://h/x%", "rtsp://h/x%"},
      {"", ""},
  };
  for (const auto& [text, shown] : cases) {
    EXPECT_EQ(redacted(text), shown);
    EXPECT_EQ(redacted(shown), shown) << "what is hidden stays as it is";
  }
}

TEST(Secrets, AreHiddenInMessagesAndTheWordsStay) {
  EXPECT_EQ(redacted_message("Failed to open 'http://a:b@h/x?token=t' again, see a@b"),
            "Failed to open 'http://a:***@h/x?token=***' again, see a@b");
  EXPECT_EQ(redacted_message("method DESCRIBE failed: 401 Unauthorized"),
            "method DESCRIBE failed: 401 Unauthorized");
  EXPECT_EQ(redacted_message("host:554 and a@b"), "host:554 and a@b");
}

/// A secret and how it may be written, so that it can be told from everything else.
rc::Gen<std::string> secrets() {
  return rc::gen::map(rc::gen::container<std::string>(8, rc::gen::elementOf(std::string("QZWX0123456789"))),
                      [](const std::string& text) { return "Q7" + text; });
}

std::string encoded(std::string_view text, bool all) {
  std::string out;
  for (const char c : text) {
    const bool plain = std::isalnum(static_cast<unsigned char>(c)) != 0 && !all;
    char hex[4];
    std::snprintf(hex, sizeof hex, "%%%02X", static_cast<unsigned char>(c));
    out += plain ? std::string(1, c) : hex;
  }
  return out;
}

std::string in_some_case(const std::string& text, std::uint32_t bits) {
  std::string out = text;
  for (std::size_t i = 0; i < out.size(); ++i) {
    if (((bits >> (i % 32)) & 1U) != 0)
      out[i] = static_cast<char>(std::toupper(static_cast<unsigned char>(out[i])));
  }
  return out;
}

const std::vector<std::string> keys = {"password", "pass",         "passwd",    "pwd",   "userpwd",
                                       "token",    "access_token", "auth",      "authz", "key",
                                       "api-key",  "secret",       "signature", "X-Sig"};

/// A URL in which `secret` stands where cameras and services have theirs.
std::string url_with(const std::string& secret) {
  const std::string key = in_some_case(*rc::gen::elementOf(keys), *rc::gen::arbitrary<std::uint32_t>());
  const std::string name = *rc::gen::element(key, encoded(key, true));
  const std::string value = *rc::gen::element(secret, encoded(secret, true), encoded(secret, false));
  const std::string host = *rc::gen::element<std::string>("10.0.0.1", "cam.lan:554", "[::1]:8554", "a:b@cam");
  const std::string scheme = *rc::gen::element<std::string>("rtsp", "RTSP", "rtsps", "http", "https", "rtmp");
  const std::string more =
      *rc::gen::element<std::string>("", "&channel=1", "&stream=0.sdp?real_stream", "#transport=udp");
  switch (*rc::gen::inRange(0, 7)) {
    case 0:
      return scheme + "://admin:" + value + "@10.0.0.1/path?x=1";
    case 1:
      return scheme + "://" + host + "/live.flv?a=b&" + name + "=" + value + more;
    case 2:
      return scheme + "://" + host + "/user=admin&" + name + "=" + value + more;
    case 3:
      return scheme + "://" + host + "/user=admin_" + name + "=" + value + "_channel=1_stream=0.sdp";
    case 4:
      return scheme + "://" + host + "/x.m3u8#" + name + "=" + value;
    case 5:
      return scheme + "://" + host + "/x?" + name + "=" +
             *rc::gen::element<std::string>("a/", "a+", "a_", "%2F") + value +
             *rc::gen::element<std::string>("", "=", "==", "%3D%3D") + more;
    default:
      return scheme + "://" + host + "/" + in_some_case(name, 0) + "=" + value + "/tail";
  }
}

TEST(Secrets, AreFoundNowhereInWhatIsShown) {
  check_property([] {
    const std::string secret = *secrets();
    std::string url = url_with(secret);
    const int nested = *rc::gen::inRange(0, 3);
    if (nested == 1) url = "http://proxy/get?url=" + encoded(url, false);
    if (nested == 2) url = "http://proxy/fetch/" + url;
    const auto holds = [&](const std::string& shown) {
      return shown.find(secret) != std::string::npos ||
             shown.find(encoded(secret, true)) != std::string::npos;
    };
    std::vector<std::string> told{redacted(url), redacted_message("Error when loading '" + url + "' (404)")};
    const auto parsed = parse_source_url(url);
    told.push_back(parsed.has_value() ? parsed.value().text : parsed.error().line());
    if (parsed.has_value()) {
      static const SourceRegistry nothing;
      const auto pulled = nothing.traits_of(parsed.value());
      if (!pulled.has_value()) told.push_back(pulled.error().line());
      const auto allowed = check_query(parsed.value(), {"transport"});
      if (!allowed.has_value()) told.push_back(allowed.error().line());
    }
    for (const std::string& text : told) {
      if (holds(text)) RC_FAIL(secret + " stands in " + text);
    }
    RC_ASSERT(redacted(redacted(url)) == redacted(url));
  });
}

TEST(Secrets, AnythingIsReadWithoutHarm) {
  check_property([](const std::string& text) {
    RC_ASSERT(redacted(redacted(text)) == redacted(text));
    std::ignore = redacted_message(text);
  });
}

}  // namespace
}  // namespace camfleet::media
