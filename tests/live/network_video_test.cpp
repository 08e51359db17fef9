// Network video over HTTP, as VIRTUAL_VIDEO has it.
#include <gmock/gmock.h>

#include "tests/live/live_run.hpp"

namespace camfleet::testing {
namespace {

using ::testing::HasSubstr;
using NetworkVideo = LiveRun;

TEST_F(NetworkVideo, AUrlThatIsNoneIsRefusedBeforeAnythingRuns) {
  device("page", "ftp://127.0.0.1/clip.mp4");
  instance("i", {"06-18"});
  const auto got = run();
  EXPECT_EQ(got.exit_code, 2);
  EXPECT_THAT(
      got.err,
      HasSubstr("device page: ftp://127.0.0.1/clip.mp4 cannot be pulled; right would be file://, "
                "http(s):// to HLS, FLV, MJPEG or MP4, pictures://, rtmp://, rtsp:// or synthetic://"));
}

TEST_F(NetworkVideo, LiveSourcesRefuseAnotherSpeed) {
  device("camera", "rtsp://127.0.0.1/cam");
  instance("i", {"06-18"});
  const auto got = camfleet({"run", scenario(), "--speed", "max"});
  EXPECT_EQ(got.exit_code, 2);
  EXPECT_THAT(got.err, HasSubstr("--speed: device camera is live and films in real time; leave --speed out"));
}

TEST_F(NetworkVideo, EachHasItsOutcome) {
  const std::string picture = "testsrc2=size=320x240:rate=10:duration=40";
  const std::vector<std::string> h264{"-c:v", "libx264", "-g", "20", "-pix_fmt", "yuv420p"};
  const auto with = [&](std::vector<std::string> more) {
    more.insert(more.begin(), h264.begin(), h264.end());
    return more;
  };
  clip("list.m3u8", picture, with({"-hls_time", "4", "-hls_list_size", "0"}));
  clip("steady.flv", picture, h264);
  clip("leaping.flv", picture, with({"-bf", "0", "-bsf:v", "setts=ts=if(gte(N\\,80)\\,TS+300000\\,TS)"}));
  clip("clip.mp4", picture, with({"-movflags", "+faststart"}));
  const int port = free_port();
  const Background server({"python3", "-m", "http.server", std::to_string(port), "--bind", "127.0.0.1",
                           "--directory", folder_.string()});
  const std::string base = "http://127.0.0.1:" + std::to_string(port) + "/";
  device("list", base + "list.m3u8");
  device("steady", base + "steady.flv");
  device("leaping", base + "leaping.flv");
  device("clip", base + "clip.mp4");
  device("looped", base + "clip.mp4#loop=1&start=38");
  device("missing", base + "nothing.m3u8");
  device("missing-clip", base + "nothing.mp4");
  instance("i", {"06-18"});
  const auto got = run();
  EXPECT_EQ(got.exit_code, 0) << got.err;
  auto ledger = rows();
  for (const char* fine : {"list", "steady", "leaping", "clip", "looped"}) {
    const auto& row = ledger["i/" + std::string(fine) + "/06"];
    EXPECT_EQ(outcome(row), "done") << row << got.err;
    EXPECT_EQ(row["algorithms"][0]["due"], 12);
  }
  for (const char* dead : {"missing", "missing-clip"})
    EXPECT_EQ(outcome(ledger["i/" + std::string(dead) + "/06"]), "missed(camera_offline)") << dead;
  EXPECT_THAT(got.err, HasSubstr("404"));
}

TEST_F(NetworkVideo, ComesOverRtmp) {
  const std::string made = clip("studio.flv", "testsrc2=size=320x240:rate=10:duration=40",
                                {"-c:v", "libx264", "-g", "10", "-pix_fmt", "yuv420p"});
  const std::string url = "rtmp://127.0.0.1:" + std::to_string(free_port()) + "/live/studio";
  const Background server(
      {"ffmpeg", "-v", "error", "-re", "-i", made, "-c", "copy", "-f", "flv", "-listen", "1", url});
  device("studio", url);
  device("nobody", "rtmp://127.0.0.1:" + std::to_string(free_port()) + "/live/studio");
  instance("i", {"06-18"});
  const auto got = run();
  EXPECT_EQ(got.exit_code, 0) << got.err;
  auto ledger = rows();
  const auto& row = ledger["i/studio/06"];
  EXPECT_EQ(outcome(row), "done") << row << got.err;
  EXPECT_EQ(row["algorithms"][0]["analysed"], 12);
  EXPECT_EQ(outcome(ledger["i/nobody/06"]), "missed(camera_offline)");
}

}  // namespace
}  // namespace camfleet::testing
