#include <opencv2/objdetect.hpp>

#include "runtime/vision/engines.hpp"
#include "runtime/vision/image.hpp"
#include "runtime/vision/input.hpp"

namespace camfleet::vision {
namespace {

/// The window shows a person with a margin around; this share of it on each side is cut off.
constexpr float margin_x = 0.2F;
constexpr float margin_y = 0.12F;

/// Histograms of oriented gradients with the people detector that is part of OpenCV (Dalal and Triggs).
class Hog : public Engine {
 public:
  Hog(const SearchInput& input, const Variant& variant)
      : input_(input),
        labels_(variant.labels),
        threshold_(variant.score_threshold),
        nms_threshold_(variant.nms_threshold),
        scale_(variant.scale) {
    hog_.setSVMDetector(cv::HOGDescriptor::getDefaultPeopleDetector());
  }

  result<void> analyse(const ImageView& image, EngineState* /*state*/, std::vector<Box>& out) override {
    out.clear();
    CAMFLEET_CHECK(check_picture(image));
    try {
      const auto mapping = scale_by(matrix_of(image), scale_, input_.max_width, scaled_);
      if (scaled_.cols < hog_.winSize.width || scaled_.rows < hog_.winSize.height) return success();
      std::vector<cv::Rect> places;
      std::vector<double> weights;
      hog_.detectMultiScale(scaled_, places, weights, input_.hit_threshold, {8, 8}, {0, 0}, input_.step, 0);
      to_boxes(suppress(candidates(places, weights), nms_threshold_), mapping, image, labels_, out);
      return success();
    } catch (const std::exception& error) {
      return fail(Errc::model, "hog", "cannot be run: " + one_line(error));
    }
  }

 private:
  /// A distance d to the SVM's plane scores d / (d + 1).
  std::vector<Detection> candidates(const std::vector<cv::Rect>& places,
                                    const std::vector<double>& weights) const {
    std::vector<Detection> found;
    for (std::size_t i = 0; i < places.size(); ++i) {
      const auto distance = static_cast<float>(std::max(0.0, weights[i]));
      const float score = distance / (distance + 1);
      if (score < threshold_) continue;
      const auto& place = places[i];
      const float cut_x = margin_x * static_cast<float>(place.width);
      const float cut_y = margin_y * static_cast<float>(place.height);
      found.push_back({0, score, static_cast<float>(place.x) + cut_x, static_cast<float>(place.y) + cut_y,
                       static_cast<float>(place.x + place.width) - cut_x,
                       static_cast<float>(place.y + place.height) - cut_y});
    }
    return found;
  }

  cv::HOGDescriptor hog_;
  SearchInput input_;
  std::vector<std::string> labels_;
  float threshold_;
  float nms_threshold_;
  double scale_;
  cv::Mat scaled_;
};

}  // namespace

result<EnginePtr> make_hog(const Variant& variant) {
  CAMFLEET_TRY(const auto input, hog_input(variant.input));
  try {
    return std::make_unique<Hog>(input, variant);
  } catch (const std::exception& error) {
    return fail(Errc::model, "hog", "cannot be set up: " + one_line(error));
  }
}

}  // namespace camfleet::vision
