// Cameras that are well and unlike others: few frames, key frames far apart, logins of their own.
#include <fstream>
#include <regex>

#include <gmock/gmock.h>

#include "tests/live/live_run.hpp"

namespace camfleet::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class Cameras : public LiveRun {
 protected:
  /// A camera that plays `file` `fps` frames a second; its port.
  int camera(const std::string& file, const std::string& fps, const std::vector<std::string>& more = {}) {
    const int port = free_port();
    std::vector<std::string> command{"python3", CAMFLEET_RTSP_CAMERA, std::to_string(port), file, "--fps",
                                     fps};
    command.insert(command.end(), more.begin(), more.end());
    cameras_.push_back(std::make_unique<Background>(command, "ready"));
    EXPECT_TRUE(cameras_.back()->is_ready()) << cameras_.back()->output();
    return port;
  }
  /// A clip that says 25 frames a second, with a key frame every `apart` frames.
  std::string footage(int seconds, int apart) {
    const std::string key = std::to_string(apart);
    return clip("gop" + key + ".h264", "testsrc2=size=320x240:rate=25:duration=" + std::to_string(seconds),
                {"-c:v", "libx264", "-g", key, "-keyint_min", key, "-sc_threshold", "0", "-bf", "0",
                 "-pix_fmt", "yuv420p", "-bsf:v", "h264_metadata=aud=insert"});
  }
  /// Everything that the run has written.
  std::string records() {
    std::string all;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder_ / "out")) {
      if (!entry.is_regular_file()) continue;
      std::ifstream file(entry.path(), std::ios::binary);
      all.append(std::istreambuf_iterator<char>(file), {});
    }
    return all;
  }
  static std::string rtsp(int port, const std::string& login = "", const std::string& path = "/cam") {
    return "rtsp://" + login + "127.0.0.1:" + std::to_string(port) + path;
  }

  std::vector<std::unique_ptr<Background>> cameras_;
};

TEST_F(Cameras, OfAFewFramesASecondLoseNoSample) {
  const std::string file = footage(40, 5);
  for (const char* fps : {"5", "4", "2", "1", "0.5"})
    device(std::string("fps-") + fps, rtsp(camera(file, fps, {"--from-key"})));
  instance("sampled", {"06-18"}, "    ComputePictureValue: 3\n");
  instance("each", {"06-18"});
  instance("every", {"06-18"}, "    IsFrameExtraction: 1\n");
  const auto got = run();
  EXPECT_EQ(got.exit_code, 0) << got.err;
  auto ledger = rows();
  for (const std::string fps : {"5", "4", "2", "1", "0.5"}) {
    const auto& sampled = ledger["sampled/fps-" + fps + "/06"];
    EXPECT_EQ(outcome(sampled), "done") << sampled << got.err;
    EXPECT_EQ(sampled["algorithms"][0]["analysed"], 4) << sampled;
    const auto& every = ledger["every/fps-" + fps + "/06"];
    EXPECT_EQ(outcome(every), "done") << every;
    const double frames = every["algorithms"][0]["analysed"];
    EXPECT_NEAR(frames, 12 * std::stod(fps), 2) << every;
    EXPECT_NEAR(every["observed_s"].get<double>(), 12, 2 / std::stod(fps) * 0.6) << every;
    if (fps == "0.5") continue;
    const auto& each = ledger["each/fps-" + fps + "/06"];
    EXPECT_EQ(outcome(each), "done") << each;
    EXPECT_EQ(each["algorithms"][0]["analysed"], 12) << each;
  }
}

