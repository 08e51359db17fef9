#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "runtime/media/source.hpp"

namespace camfleet::media::test {

/// A folder that goes away with the object.
class TempFolder {
 public:
  TempFolder();
  ~TempFolder();
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;
  [[nodiscard]] std::string path(const std::string& name) const { return (root_ / name).string(); }

 private:
  std::filesystem::path root_;
};

/// Runs the `ffmpeg` tool with these arguments; false when it fails, as without one of its encoders.
bool ffmpeg(const std::string& arguments);

std::string read_bytes(const std::string& path);
void write_bytes(const std::string& path, const std::string& bytes);

/// Opens through a registry that has the file schemes.
result<std::unique_ptr<Source>> open(const std::string& url, const OpenOptions& options = {});

/// The same, of a file's path; `query` with its question mark.
result<std::unique_ptr<Source>> open_file(const std::string& path, const std::string& query = "",
                                          const OpenOptions& options = {});

/// A number over the picture's size and pixels.
std::uint64_t fingerprint(const Frame& frame);

struct Shot {
  Duration time;
  std::uint64_t pixels;
  friend bool operator==(const Shot&, const Shot&) = default;
};

/// Every frame by next(), up to the end; a failure to end cleanly is a test failure.
std::vector<Shot> all_frames(Source& source);

/// One recipe of a clip.
struct Recipe {
  const char* name;               ///< with the ending that says the container
  const char* arguments;          ///< of the tool, after its input
  double frames_per_second = 25;  ///< 0 = not constant
};

/// 160x120 pixels and `seconds` of a test pattern at 25 frames per second, encoded by `arguments`.
bool make_clip(const std::string& path, const std::string& arguments, int seconds = 12);

}  // namespace camfleet::media::test
