#include <gtest/gtest.h>

#include "runtime/media/ffmpeg.hpp"

namespace camfleet::media {
namespace {

TEST(FfmpegLog, TheInnermostOneKeepsTheFirstError) {
  const FfmpegLog outer;
  {
    const FfmpegLog inner;
    av_log(nullptr, AV_LOG_ERROR, "first\n");
    av_log(nullptr, AV_LOG_ERROR, "second\n");
    EXPECT_EQ(inner.reason(0), "first");
  }
  EXPECT_NE(outer.reason(AVERROR(ENOENT)), "first");
  av_log(nullptr, AV_LOG_ERROR, "third\n");
  EXPECT_EQ(outer.reason(0), "third") << "once the inner one is gone, the outer one goes on";
}

TEST(FfmpegLog, HidesSecretsAlsoWhereTheMessageIsCut) {
  const FfmpegLog log;
  const std::string path(180, 'x');
  av_log(nullptr, AV_LOG_ERROR, "cannot open http://h/%s?password=Q7secret: gone", path.c_str());
  EXPECT_EQ(log.reason(0).find("Q7"), std::string::npos) << log.reason(0);
  const FfmpegLog inner;
  av_log(nullptr, AV_LOG_ERROR, "cannot open rtsp://user:Q7%s@h/x", std::string(300, 's').c_str());
  EXPECT_EQ(inner.reason(0), "cannot open rtsp://user:***@h/x");
}

TEST(FfmpegLog, KnowsWhatAnAnswerOverRtspClaims) {
  EXPECT_EQ(FfmpegLog::claimed_body(), 0) << "without a log";
  const FfmpegLog log;
  const auto say = [](const char* line) { av_log(nullptr, AV_LOG_TRACE, "line='%s'\n", line); };
  say("RTSP/1.0 200 OK");
  EXPECT_EQ(FfmpegLog::claimed_body(), 0);
  say("content-length:  5000000000");
  say("Content-Length: 7");
  EXPECT_EQ(FfmpegLog::claimed_body(), 5'000'000'000) << "of several the largest counts";
  say("Content-Length: -3770679296");
  say("Content-Length: 7");
  EXPECT_LT(FfmpegLog::claimed_body(), 0) << "524,288,000 in 32 bits";
  EXPECT_EQ(log.reason(AVERROR(ENOENT)), "No such file or directory") << "none of it is an error";
}

TEST(FfmpegLog, WithoutAnErrorTheNumberIsTold) {
  const FfmpegLog log;
  av_log(nullptr, AV_LOG_WARNING, "not an error\n");
  EXPECT_EQ(log.reason(AVERROR(ENOENT)), "No such file or directory");
}

}  // namespace
}  // namespace camfleet::media
