#include <fstream>

#include <gtest/gtest.h>
#include <unistd.h>

#include "tests/runtime/media/clips.hpp"

namespace camfleet::media::test {

namespace {

std::int64_t resident_bytes() {
  std::ifstream file("/proc/self/statm");
  std::int64_t total = 0;
  std::int64_t resident = 0;
  file >> total >> resident;
  return resident * ::sysconf(_SC_PAGESIZE);
}

TEST(Memory, StaysWhenClipsAreReadAgainAndAgain) {
#if defined(__SANITIZE_ADDRESS__)
  GTEST_SKIP() << "the sanitizer keeps freed memory, and reports leaks itself";
#endif
  const TempFolder folder;
  const Recipe recipes[] = {{"a.mp4", "-c:v libx264 -preset ultrafast -bf 2 -g 25 -vf scale=640:480"},
                            {"a.ts", "-c:v libx264 -preset ultrafast -bf 2 -g 25 -vf scale=640:480"},
                            {"a.webm", "-c:v libvpx -deadline realtime -cpu-used 8 -g 25 -vf scale=640:480"}};
  std::filesystem::create_directory(folder.path("pictures"));
  ASSERT_TRUE(make_clip(folder.path("pictures/%03d.jpg"), "", 1));
  for (const Recipe& recipe : recipes) ASSERT_TRUE(make_clip(folder.path(recipe.name), recipe.arguments, 4));
  std::int64_t settled = 0;
  for (int round = 0; round < 50; ++round) {
    Frame frame;
    for (const Recipe& recipe : recipes) {
      auto source = open_file(folder.path(recipe.name), "?loop=1");
      ASSERT_TRUE(source.has_value()) << source.error().line();
      for (const int target : {0, 1, 3, 2, 7, 9, 1, 4}) {
        ASSERT_EQ(source.value()->read(seconds(target), frame), ReadStatus::frame);
      }
    }
    auto pictures = open(file_url(folder.path("pictures"), "pictures"));
    ASSERT_TRUE(pictures.has_value()) << pictures.error().line();
    EXPECT_EQ(all_frames(*pictures.value()).size(), 25U);
    if (round == 9) settled = resident_bytes();
    if (round > 9) {
      ASSERT_LT(resident_bytes(), settled + (4 << 20)) << "round " << round;
    }
  }
}

}  // namespace

}  // namespace camfleet::media::test
