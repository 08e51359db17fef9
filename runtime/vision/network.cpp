#include <opencv2/dnn.hpp>

#include "runtime/vision/decoders.hpp"
#include "runtime/vision/engines.hpp"
#include "runtime/vision/image.hpp"
#include "runtime/vision/input.hpp"
#include "runtime/vision/network_load.hpp"
#include "runtime/vision/text.hpp"

namespace camfleet::vision {
namespace {

/// A network under OpenCV: picture → blob → outputs → candidates → boxes.
class Network : public Engine {
 public:
  Network(const cv::dnn::Net& net, const NetworkInput& input, const Variant& variant, Decoder decode)
      : net_(net), input_(input), labels_(variant.labels), decode_(decode) {
    output_names_ = net_.getUnconnectedOutLayersNames();
    context_ = {input.width, input.height, static_cast<int>(labels_.size()), variant.score_threshold};
    nms_threshold_ = variant.nms_threshold;
    if (input_.nhwc) {
      blob_.create(std::vector<int>{1, input_.height, input_.width, 3}, CV_32F);
    } else {
      blob_.create(std::vector<int>{1, 3, input_.height, input_.width}, CV_32F);
    }
  }

  result<void> analyse(const ImageView& image, EngineState* /*state*/, std::vector<Box>& out) override {
    out.clear();
    CAMFLEET_CHECK(check_picture(image));
    try {
      const auto mapping =
          fit(matrix_of(image), input_.width, input_.height, input_.letterbox, input_.pad, fitted_);
      fill_blob();
      net_.setInput(blob_);
      net_.forward(outputs_, output_names_);
      CAMFLEET_TRY(const auto tensors, output_tensors());
      CAMFLEET_TRY(auto found, decode_(tensors, context_));
      to_boxes(suppress(std::move(found), nms_threshold_), mapping, image, labels_, out);
      return success();
    } catch (const std::exception& error) {
      return fail(Errc::model, "network", "cannot be run: " + one_line(error));
    }
  }

 private:
  /// (pixel − mean) × scale for each channel, in the network's order.
  void fill_blob() {
    cv::split(fitted_, planes_);
    for (std::size_t c = 0; c < 3; ++c) {
      const auto& plane = planes_[input_.rgb ? 2 - c : c];
      const double scale = input_.scale[c];
      const double shift = -input_.mean[c] * scale;
      if (input_.nhwc) {
        plane.convertTo(converted_[c], CV_32F, scale, shift);
      } else {
        cv::Mat target(input_.height, input_.width, CV_32F, blob_.ptr<float>(0, static_cast<int>(c)));
        plane.convertTo(target, CV_32F, scale, shift);
      }
    }
    if (!input_.nhwc) return;
    cv::Mat target(input_.height, input_.width, CV_32FC3, blob_.ptr<float>());
    cv::merge(converted_, 3, target);
  }

  result<std::vector<Tensor>> output_tensors() const {
    std::vector<Tensor> tensors;
    for (std::size_t i = 0; i < outputs_.size(); ++i) {
      const auto& output = outputs_[i];
      if (output.depth() != CV_32F || output.channels() != 1 || !output.isContinuous()) {
        return fail(Errc::model, "output " + output_names_[i], "does not hold 32-bit floating point numbers");
      }
      std::vector<int> shape(output.size.p, output.size.p + output.dims);
      tensors.push_back({output_names_[i], std::move(shape), {output.ptr<float>(), output.total()}});
    }
    return tensors;
  }

  cv::dnn::Net net_;
  NetworkInput input_;
  std::vector<std::string> labels_;
  Decoder decode_;
  DecodeContext context_;
  float nms_threshold_ = 0;
  std::vector<cv::String> output_names_;
  cv::Mat fitted_;
  cv::Mat planes_[3];
  cv::Mat converted_[3];
  cv::Mat blob_;
  std::vector<cv::Mat> outputs_;
};

}  // namespace

result<EnginePtr> make_network(const Variant& variant, const std::vector<std::string>& files) {
  CAMFLEET_TRY(const auto input, network_input(variant.input));
  const auto* layout = find_layout(variant.layout);
  if (layout == nullptr) {
    return fail(Errc::invalid_field, "output",
                in_quotes(variant.layout) + " is no output layout; layouts are " + layout_names());
  }
  const std::size_t wanted = variant.engine == "darknet" ? 2 : 1;
  if (files.size() != wanted) {
    return fail(Errc::invalid_field, "model",
                "has " + std::to_string(files.size()) + " files; " + variant.engine + " takes " +
                    std::to_string(wanted));
  }
  CAMFLEET_TRY(const auto net, load_network(variant.engine, files));
  try {
    return std::make_unique<Network>(net, input, variant, layout->decode);
  } catch (const std::exception& error) {
    return fail(Errc::model, "network", "cannot be set up: " + one_line(error));
  }
}

}  // namespace camfleet::vision