TEST_F(Cameras, WithKeyFramesFarApartAreConnectedEarlierTheNextTime) {
  // A key frame every 20 s, of which the first window sees none, and one between the next connection and 50.
  device("gop", rtsp(camera(footage(40, 100), "5")));
  instance("i", {"06-12", "50-56"});
  instance("every", {"06-12"}, "    IsFrameExtraction: 1\n");
  const auto got = run();
  EXPECT_EQ(got.exit_code, 0) << got.err;
  auto ledger = rows();
  const auto& first = ledger["i/gop/06"];
  EXPECT_EQ(outcome(first), "missed(stream_corrupt)") << first;
  EXPECT_EQ(first["algorithms"][0]["dropped"]["stream_corrupt"], 6) << first;
  // Connected a second or more after the camera began, it waits for what comes at 20 s: 19 s or less, and
  // what the machine is late; the window that saw no key frame is 11 s of them.
  std::smatch waited;
  ASSERT_TRUE(std::regex_search(got.err, waited, std::regex("no key frame in ([0-9]+) s"))) << got.err;
  const int seconds = std::stoi(waited[1]);
  EXPECT_GE(seconds, 11) << got.err;
  EXPECT_LE(seconds, 22) << got.err;
  EXPECT_EQ(outcome(ledger["every/gop/06"]), "missed(stream_corrupt)") << ledger["every/gop/06"];
  EXPECT_EQ(outcome(ledger["i/gop/50"]), "done") << ledger["i/gop/50"];
}

TEST_F(Cameras, AskForALoginInMoreThanOneWay) {
  const std::string file = footage(20, 25);
  const std::string viewer = "viewer:s3cret@";
  const auto asks = [&](const std::string& id, const std::vector<std::string>& login) {
    std::vector<std::string> more{"--login"};
    more.insert(more.end(), login.begin(), login.end());
    const int port = camera(file, "25", more);
    device(id, rtsp(port, viewer));
    return port;
  };
  const int md5 = asks("md5", {"MD5"});
  const int sha256 = asks("sha256", {"SHA-256"});
  const int either = asks("md5-sha256", {"MD5", "SHA-256"});
  asks("sha256-md5", {"SHA-256", "MD5"});
  asks("basic-sha256", {"Basic", "SHA-256"});
  asks("unknown-md5", {"SHA-1024", "MD5"});
  asks("md5-unknown", {"MD5", "SHA-1024"});
  asks("unknown", {"SHA-1024"});
  device("wrong-md5", rtsp(md5, "viewer:Q7wrong@"));
  device("wrong-sha256", rtsp(sha256, "viewer:Q7wrong@"));
  device("wrong-path", rtsp(either, viewer, "/nothing"));
  device("nobody", rtsp(sha256));
  device("in-path", rtsp(md5, "", "/user=viewer&password=s3cret&channel=1&stream=0.sdp?real_stream"));
  device("wrong-in-path", rtsp(md5, "", "/user=viewer&password=Q7wrong&channel=1&stream=0.sdp?real_stream"));
  instance("i", {"06-12"});
  const auto got = run();
  EXPECT_EQ(got.exit_code, 0) << got.err;
  auto ledger = rows();
  for (const std::string fine :
       {"md5", "sha256", "md5-sha256", "sha256-md5", "basic-sha256", "unknown-md5", "md5-unknown", "in-path"})
    EXPECT_EQ(outcome(ledger["i/" + fine + "/06"]), "done") << fine << ledger["i/" + fine + "/06"] << got.err;
  for (const std::string dead :
       {"unknown", "wrong-md5", "wrong-sha256", "wrong-path", "nobody", "wrong-in-path"})
    EXPECT_EQ(outcome(ledger["i/" + dead + "/06"]), "missed(camera_offline)") << dead;
  EXPECT_THAT(got.err, HasSubstr("asks for SHA-1024"));
  EXPECT_THAT(got.err, HasSubstr("/cam: refuses the user or the password (401 Unauthorized)"));
  EXPECT_THAT(got.err, HasSubstr("/nothing: has no such path"));
  EXPECT_THAT(got.err, HasSubstr("asks for a user and a password; write rtsp://user:password@host"));
  for (const char* secret : {"s3cret", "Q7wrong"}) {
    EXPECT_THAT(got.err + got.out, Not(HasSubstr(secret)));
    EXPECT_THAT(records(), Not(HasSubstr(secret)));
  }
}

}  // namespace
}  // namespace camfleet::testing
