#include "runtime/media/media_folder.hpp"

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runtime/media/natural_order.hpp"
#include "tests/actors/property.hpp"
#include "tests/runtime/media/clips.hpp"

namespace camfleet::media::test {

namespace {

using camfleet::testing::check_property;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(NaturalOrder, CountsAsPeopleDo) {
  const std::vector<std::string> right = {
      "",       "1.jpg", "2.jpg", "10.jpg", "010.png",  "a",         "a1b2",      "a1b10",
      "a01b11", "a2",    "b-9",   "b-10",   "cam_9999", "cam_10000", "cam_99999", "cam_18446744073709551617",
      "z"};
  auto sorted = right;
  std::mt19937 random(1);
  std::shuffle(sorted.begin(), sorted.end(), random);
  std::ranges::sort(sorted, natural_less);
  EXPECT_EQ(sorted, right);
}

TEST(NaturalOrder, IsAnOrderOfAllNames) {
  check_property([](std::vector<std::string> names) {
    const auto name = rc::gen::container<std::string>(rc::gen::elementOf(std::string("019aZ.\xC3")));
    names = *rc::gen::container<std::vector<std::string>>(3, name);
    const auto& a = names[0];
    const auto& b = names[1];
    const auto& c = names[2];
    RC_ASSERT(!natural_less(a, a));
    RC_ASSERT((a == b) == (!natural_less(a, b) && !natural_less(b, a)));
    RC_ASSERT(!(natural_less(a, b) && natural_less(b, a)));
    if (natural_less(a, b) && natural_less(b, c)) RC_ASSERT(natural_less(a, c));
  });
}

TEST(NaturalOrder, NumbersGoByTheirValue) {
  check_property([](std::uint32_t a, std::uint32_t b) {
    const std::string one = "img" + std::to_string(a) + ".jpg";
    const std::string other = "img" + std::to_string(b) + ".jpg";
    RC_ASSERT(natural_less(one, other) == (a < b));
  });
}

class Folder : public ::testing::Test {
 protected:
  void add(const std::string& name) const { write_bytes(folder_.path(name), "x"); }
  [[nodiscard]] MediaFolder list() const { return MediaFolder::list(folder_.path(""), "here", 1000).value(); }

  TempFolder folder_;
};

TEST_F(Folder, IsToldByTheEndingsOfItsFiles) {
  for (const char* name : {"10.MP4", "9.mkv", "b.dav", "1.jfif", "2.JPE", "10.jpg", "a.txt", "b.TXT",
                           "Thumbs.db", ".mp4", "no ending", "x.\xFF"})
    add(name);
  std::filesystem::create_directory(folder_.path("folder.mp4"));
  ASSERT_EQ(::symlink("nowhere", folder_.path("c.mp4").c_str()), 0);
  const MediaFolder folder = list();
  EXPECT_THAT(folder.clips(), ElementsAre("9.mkv", "10.MP4", "b.dav", "c.mp4"));
  EXPECT_THAT(folder.pictures(), ElementsAre("1.jfif", "2.JPE", "10.jpg"));
  EXPECT_EQ(folder.passed_over(MediaFolder::Kind::pictures),
            "10 files and 1 folder are passed over (2 .mp4, 2 .txt, 1 .dav, 1 .db, 1 .mkv, 3 of other names)")
      << "an ending counts in small and in large letters";
  EXPECT_EQ(
      folder.passed_over(MediaFolder::Kind::clips),
      "9 files and 1 folder are passed over (2 .txt, 1 .db, 1 .jfif, 1 .jpe, 1 .jpg, 3 of other names)");
}

TEST_F(Folder, SaysNothingWhereNothingIsPassedOver) {
  add("a.jpg");
  EXPECT_EQ(list().passed_over(MediaFolder::Kind::pictures), "");
  EXPECT_EQ(list().passed_over(MediaFolder::Kind::clips), "1 file is passed over (1 .jpg)");
}

TEST_F(Folder, CountsNoMoreEndingsThanItsBound) {
  for (int i = 0; i < 300; ++i) add("x.e" + std::to_string(i));
  EXPECT_THAT(list().passed_over(MediaFolder::Kind::clips), HasSubstr("300 files are passed over ("));
}

/// The rest of a scope as a user without rights, where the test runs as root.
class WithoutRights {
 public:
  WithoutRights() : is_root_(::geteuid() == 0) {
    if (is_root_ && ::seteuid(65534) != 0) std::abort();
  }
  ~WithoutRights() {
    if (is_root_ && ::seteuid(0) != 0) std::abort();
  }
  WithoutRights(const WithoutRights&) = delete;
  WithoutRights& operator=(const WithoutRights&) = delete;

 private:
  bool is_root_;
};

TEST_F(Folder, WhatMayNotBeReadSaysSo) {
  constexpr const char* words = "may not be read by the user that camfleet runs as (Permission denied)";
  ASSERT_TRUE(make_clip(folder_.path("clip.mp4"), "-c:v mpeg4", 1));
  std::filesystem::create_directory(folder_.path("set"));
  ASSERT_TRUE(ffmpeg("-f lavfi -i color=red:size=32x24 -frames:v 1 '" + folder_.path("set/a.jpg") + "'"));
  ASSERT_EQ(::chmod(folder_.path("").c_str(), 0755), 0);
  ASSERT_EQ(::chmod(folder_.path("clip.mp4").c_str(), 0), 0);
  ASSERT_EQ(::chmod(folder_.path("set/a.jpg").c_str(), 0), 0);
  const WithoutRights nobody;
  const auto clip = open_file(folder_.path("clip.mp4"));
  ASSERT_FALSE(clip.has_value());
  EXPECT_EQ(clip.error().code, Errc::forbidden);
  EXPECT_THAT(clip.error().line(), HasSubstr(words));
  auto set = open(file_url(folder_.path("set"), "pictures"));
  ASSERT_TRUE(set.has_value()) << set.error().line();
  Frame frame;
  ASSERT_EQ(set.value()->read(Duration{0}, frame), ReadStatus::lost);
  EXPECT_EQ(set.value()->error().code, Errc::forbidden);
  EXPECT_THAT(set.value()->error().line(), HasSubstr(std::string("a.jpg: ") + words));
}

TEST_F(Folder, OneThatMayNotBeListedSaysSo) {
  std::filesystem::create_directory(folder_.path("set"));
  ASSERT_EQ(::chmod(folder_.path("").c_str(), 0755), 0);
  ASSERT_EQ(::chmod(folder_.path("set").c_str(), 0), 0);
  const WithoutRights nobody;
  for (const std::string& url :
       {file_url(folder_.path("set"), "pictures"), file_url(folder_.path("set/a.mp4"))}) {
    const auto source = open(url);
    ASSERT_FALSE(source.has_value());
    EXPECT_EQ(source.error().code, Errc::forbidden) << source.error().line();
  }
}

}  // namespace

}  // namespace camfleet::media::test
