#include <array>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/runtime/media/clips.hpp"
#include "tests/runtime/media/picture_bytes.hpp"

namespace camfleet::media::test {

namespace {

using testing::HasSubstr;

std::string png_header(std::uint32_t width, std::uint32_t height) {
  const std::string form{"\x08\x02\x00\x00\x00", 5};
  return "\x89PNG\r\n\x1A\n" + png_chunk("IHDR", big_endian(width, 4) + big_endian(height, 4) + form) +
         png_chunk("IDAT", "x") + png_chunk("IEND", "");
}

/// Followed by so many bytes that the picture could be there: the decoder looks at that too.
std::string jpeg_header(std::uint32_t width, std::uint32_t height) {
  const std::string frame = std::string{"\x08", 1} + big_endian(height, 2) + big_endian(width, 2) +
                            std::string{"\x03\x01\x22\x00\x02\x11\x01\x03\x11\x01", 10};
  return "\xFF\xD8\xFF\xC0" + big_endian(static_cast<std::uint32_t>(frame.size() + 2), 2) + frame +
         std::string(400'000, '\0') + "\xFF\xD9";
}

std::string bmp_header(std::uint32_t width, std::uint32_t height) {
  return "BM" + little_endian(1000, 4) + little_endian(0, 4) + little_endian(54, 4) + little_endian(40, 4) +
         little_endian(width, 4) + little_endian(height, 4) + little_endian(1, 2) + little_endian(24, 2) +
         little_endian(0, 4) + little_endian(900, 4) + std::string(16 + 900, '\0');
}

std::string webp_header(std::uint32_t width, std::uint32_t height) {
  const std::string form = "VP8X" + little_endian(10, 4) + little_endian(0, 4) + little_endian(width - 1, 3) +
                           little_endian(height - 1, 3) + "VP8L" + little_endian(6, 4) +
                           std::string{"\x2F", 1} + little_endian((height - 1) << 14 | (width - 1), 4) +
                           std::string(1, '\0');
  return "RIFF" + little_endian(static_cast<std::uint32_t>(form.size() + 4), 4) + "WEBP" + form;
}

/// A picture of one colour whose blue channel is `blue`, made with the tool.
bool make_picture(const std::string& path, int blue, const std::string& size = "32x24") {
  std::array<char, 16> colour{};
  std::snprintf(colour.data(), colour.size(), "0x0000%02X", static_cast<unsigned>(blue));
  return ffmpeg("-f lavfi -i color=c=" + std::string(colour.data()) + ":size=" + size +
                ",format=rgb24 -frames:v 1 '" + path + "'");
}

result<std::unique_ptr<Source>> open_folder(const std::string& path, const OpenOptions& options = {},
                                            const std::string& query = "") {
  return open(file_url(path, "pictures") + query, options);
}

class Pictures : public testing::Test {
 protected:
  void SetUp() override { std::filesystem::create_directory(path("")); }
  [[nodiscard]] std::string path(const std::string& name) const { return folder_.path("pictures/" + name); }

  /// Opens, reads the one picture of the folder, and gives the error.
  Error lost() {
    auto source = open_folder(path(""));
    EXPECT_TRUE(source.has_value()) << source.error().line();
    Frame frame;
    EXPECT_EQ(source.value()->read(Duration{0}, frame), ReadStatus::lost);
    return source.value()->error();
  }

  TempFolder folder_;
};

TEST_F(Pictures, ComeInTheNaturalOrderOfTheirNames) {
  const std::array names = {"9.PNG", "10.png", "B.bmp", "a.jpeg", "a.jpg",
                            "b.ppm", "c.pgm",  "d.tif", "e.tiff", "\xC3\xA4.webp"};
  for (std::size_t i = 0; i < names.size(); ++i)
    ASSERT_TRUE(make_picture(path(names[i]), 20 + 20 * static_cast<int>(i))) << names[i];
  write_bytes(path("notes.txt"), "not a picture");
  write_bytes(path(".png"), "only an ending");
  std::filesystem::create_directory(path("folder.jpg"));
  OpenOptions options;
  options.spf = milliseconds(2500);
  auto opened = open_folder(path(""), options);
  ASSERT_TRUE(opened.has_value()) << opened.error().line();
  Source& source = *opened.value();
  EXPECT_EQ(source.info().kind, SourceKind::pictures);
  EXPECT_EQ(source.info().length, milliseconds(25'000));
  EXPECT_EQ(source.info().frame_interval, options.spf);
  EXPECT_EQ(source.info().codec, "png");
  EXPECT_EQ(source.info().width, 32);
  EXPECT_EQ(source.info().passed_over, "2 files and 1 folder are passed over (1 .txt, 1 of other names)");
  Frame frame;
  for (std::size_t i = 0; i < names.size(); ++i) {
    ASSERT_EQ(source.next(frame), ReadStatus::frame) << source.error().line();
    EXPECT_EQ(frame.media_time, options.spf * static_cast<int>(i));
    EXPECT_EQ(frame.file, names[i]);
    if (names[i] != std::string("c.pgm")) {
      EXPECT_NEAR(frame.bgr[0], 20 + 20 * static_cast<int>(i), 4) << names[i];
    }
  }
  EXPECT_EQ(source.next(frame), ReadStatus::ended);
  for (const auto& [target_ms, number] : {std::pair{0, 0}, {2499, 0}, {2500, 1}, {24'999, 9}, {4999, 1}}) {
    ASSERT_EQ(source.read(milliseconds(target_ms), frame), ReadStatus::frame);
    EXPECT_EQ(frame.media_time, options.spf * number) << target_ms;
  }
  EXPECT_EQ(source.read(milliseconds(25'000), frame), ReadStatus::ended);
  EXPECT_EQ(source.error().code, Errc::ended);
  auto looped = open_folder(path(""), options, "?loop=1&start=2.5");
  ASSERT_TRUE(looped.has_value());
  ASSERT_EQ(looped.value()->read(milliseconds(22'500), frame), ReadStatus::frame);
  EXPECT_NEAR(frame.bgr[0], 20, 4);
  EXPECT_EQ(frame.media_time, milliseconds(22'500));
}

TEST_F(Pictures, AJpegMayHaveAnyOfItsEndings) {
  ASSERT_TRUE(make_picture(path("0.jpg"), 100));
  for (const char* name : {"1.jpeg", "2.jpe", "3.jfif", "4.JFIF"})
    std::filesystem::copy(path("0.jpg"), path(name));
  auto source = open_folder(path(""));
  ASSERT_TRUE(source.has_value()) << source.error().line();
  EXPECT_EQ(source.value()->info().length, seconds(5));
  EXPECT_EQ(all_frames(*source.value()).size(), 5U);
}

TEST_F(Pictures, ADamagedOneIsLostAlone) {
  for (const char* name : {"a.jpg", "b.jpg", "c.png", "d.png"})
    ASSERT_TRUE(make_picture(path(name), 100, "64x48"));
  const std::string jpeg = read_bytes(path("a.jpg"));
  write_bytes(path("a.jpg"), jpeg.substr(0, jpeg.size() / 2));
  std::string png = read_bytes(path("c.png"));
  png[png.size() - 20] = static_cast<char>(png[png.size() - 20] ^ 0x40);
  write_bytes(path("c.png"), png);
  write_bytes(path("e.jpg"), "words");
  write_bytes(path("f.png"), "");
  ASSERT_EQ(::mkfifo(path("g.jpg").c_str(), 0600), 0);
  ASSERT_EQ(::symlink("nowhere", path("h.bmp").c_str()), 0);
  auto source = open_folder(path(""));
  ASSERT_TRUE(source.has_value()) << source.error().line();
  EXPECT_EQ(source.value()->info().width, 0) << "the first picture cannot say";
  const std::pair<const char*, std::optional<Errc>> expected[] = {
      {"a.jpg", Errc::corrupt},    {"b.jpg", std::nullopt},   {"c.png", Errc::corrupt},
      {"d.png", std::nullopt},     {"e.jpg", Errc::corrupt},  {"f.png", Errc::corrupt},
      {"g.jpg", Errc::unreadable}, {"h.bmp", Errc::not_found}};
  Frame frame;
  for (const auto& [name, code] : expected) {
    const ReadStatus status = source.value()->next(frame);
    ASSERT_EQ(status, code ? ReadStatus::lost : ReadStatus::frame) << name;
    if (!code) continue;
    EXPECT_EQ(source.value()->error().code, *code) << source.value()->error().line();
    EXPECT_THAT(source.value()->error().line(), HasSubstr(std::string(": ") + name + ": "));
  }
  EXPECT_EQ(source.value()->next(frame), ReadStatus::ended);
}

TEST_F(Pictures, HugeOnesAreRefusedByTheirHeaders) {
  const std::pair<const char*, std::string> huge[] = {
      {"huge.png", png_header(60'000, 60'000)},
      {"beyond.png", png_header(8000, 8000)},
      {"huge.jpg", jpeg_header(60'000, 60'000)},
      {"beyond.jpg", jpeg_header(8000, 8000)},
      {"huge.bmp", bmp_header(60'000, 60'000)},
      {"beyond.bmp", bmp_header(8000, 8000)},
      {"beyond.webp", webp_header(16'000, 16'000)},
      {"huge.ppm", "P6\n60000 60000\n255\n" + std::string(999, 'x')},
  };
  for (const auto& [name, bytes] : huge) {
    write_bytes(path(name), bytes);
    const Error error = lost();
    EXPECT_EQ(error.code, Errc::too_large) << error.line();
    EXPECT_THAT(error.line(), HasSubstr(std::string(name) + ": has "));
    std::filesystem::remove(path(name));
  }
}

TEST_F(Pictures, AFolderWithoutThemIsAnError) {
  const auto code_of = [](const std::string& folder) {
    auto source = open_folder(folder);
    EXPECT_FALSE(source.has_value());
    return source.has_value() ? Error{Errc::ended, "", ""} : source.error();
  };
  EXPECT_EQ(code_of(path("")).code, Errc::not_found);
  EXPECT_THAT(code_of(path("")).line(), HasSubstr("right would be files named .jpg .jpeg .jpe .jfif .png"));
  EXPECT_EQ(code_of(path("absent")).code, Errc::not_found);
  write_bytes(path("file"), "x");
  EXPECT_EQ(code_of(path("file")).code, Errc::unreadable);
  for (const char* name : {"1.png", "2.png", "3.png"}) write_bytes(path(name), "x");
  OpenOptions options;
  options.limits.max_pictures = 2;
  auto source = open_folder(path(""), options);
  ASSERT_FALSE(source.has_value());
  EXPECT_EQ(source.error().code, Errc::too_large);
  options.spf = Duration{0};
  EXPECT_EQ(open_folder(path(""), options).error().code, Errc::invalid_field);
}

TEST(PicturesOfExamples, AreAllDecoded) {
  const std::string folder = "/usr/share/doc/opencv-doc/examples/data";
  if (!std::filesystem::exists(folder)) GTEST_SKIP() << "no opencv-doc";
  auto source = open_folder(folder);
  ASSERT_TRUE(source.has_value()) << source.error().line();
  Frame frame;
  int frames = 0;
  ReadStatus status = ReadStatus::frame;
  for (; status != ReadStatus::ended; status = source.value()->next(frame)) {
    EXPECT_EQ(status, ReadStatus::frame) << source.value()->error().line();
    ++frames;
  }
  EXPECT_GT(frames, 50);
}

}  // namespace

}  // namespace camfleet::media::test
