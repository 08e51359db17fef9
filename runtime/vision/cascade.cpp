#include <algorithm>

#include <opencv2/imgproc.hpp>
#include <opencv2/objdetect.hpp>

#include "runtime/vision/engines.hpp"
#include "runtime/vision/image.hpp"
#include "runtime/vision/input.hpp"

namespace camfleet::vision {
namespace {

/// A cascade of simple features (Viola and Jones). It gives no score of its own: n overlapping hits score n /
/// (n + 5).
class Cascade : public Engine {
 public:
  Cascade(const SearchInput& input, const Variant& variant)
      : input_(input), labels_(variant.labels), threshold_(variant.score_threshold), scale_(variant.scale) {}

  /// False when the file is no cascade.
  bool load(const std::string& path) { return classifier_.load(path) && !classifier_.empty(); }

  result<void> analyse(const ImageView& image, EngineState* /*state*/, std::vector<Box>& out) override {
    out.clear();
    CAMFLEET_CHECK(check_picture(image));
    try {
      const auto mapping = scale_by(matrix_of(image), scale_, input_.max_width, scaled_);
      cv::cvtColor(scaled_, grey_, cv::COLOR_BGR2GRAY);
      cv::equalizeHist(grey_, grey_);
      std::vector<cv::Rect> places;
      std::vector<int> hits;
      classifier_.detectMultiScale(grey_, places, hits, input_.step, input_.neighbours, 0,
                                   {input_.min_size, input_.min_size});
      std::vector<Detection> found;
      for (std::size_t i = 0; i < places.size(); ++i) {
        const auto& place = places[i];
        const auto count = static_cast<float>(hits[i]);
        const float score = count / (count + 5);
        if (score < threshold_) continue;
        found.push_back({0, score, static_cast<float>(place.x), static_cast<float>(place.y),
                         static_cast<float>(place.x + place.width),
                         static_cast<float>(place.y + place.height)});
      }
      to_boxes(suppress(std::move(found), 1), mapping, image, labels_, out);
      return success();
    } catch (const std::exception& error) {
      return fail(Errc::model, "cascade", "cannot be run: " + one_line(error));
    }
  }

 private:
  cv::CascadeClassifier classifier_;
  SearchInput input_;
  std::vector<std::string> labels_;
  float threshold_;
  double scale_;
  cv::Mat scaled_;
  cv::Mat grey_;
};

}  // namespace

result<EnginePtr> make_cascade(const Variant& variant, const std::vector<std::string>& files) {
  CAMFLEET_TRY(const auto input, cascade_input(variant.input));
  if (files.size() != 1) return fail(Errc::invalid_field, "model", "cascade takes one file");
  try {
    auto cascade = std::make_unique<Cascade>(input, variant);
    if (!cascade->load(files[0])) return fail(Errc::model, "cascade", "the file is no cascade of OpenCV");
    return cascade;
  } catch (const std::exception& error) {
    return fail(Errc::model, "cascade", "OpenCV does not take it: " + one_line(error));
  }
}

}  // namespace camfleet::vision
