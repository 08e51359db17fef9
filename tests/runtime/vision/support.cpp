#include "tests/runtime/vision/support.hpp"

#include <cstdlib>
#include <fstream>
#include <iterator>

#include <gtest/gtest.h>
#include <opencv2/imgcodecs.hpp>

namespace camfleet::vision::testing {

namespace fs = std::filesystem;

TempFolder::TempFolder() {
  std::string pattern = (fs::temp_directory_path() / "camfleet-vision-XXXXXX").string();
  const char* made = mkdtemp(pattern.data());
  EXPECT_NE(made, nullptr);
  path_ = pattern;
}

TempFolder::~TempFolder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

std::string TempFolder::write(const std::string& name, const std::string& bytes) const {
  const auto path = path_ / name;
  std::ofstream file(path, std::ios::binary);
  file << bytes;
  EXPECT_TRUE(file.good()) << path;
  return path.string();
}

ImageView view(const cv::Mat& bgr) {
  return {bgr.data, bgr.cols, bgr.rows, static_cast<int>(bgr.step[0])};
}

std::optional<cv::Mat> sample_picture(const std::string& name) {
  auto picture = cv::imread("/usr/share/doc/opencv-doc/examples/data/" + name, cv::IMREAD_COLOR);
  return picture.empty() ? std::nullopt : std::optional(picture);
}

std::vector<Box> look(Engine& engine, const cv::Mat& bgr) {
  std::vector<Box> boxes;
  const auto state = engine.new_state();
  const auto looked = engine.analyse(view(bgr), state.get(), boxes);
  EXPECT_TRUE(looked.has_value()) << looked.error().line();
  return boxes;
}

std::string bytes_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string text_of(const std::vector<Box>& boxes) {
  std::string text;
  for (const auto& box : boxes) {
    text += box.label + " " + std::to_string(box.score) + " " + std::to_string(box.x) + "," +
            std::to_string(box.y) + " " + std::to_string(box.w) + "x" + std::to_string(box.h) + "; ";
  }
  return text;
}

}  // namespace camfleet::vision::testing
