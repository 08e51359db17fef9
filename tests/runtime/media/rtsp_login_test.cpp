#include "runtime/media/rtsp_login.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace camfleet::media {
namespace {

using ::testing::HasSubstr;

constexpr const char* both =
    "RTSP/1.0 401 Unauthorized\r\nCSeq: 2\r\n"
    "WWW-Authenticate: Digest realm=\"http-auth@example.org\", qop=\"auth, auth-int\", algorithm=SHA-256, "
    "nonce=\"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v\", "
    "opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\"\r\n"
    "www-authenticate:Digest realm=\"http-auth@example.org\", qop=\"auth, auth-int\", algorithm=MD5, "
    "nonce=\"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v\", "
    "opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\"\r\n";

RtspLogin mufasa() {
  RtspLogin login("Mufasa", "Circle of Life");
  login.use_nonce("f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ");
  return login;
}

// The example of RFC 7616, 3.9.1.
TEST(RtspLogin, AnswersAsTheStandardDoes) {
  auto challenges = challenges_of(both);
  ASSERT_EQ(challenges.size(), 2U);
  RtspLogin login = mufasa();
  ASSERT_TRUE(login.take(challenges));
  EXPECT_THAT(login.answer("GET", "/dir/index.html"),
              HasSubstr("response=\"753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1\""));
  challenges.erase(challenges.begin());
  ASSERT_TRUE(login.take(challenges));
  const std::string answer = login.answer("GET", "/dir/index.html");
  EXPECT_THAT(answer, HasSubstr("response=\"8ca523f5e9506fed4657c9700eebdbec\""));
  EXPECT_THAT(answer, HasSubstr("algorithm=MD5"));
  EXPECT_THAT(answer, HasSubstr("qop=auth, nc=00000001"));
  EXPECT_THAT(login.answer("GET", "/dir/index.html"), HasSubstr("nc=00000002"));
}

// RFC 2617, 3.5, without what came later.
TEST(RtspLogin, AnswersOldCameras) {
  RtspLogin login("viewer", "s3cret");
  ASSERT_TRUE(login.take(challenges_of("WWW-Authenticate: Digest realm=\"cam\", nonce=\"n\"\n")));
  const std::string answer = login.answer("DESCRIBE", "rtsp://camera/1");
  EXPECT_EQ(answer,
            "Digest username=\"viewer\", realm=\"cam\", nonce=\"n\", uri=\"rtsp://camera/1\", "
            "response=\"021b2fa2c36f22d29666c7a15f053fcc\"");
  ASSERT_TRUE(login.take(challenges_of("WWW-Authenticate: Basic realm=\"cam\"\r\n")));
  EXPECT_EQ(login.answer("DESCRIBE", "rtsp://camera/1"), "Basic dmlld2VyOnMzY3JldA==");
}

TEST(RtspLogin, TakesWhatItCanAnswer) {
  const auto digest = [](const std::string& algorithm) {
    return "WWW-Authenticate: Digest realm=\"r\", nonce=\"n\", algorithm=" + algorithm + "\r\n";
  };
  const std::string basic = "WWW-Authenticate: Basic realm=\"r\"\r\n";
  struct Case {
    std::string head;
    const char* answer;  ///< what its answer begins with, or has in it; none: it cannot
    bool ffmpeg;
  };
  const Case cases[] = {
      {digest("MD5") + digest("SHA-256"), "algorithm=MD5", false},
      {digest("SHA-256") + digest("MD5"), "algorithm=SHA-256", true},
      {digest("sha-256"), "algorithm=sha-256", false},
      {digest("\"SHA-512-256\""), "algorithm=SHA-512-256", false},
      {digest("MD5-sess"), "cnonce=", true},
      {digest("SHA-1024") + digest("SHA-256"), "algorithm=SHA-256", false},
      {basic + digest("SHA-1024"), "Basic ", false},
      {basic, "Basic ", true},
      {digest("SHA-1024"), nullptr, false},
      {"WWW-Authenticate: Negotiate\r\n", nullptr, false},
      {"WWW-Authenticate: Digest realm=\"r\", nonce=\"n\", qop=\"auth-int\"\r\n", nullptr, false},
      {"WWW-Authenticate: Basic realm=\"r\", Digest realm=\"r\", nonce=\"n\"\r\n", "Digest ", true},
      {"CSeq: 1\r\n", nullptr, false},
      {"WWW-Authenticate: ,,=\"\\", nullptr, false},
  };
  for (const Case& one : cases) {
    const auto challenges = challenges_of(one.head);
    RtspLogin login("u", "p");
    EXPECT_EQ(login.take(challenges), one.answer != nullptr) << one.head;
    EXPECT_EQ(ffmpeg_answers(challenges), one.ffmpeg) << one.head;
    if (one.answer == nullptr) continue;
    EXPECT_THAT(login.answer("M", "u"), HasSubstr(one.answer)) << one.head;
  }
  EXPECT_EQ(challenges_of(digest("sha-1024")).front().name(), "SHA-1024");
  EXPECT_EQ(challenges_of(basic).front().name(), "Basic");
}

TEST(RtspLogin, KnowsWhoIsSentAway) {
  for (const char* head : {"RTSP/1.0 401 Unauthorized\r\nCSeq: 2\r\n", "RTSP/1.0 401\r\nCSeq: 2\r\n",
                           "RTSP/1.0 401 \r\n", "RTSP/1.0 401"})
    EXPECT_TRUE(is_unauthorised(head)) << head;
  for (const char* head : {"RTSP/1.0 200 OK, not 401 any more\r\n", "RTSP/1.0 4010\r\n", "RTSP/1.0\r\n 401",
                           "RTSP/1.0 404 Not Found\r\nX: 1 401 2\r\n", ""})
    EXPECT_FALSE(is_unauthorised(head)) << head;
}

TEST(RtspLogin, WritesNoFurtherHeader) {
  RtspLogin login("u\r\nX: 1", "p");
  ASSERT_TRUE(login.take(challenges_of("WWW-Authenticate: Digest realm=\"a\\\"b\", nonce=\"n\"\r\n")));
  const std::string answer = login.answer("M", "u");
  EXPECT_EQ(answer.find('\n'), std::string::npos);
  EXPECT_THAT(answer, HasSubstr("realm=\"a\\\"b\""));
}

}  // namespace
}  // namespace camfleet::media
