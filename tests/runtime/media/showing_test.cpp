#include "runtime/media/showing.hpp"

#include <array>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/runtime/media/clips.hpp"
#include "tests/runtime/media/picture_bytes.hpp"

// Pictures as a player shows them: turned and mirrored as their container or EXIF says, with square pixels.

namespace camfleet::media::test {

namespace {

/// Of each EXIF orientation: what ffmpeg does to an upright picture to store it so, and the upper four
/// numbers of the display matrix that shows it.
struct Orientation {
  const char* stored_by;
  std::array<std::int32_t, 4> matrix;
};
constexpr std::array<Orientation, 9> orientations = {{{"null", {1, 0, 0, 1}},
                                                      {"null", {1, 0, 0, 1}},
                                                      {"hflip", {-1, 0, 0, 1}},
                                                      {"hflip,vflip", {-1, 0, 0, -1}},
                                                      {"vflip", {1, 0, 0, -1}},
                                                      {"transpose=cclock_flip", {0, 1, 1, 0}},
                                                      {"transpose=cclock", {0, 1, -1, 0}},
                                                      {"transpose=clock_flip", {0, -1, -1, 0}},
                                                      {"transpose=clock", {0, -1, 1, 0}}}};

/// 64x48: red above and left, green right of it, blue below red, white below green.
constexpr const char* quarters =
    "-f lavfi -i color=red:size=32x24:rate=5:duration=1 -f lavfi -i "
    "color=0x00FF00:size=32x24:rate=5:duration=1 "
    "-f lavfi -i color=blue:size=32x24:rate=5:duration=1 -f lavfi -i "
    "color=white:size=32x24:rate=5:duration=1 "
    "-filter_complex \"[0][1]hstack[a];[2][3]hstack[b];[a][b]vstack,";

/// One run of ffmpeg for all of `outputs`, each the arguments of one and its path.
bool make(const std::string& filters, const std::vector<std::string>& outputs) {
  std::string graph = quarters + filters + ",split=" + std::to_string(outputs.size());
  std::string files;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    const std::string pad = "[v" + std::to_string(i) + "]";
    graph += pad;
    files += " -map '" + pad + "' " + outputs[i];
  }
  return ffmpeg(graph + "\"" + files);
}

/// The colours of the four quarters, as letters: above left and right, below left and right.
std::string colours_of(const Frame& frame) {
  std::string letters;
  for (const auto& [x, y] : {std::pair{1, 1}, {3, 1}, {1, 3}, {3, 3}}) {
    const std::uint8_t* pixel = frame.pixels() +
                                static_cast<std::ptrdiff_t>(frame.height * y / 4) * frame.stride +
                                static_cast<std::ptrdiff_t>(frame.width * x / 4) * 3;
    const bool blue = pixel[0] > 128;
    const bool green = pixel[1] > 128;
    const bool red = pixel[2] > 128;
    letters += blue && green && red ? 'w' : red ? 'r' : green ? 'g' : blue ? 'b' : '?';
  }
  return letters;
}

void expect_shown(const std::string& url, int width, int height, const std::string& colours = "rgbw") {
  auto source = open(url);
  ASSERT_TRUE(source.has_value()) << source.error().line();
  EXPECT_EQ(source.value()->info().width, width) << url;
  EXPECT_EQ(source.value()->info().height, height) << url;
  Frame frame;
  ASSERT_EQ(source.value()->read(Duration{0}, frame), ReadStatus::frame) << source.value()->error().line();
  EXPECT_EQ(frame.width, width) << url;
  EXPECT_EQ(frame.height, height) << url;
  EXPECT_EQ(colours_of(frame), colours) << url;
}

/// Puts a display matrix into the track header of an mp4.
void set_matrix(const std::string& path, const std::array<std::int32_t, 4>& matrix) {
  std::string bytes = read_bytes(path);
  const std::size_t box = bytes.find("tkhd");
  ASSERT_NE(box, std::string::npos);
  const std::size_t at = box + 4 + 40;
  for (const auto& [place, value] : {std::pair{0, matrix[0]}, {1, matrix[1]}, {3, matrix[2]}, {4, matrix[3]}})
    bytes.replace(at + 4 * static_cast<std::size_t>(place), 4,
                  big_endian(static_cast<std::uint32_t>(value * 65536), 4));
  write_bytes(path, bytes);
}

class Showing : public testing::Test {
 protected:
  [[nodiscard]] std::string path(const std::string& name) const { return folder_.path(name); }
  /// One picture in a folder of its own.
  [[nodiscard]] std::string picture(const std::string& name) const {
    std::filesystem::create_directory(path(name));
    return path(name) + "/" + name;
  }
  [[nodiscard]] std::string folder_url(const std::string& name) const {
    return file_url(path(name), "pictures");
  }

