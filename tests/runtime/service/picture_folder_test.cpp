#include "runtime/service/picture_folder.hpp"

#include <cstdlib>
#include <filesystem>

#include <gtest/gtest.h>

namespace camfleet::service {
namespace {

namespace fs = std::filesystem;

TEST(PictureFolder, TellsWhatGivesWayForSpace) {
  std::string name = (fs::temp_directory_path() / "pictures_XXXXXX").string();
  const fs::path folder = mkdtemp(name.data());
  std::size_t pictures = 0;
  std::uint64_t bytes = 0;
  {
    auto kept = PictureFolder::open(folder, {.bytes = 1000}, [&](std::size_t count, std::uint64_t size) {
      pictures += count;
      bytes += size;
    });
    ASSERT_TRUE(kept.has_value()) << kept.error().line();
    const std::vector<std::uint8_t> jpeg(400);
    for (int i = 0; i < 2; ++i) EXPECT_TRUE(kept.value()->keep(jpeg).has_value());
    EXPECT_EQ(pictures, 0U);
    for (int i = 0; i < 2; ++i) EXPECT_TRUE(kept.value()->keep(jpeg).has_value());
    EXPECT_EQ(pictures, 2U);
    EXPECT_EQ(bytes, 800U);
    EXPECT_EQ(kept.value()->bytes(), 800U);
    EXPECT_FALSE(kept.value()->read("1.jpg").has_value());
    EXPECT_TRUE(kept.value()->read("3.jpg").has_value());
  }
  const auto aged = PictureFolder::open(folder, {.bytes = 1000, .age = Duration(0)},
                                        [&](std::size_t count, std::uint64_t) { pictures += count; });
  ASSERT_TRUE(aged.has_value());
  EXPECT_EQ(aged.value()->bytes(), 0U);
  EXPECT_EQ(pictures, 2U) << "what is old does not give way for space";
  fs::remove_all(folder);
}

}  // namespace
}  // namespace camfleet::service
