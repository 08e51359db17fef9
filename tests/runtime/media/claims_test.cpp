// Files that claim more than they hold.
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runtime/media/registry.hpp"

namespace camfleet::media {
namespace {

namespace fs = std::filesystem;
using std::string;

string number(std::uint32_t value) {
  string bytes;
  for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(value >> shift);
  return bytes;
}

string box(const string& type, const string& content) {
  return number(static_cast<std::uint32_t>(8 + content.size())) + type + content;
}

/// With version and flags (ISO/IEC 14496-12, section 4.2).
string full_box(const string& type, const string& content) {
  return box(type, number(0) + content);
}

/// An MP4 of a few hundred bytes with one video track of so many samples of one byte each.
string claiming(std::uint32_t samples) {
  const string avc1 =
      box("avc1", string(6, '\0') + string("\0\1", 2) + string(16, '\0') + number(640U << 16U | 360U) +
                      string(46, '\0') + string("\0\x18\xff\xff", 4));
  const string table =
      full_box("stsd", number(1) + avc1) + full_box("stts", number(1) + number(samples) + number(1)) +
      full_box("stsc", number(1) + number(1) + number(samples) + number(1)) +
      full_box("stsz", number(1) + number(samples)) + full_box("stco", number(1) + number(600));
  const string media = full_box("mdhd", number(0) + number(0) + number(25) + number(samples) + number(0)) +
                       full_box("hdlr", number(0) + "vide" + string(13, '\0')) +
                       box("minf", full_box("vmhd", string(8, '\0')) + box("stbl", table));
  const string track = full_box("tkhd", string(80, '\0')) + box("mdia", media);
  const string movie =
      full_box("mvhd", number(0) + number(0) + number(25) + number(samples) + string(80, '\0')) +
      box("trak", track);
  return box("ftyp", "isom" + number(512) + "isom") + box("moov", movie) + box("mdat", string(200, '\0'));
}

/// Opens it in a process of its own; how much memory that took at most, in MiB, and -1 where it did not end
/// well.
std::int64_t memory_of(const string& path) {
  int pipe_ends[2];
  if (pipe(pipe_ends) != 0) return -1;
  const pid_t child = fork();
  if (child == 0) {
    SourceRegistry registry;
    register_file_schemes(registry);
    const auto source = registry.open("file://" + path, {});
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    const std::int64_t mib = source.has_value() ? -1 : usage.ru_maxrss / 1024;
    const bool wrote = write(pipe_ends[1], &mib, sizeof mib) == sizeof mib;
    _exit(wrote ? 0 : 1);
  }
  int status = 0;
  waitpid(child, &status, 0);
  std::int64_t mib = -1;
  const bool is_well = status == 0 && read(pipe_ends[0], &mib, sizeof mib) == sizeof mib;
  close(pipe_ends[0]);
  close(pipe_ends[1]);
  return is_well ? mib : -1;
}

TEST(Claims, AFewHundredBytesTakeNoGigabytes) {
  string name = (fs::temp_directory_path() / "claims_XXXXXX").string();
  const fs::path folder = mkdtemp(name.data());
  const string path = (folder / "a.mp4").string();
  constexpr std::int64_t most = 700;
  for (const std::uint32_t samples : {1'000U, 8'000'000U, 80'000'000U, 2'000'000'000U, UINT32_MAX}) {
    std::ofstream(path, std::ios::binary) << claiming(samples);
    ASSERT_LT(fs::file_size(path), 1000U);
    const std::int64_t took = memory_of(path);
    EXPECT_GE(took, 0) << samples;
    EXPECT_LE(took, most) << samples;
  }
  fs::remove_all(folder);
}

}  // namespace
}  // namespace camfleet::media
