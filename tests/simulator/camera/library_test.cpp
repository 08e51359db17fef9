#include "simulator/camera/library.hpp"

#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/simulator/camera/test_cameras.hpp"

namespace camfleet::camera {
namespace {

namespace fs = std::filesystem;
using test::small_camera;
using ::testing::HasSubstr;

constexpr auto go_on = [](const Library::Progress&) { return true; };

std::vector<fs::path> files_of(const fs::path& folder) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(folder)) files.push_back(entry.path());
  std::ranges::sort(files);
  return files;
}

std::string text_of(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

class LibraryTest : public ::testing::Test {
 protected:
  Library::Settings settings() {
    Library::Settings settings;
    settings.folder = folder_.path();
    settings.problem = [this](const Error& error) { problems_.push_back(error.line()); };
    return settings;
  }
  static LoopKey key(std::uint64_t seed = 0) {
    CameraSpec camera = small_camera(Coding::vp8);
    camera.seed = seed;
    return LoopKey::of(camera);
  }
  void make(const std::vector<LoopKey>& keys, Library::Settings settings) {
    Library library(std::move(settings));
    ASSERT_TRUE(library.make(keys, go_on).has_value());
  }
  void make(const std::vector<LoopKey>& keys) { make(keys, settings()); }

  test::TempFolder folder_;
  std::vector<std::string> problems_;
};

TEST_F(LibraryTest, ALoopIsMadeOnceAndKeptUnderANameThatSaysWhatItIs) {
  make({key()});
  const auto files = files_of(folder_.path());
  ASSERT_EQ(files.size(), 1U);
  EXPECT_THAT(files[0].filename().string(), ::testing::StartsWith("yard-0-vp8-320x180-5fps-gop10-500kbps."));
  const auto written = fs::last_write_time(files[0]) - std::chrono::hours(2);
  fs::last_write_time(files[0], written);
  Library library(settings());
  const auto loop = library.open(key());
  EXPECT_TRUE(loop->is_whole());
  EXPECT_GT(fs::last_write_time(files[0]), written);
  EXPECT_EQ(library.open(key()), loop);
}

TEST_F(LibraryTest, OneThatIsDamagedIsMadeAgain) {
  make({key()});
  const fs::path file = files_of(folder_.path()).at(0);
  const std::string right = text_of(file);
  std::string wrong = right;
  wrong[wrong.size() / 2] ^= 1;
  std::ofstream(file, std::ios::binary) << wrong;
  make({key()});
  ASSERT_EQ(files_of(folder_.path()).size(), 1U);
  EXPECT_TRUE(text_of(files_of(folder_.path()).at(0)) == right);
  fs::resize_file(file, right.size() / 2);
  make({key()});
  EXPECT_TRUE(text_of(files_of(folder_.path()).at(0)) == right);
}

TEST_F(LibraryTest, TheLongestUnusedGoWhenAllTakeMoreThanTheyMay) {
  make({key(0)});
  Library::Settings bounded = settings();
  bounded.max_bytes = fs::file_size(files_of(folder_.path()).at(0)) * 2;
  const auto old = files_of(folder_.path()).at(0);
  fs::last_write_time(old, fs::last_write_time(old) - std::chrono::hours(1));
  make({key(1), key(2)}, bounded);
  EXPECT_FALSE(fs::exists(old));
  EXPECT_LE(files_of(folder_.path()).size(), 2U);
  EXPECT_GE(files_of(folder_.path()).size(), 1U);
}

TEST_F(LibraryTest, WhatCannotBeKeptIsToldOnceAndPlayedAllTheSame) {
  Library::Settings nowhere = settings();
  nowhere.folder = folder_.path() / "file";
  std::ofstream(nowhere.folder) << "no folder";
  {
    Library library(nowhere);
    const auto loop = library.open(key(2));
    ASSERT_TRUE(library.make({key(0), key(1), key(2)}, go_on).has_value());
    EXPECT_TRUE(loop->is_whole());
  }
  ASSERT_EQ(problems_.size(), 1U);
  EXPECT_THAT(problems_[0], HasSubstr("cannot be kept"));
  EXPECT_THAT(problems_[0], HasSubstr("CAMFLEET_CAMERAS_DIR"));
}

TEST_F(LibraryTest, MakingTellsHowFarItIsAndCanBeStopped) {
  Library library(settings());
  std::size_t told = 0;
  ASSERT_TRUE(library
                  .make({key(0), key(1)},
                        [&](const Library::Progress& progress) {
                          EXPECT_EQ(progress.all, 2U);
                          EXPECT_GE(progress.made, told);
                          told = progress.made;
                          return true;
                        })
                  .has_value());
  EXPECT_EQ(told, 2U);
  int calls = 0;
  const auto stopped = library.make({key(2), key(3)}, [&](const Library::Progress&) { return ++calls < 2; });
  ASSERT_FALSE(stopped.has_value());
  EXPECT_EQ(stopped.error().code, Errc::ended);
  EXPECT_EQ(calls, 2);
}

TEST_F(LibraryTest, WhatAnEndedProcessLeftIsRemovedAfterAWhile) {
  const fs::path fresh = folder_.path() / "yard-0-vp8-160x90-5fps-gop10-500kbps.1.part";
  const fs::path stale = folder_.path() / "yard-1-vp8-160x90-5fps-gop10-500kbps.1.part";
  std::ofstream(fresh) << "x";
  std::ofstream(stale) << "x";
  fs::last_write_time(stale, fs::last_write_time(stale) - std::chrono::hours(2));
  make({key()});
  EXPECT_TRUE(fs::exists(fresh));
  EXPECT_FALSE(fs::exists(stale));
}

TEST_F(LibraryTest, WhatIsNotItsOwnStays) {
  const fs::path holiday = folder_.path() / "holiday.mkv";
  const fs::path download = folder_.path() / "download.part";
  for (const fs::path& file : {holiday, download}) {
    std::ofstream(file) << "x";
    fs::last_write_time(file, fs::last_write_time(file) - std::chrono::hours(5));
  }
  Library::Settings tiny = settings();
  tiny.max_bytes = 1000;
  make({key()}, tiny);
  EXPECT_TRUE(fs::exists(holiday));
  EXPECT_TRUE(fs::exists(download));
  ASSERT_EQ(problems_.size(), 1U);
  EXPECT_THAT(problems_[0], HasSubstr("larger than all of them may be"));
}

}  // namespace
}  // namespace camfleet::camera
