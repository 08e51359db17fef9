#include "runtime/service/picture_folder.hpp"

#include <cstdlib>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

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
    std::vector<std::string> names;
    names.reserve(4);
    for (int i = 0; i < 2; ++i) names.push_back(kept.value()->keep(jpeg).value());
    EXPECT_EQ(pictures, 0U);
    for (int i = 0; i < 2; ++i) names.push_back(kept.value()->keep(jpeg).value());
    EXPECT_EQ(pictures, 2U);
    EXPECT_EQ(bytes, 800U);
    EXPECT_EQ(kept.value()->bytes(), 800U);
    EXPECT_FALSE(kept.value()->read(names[0]).has_value());
    EXPECT_TRUE(kept.value()->read(names[2]).has_value());
    for (const char* other : {"", "../x.jpg", "a/b.jpg", "..jpg", "x.jpg", ".jpg"})
      EXPECT_FALSE(kept.value()->read(other).has_value()) << other;
  }
  const auto aged = PictureFolder::open(folder, {.bytes = 1000, .age = Duration(0)},
                                        [&](std::size_t count, std::uint64_t) { pictures += count; });
  ASSERT_TRUE(aged.has_value());
  EXPECT_EQ(aged.value()->bytes(), 0U);
  EXPECT_EQ(pictures, 2U) << "what is old does not give way for space";
  fs::remove_all(folder);
}

TEST(PictureFolder, DropsWhatNothingNames) {
  std::string name = (fs::temp_directory_path() / "pictures_XXXXXX").string();
  const fs::path folder = mkdtemp(name.data());
  const auto pictures = PictureFolder::open(folder, {});
  ASSERT_TRUE(pictures.has_value());
  const std::string first = pictures.value()->keep({1, 2, 3}).value();
  const std::string second = pictures.value()->keep({4}).value();
  pictures.value()->drop(first);
  pictures.value()->drop(first);
  pictures.value()->drop("../" + second);
  EXPECT_FALSE(fs::exists(folder / first));
  EXPECT_TRUE(pictures.value()->read(second).has_value());
  EXPECT_EQ(pictures.value()->bytes(), 1U);
  fs::remove_all(folder);
}

TEST(PictureFolder, NeverGivesANameAgain) {
  std::string name = (fs::temp_directory_path() / "pictures_XXXXXX").string();
  const fs::path folder = mkdtemp(name.data());
  std::set<std::string> names;
  for (int life = 0; life < 3; ++life) {
    auto kept = PictureFolder::open(folder, {});
    ASSERT_TRUE(kept.has_value());
    for (int i = 0; i < 5; ++i) names.insert(kept.value()->keep({1}).value());
    // As somebody does who wants the space.
    for (const auto& file : fs::directory_iterator(folder)) fs::remove(file);
  }
  EXPECT_EQ(names.size(), 15U);
  fs::remove_all(folder);
}

}  // namespace
}  // namespace camfleet::service
