#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <opencv2/core.hpp>

#include "runtime/vision/catalogue.hpp"
#include "runtime/vision/engine.hpp"

namespace camfleet::vision::testing {

/// A folder of its own that is gone at the end of the test.
class TempFolder {
 public:
  TempFolder();
  ~TempFolder();
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;

  /// Writes a file and gives its path.
  std::string write(const std::string& name, const std::string& bytes) const;
  [[nodiscard]] std::string path() const { return path_.string(); }

 private:
  std::filesystem::path path_;
};

ImageView view(const cv::Mat& bgr);

/// A picture of OpenCV's documentation; nothing when the package is not installed.
std::optional<cv::Mat> sample_picture(const std::string& name);

/// Boxes of one picture with a fresh state; the test fails when the engine does.
std::vector<Box> look(Engine& engine, const cv::Mat& bgr);

std::string bytes_of(const std::string& path);

/// "label 0.87 221,96 37x37; …": two answers are the same when these are.
std::string text_of(const std::vector<Box>& boxes);

}  // namespace camfleet::vision::testing