  /// The plain pictures with this orientation in their EXIF look upright, in each format.
  void expect_shown_with_exif(int orientation, bool has_webp) {
    const std::string number = std::to_string(orientation);
    for (const bool big : {false, true}) {
      const std::string name = number + (big ? "b" : "l");
      write_bytes(picture(name + ".jpg"),
                  jpeg_with_exif(read_bytes(path("plain.jpg")), exif(orientation, big)));
      write_bytes(picture(name + ".png"),
                  png_with_exif(read_bytes(path("plain.png")), exif(orientation, big)));
      expect_shown(folder_url(name + ".jpg"), 64, 48);
      expect_shown(folder_url(name + ".png"), 64, 48);
    }
    write_bytes(picture(number + ".tif"), tiff_with_orientation(read_bytes(path("plain.tif")), orientation));
    expect_shown(folder_url(number + ".tif"), 64, 48);
    if (!has_webp) return;
    write_bytes(picture(number + ".webp"),
                webp_with_exif(read_bytes(path("plain.webp")), exif(orientation, false)));
    expect_shown(folder_url(number + ".webp"), 64, 48);
  }

  /// Each frame of a clip is turned, not the first alone.
  static void expect_each_shown(const std::string& clip) {
    auto source = open_file(clip).value();
    Frame frame;
    int frames = 0;
    for (; source->next(frame) == ReadStatus::frame; ++frames) EXPECT_EQ(colours_of(frame), "rgbw") << frames;
    EXPECT_EQ(frames, 5) << clip;
  }

