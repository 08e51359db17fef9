#include "tests/runtime/media/clips.hpp"

#include <cstdlib>
#include <cstring>
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>
#include <unistd.h>

#include "runtime/media/registry.hpp"

namespace camfleet::media::test {

TempFolder::TempFolder() {
  std::string pattern = (std::filesystem::temp_directory_path() / "camfleet-media-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr) std::abort();
  root_ = pattern;
}

TempFolder::~TempFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(root_, ignored);
}

bool ffmpeg(const std::string& arguments) {
  return std::system(("ffmpeg -nostdin -y -v error -threads 1 " + arguments + " 2>/dev/null").c_str()) == 0;
}

std::string read_bytes(const std::string& path) {
  const std::ifstream file(path, std::ios::binary);
  std::ostringstream bytes;
  bytes << file.rdbuf();
  return bytes.str();
}

void write_bytes(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

result<std::unique_ptr<Source>> open(const std::string& url, const OpenOptions& options) {
  SourceRegistry registry;
  register_file_schemes(registry);
  return registry.open(url, options);
}

result<std::unique_ptr<Source>> open_file(const std::string& path, const std::string& query,
                                          const OpenOptions& options) {
  return open(file_url(path) + query, options);
}

std::uint64_t fingerprint(const Frame& frame) {
  std::uint64_t sum = 1469598103934665603U;
  const auto mix = [&sum](std::uint64_t value) { sum = (sum ^ value) * 1099511628211U; };
  mix(static_cast<std::uint64_t>(frame.width));
  mix(static_cast<std::uint64_t>(frame.height));
  for (int y = 0; y < frame.height; ++y) {
    const std::uint8_t* row = frame.bgr.data() + static_cast<std::ptrdiff_t>(y) * frame.stride;
    const int bytes = 3 * frame.width;
    int x = 0;
    for (; x + 8 <= bytes; x += 8) {
      std::uint64_t eight = 0;
      std::memcpy(&eight, row + x, sizeof eight);
      mix(eight);
    }
    for (; x < bytes; ++x) mix(row[x]);
  }
  return sum;
}

std::vector<Shot> all_frames(Source& source) {
  std::vector<Shot> shots;
  Frame frame;
  ReadStatus status = source.next(frame);
  for (; status == ReadStatus::frame; status = source.next(frame)) {
    shots.push_back({frame.media_time, fingerprint(frame)});
  }
  EXPECT_EQ(status, ReadStatus::ended) << source.error().line();
  return shots;
}

bool make_clip(const std::string& path, const std::string& arguments, int seconds) {
  return ffmpeg("-f lavfi -i testsrc2=size=160x120:rate=25:duration=" + std::to_string(seconds) +
                ",format=yuv420p " + arguments + " '" + path + "'");
}

}  // namespace camfleet::media::test