  TempFolder folder_;
};

TEST_F(Showing, PicturesFollowTheirExifOrientation) {
  const bool has_webp = make("null", {"-frames:v 1 -c:v libwebp " + path("plain.webp")});
  for (int orientation = 1; orientation <= 8; ++orientation) {
    std::vector<std::string> outputs{"-frames:v 1 -pix_fmt yuvj444p " + path("plain.jpg"),
                                     "-frames:v 1 " + path("plain.png"), "-frames:v 1 " + path("plain.tif")};
    if (has_webp) outputs.push_back("-frames:v 1 -c:v libwebp " + path("plain.webp"));
    ASSERT_TRUE(make(orientations.at(static_cast<std::size_t>(orientation)).stored_by, outputs));
    expect_shown_with_exif(orientation, has_webp);
    if (orientation > 1) continue;
    expect_shown_with_exif(0, has_webp);
    expect_shown_with_exif(9, has_webp);
  }
}

TEST_F(Showing, DamagedExifTurnsNothing) {
  ASSERT_TRUE(make("null", {"-frames:v 1 " + path("plain.png")}));
  const std::string whole = exif(6, true);
  for (std::size_t length = 0; length + 8 < whole.size(); ++length) {
    const std::string name = std::to_string(length);
    write_bytes(picture(name + ".png"),
                png_with_exif(read_bytes(path("plain.png")), whole.substr(0, length)));
    expect_shown(folder_url(name + ".png"), 64, 48);
  }
  std::string far = whole;
  far.replace(4, 4, big_endian(0xFFFFFFF0U, 4));
  write_bytes(picture("far.png"), png_with_exif(read_bytes(path("plain.png")), far));
  expect_shown(folder_url("far.png"), 64, 48);
}

TEST_F(Showing, ClipsFollowTheDisplayMatrixOfTheirContainer) {
  for (std::size_t i = 1; i <= 8; ++i) {
    const std::string clip = path(std::to_string(i) + ".mp4");
    ASSERT_TRUE(make(orientations.at(i).stored_by, {"-c:v mpeg4 -q:v 2 " + clip}));
    set_matrix(clip, orientations.at(i).matrix);
    expect_shown(file_url(clip), 64, 48);
    expect_each_shown(clip);
  }
}

TEST_F(Showing, WhatAPictureSaysHoldsForItsSequenceAndCountsBeforeTheContainer) {
  if (!make("hflip", {"-c:v libx264 -crf 10 -bf 0 " + path("flat.mp4")}))
    GTEST_SKIP() << "this ffmpeg has no libx264";
  // Said with the key frame alone.
  ASSERT_TRUE(ffmpeg("-i '" + path("flat.mp4") +
                     "' -c copy -bsf:v h264_metadata=display_orientation=insert:flip=horizontal '" +
                     path("mirrored.mp4") + "'"));
  expect_each_shown(path("mirrored.mp4"));
  set_matrix(path("mirrored.mp4"), {-1, 0, 0, -1});
  expect_each_shown(path("mirrored.mp4"));
}

TEST_F(Showing, PixelsBecomeSquare) {
  struct Case {
    const char* ratio;
    int width;
  };
  for (const auto& [ratio, width] :
       {Case{"2/1", 128}, {"4/3", 85}, {"1/2", 32}, {"8/1", 512}, {"1/8", 8}, {"1/1", 64}}) {
    const std::string filters = std::string("setsar=") + ratio;
    // mpeg4 says it in the stream, mkv and mp4 in the container too.
    ASSERT_TRUE(make(filters, {"-c:v mpeg4 -q:v 2 " + path("a.avi"), "-c:v mpeg4 -q:v 2 " + path("a.mkv"),
                               "-c:v mpeg4 -q:v 2 " + path("a.mp4"), "-frames:v 1 " + picture("p.jpg")}));
    for (const char* name : {"a.avi", "a.mkv", "a.mp4"}) expect_shown(file_url(path(name)), width, 48);
    expect_shown(folder_url("p.jpg"), width, 48);
  }
}

TEST_F(Showing, PixelsAreSquaredBeforeThePictureIsTurned) {
  ASSERT_TRUE(make("transpose=cclock,setsar=2/1", {"-c:v mpeg4 -q:v 2 " + path("a.mp4")}));
  set_matrix(path("a.mp4"), orientations[6].matrix);
  expect_shown(file_url(path("a.mp4")), 64, 96);
}

TEST_F(Showing, ThePictureAsShownHasABound) {
  ASSERT_TRUE(make("setsar=8/1", {"-c:v mpeg4 -q:v 2 " + path("a.mp4"), "-frames:v 1 " + picture("p.png")}));
  OpenOptions options;
  options.limits.max_pixels = 64 * 48 * 8 - 1;
  const auto refused = open_file(path("a.mp4"), "", options);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, Errc::too_large) << refused.error().line();
  EXPECT_THAT(refused.error().line(),
              testing::HasSubstr("pictures of 64x48, shown as 512x48; at most 24575 pixels"));
  auto pictures = open(folder_url("p.png"), options).value();
  Frame frame;
  ASSERT_EQ(pictures->read(Duration{0}, frame), ReadStatus::lost);
  EXPECT_EQ(pictures->error().code, Errc::too_large);
  EXPECT_THAT(pictures->error().line(), testing::HasSubstr("is shown as 512x48; at most 24575 pixels"));
  options.limits.max_pixels += 1;
  EXPECT_TRUE(open_file(path("a.mp4"), "", options).has_value());
}

TEST(Squared, AShapeThatNoPixelHasIsNotBelieved) {
  EXPECT_EQ(squared(64, 48, {0, 1}), (Size{64, 48}));
  EXPECT_EQ(squared(64, 48, {1, 0}), (Size{64, 48}));
  EXPECT_EQ(squared(64, 48, {-2, 1}), (Size{64, 48}));
  EXPECT_EQ(squared(64, 48, {81, 10}), (Size{64, 48}));
  EXPECT_EQ(squared(64, 48, {10, 81}), (Size{64, 48}));
  EXPECT_EQ(squared(64, 48, {INT32_MAX, 1}), (Size{64, 48}));
  EXPECT_EQ(squared(64, 48, {1, INT32_MAX}), (Size{64, 48}));
  EXPECT_EQ(squared(64, 48, {INT32_MAX, INT32_MAX - 1}), (Size{64, 48}));
  EXPECT_EQ(squared(3, 48, {1, 8}), (Size{1, 48}));
  EXPECT_EQ(squared(720, 576, {16, 11}), (Size{1047, 576}));
}

}  // namespace

}  // namespace camfleet::media::test
