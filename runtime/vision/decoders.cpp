#include "runtime/vision/decoders.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "runtime/vision/text.hpp"

namespace camfleet::vision {
namespace {

using Found = result<std::vector<Detection>>;

auto wrong_shape(const Tensor& tensor, const std::string& expected) {
  return fail(Errc::model, "output " + tensor.name,
              "has shape " + shape_text(tensor.shape) + ", expected " + expected);
}

auto not_a_number(const Tensor& tensor) {
  return fail(Errc::model, "output " + tensor.name, "holds a value that is not a finite number");
}

std::string numbers_of(const std::string& text, int classes) {
  return text + " for " + std::to_string(classes) + (classes == 1 ? " label" : " labels");
}

/// Class with the highest score; the first of equals.
struct Best {
  int label = 0;
  float score = 0;
};

Best best_of(const float* scores, int classes, std::ptrdiff_t step = 1) {
  Best best{0, scores[0]};
  for (int c = 1; c < classes; ++c) {
    if (scores[c * step] > best.score) best = {c, scores[c * step]};
  }
  return best;
}

bool finite(const Detection& d) {
  return std::isfinite(d.score) && std::isfinite(d.left) && std::isfinite(d.top) && std::isfinite(d.right) &&
         std::isfinite(d.bottom);
}

Detection centred(Best best, float x, float y, float width, float height) {
  return {best.label, best.score, x - width / 2, y - height / 2, x + width / 2, y + height / 2};
}

/// A score that is not a number is kept as a candidate, so that finite() finds it.
bool worth(float score, float threshold) {
  return !(score < threshold);
}

Found decode_darknet(std::span<const Tensor> outputs, const DecodeContext& context) {
  std::vector<Detection> found;
  const int columns = 5 + context.classes;
  for (const auto& tensor : outputs) {
    if (tensor.rank() < 2 || tensor.last() != columns) {
      return wrong_shape(tensor, numbers_of("Nx" + std::to_string(columns) + " (cx cy w h object classes)",
                                            context.classes));
    }
    const auto width = static_cast<float>(context.width);
    const auto height = static_cast<float>(context.height);
    for (std::size_t at = 0; at < tensor.data.size(); at += static_cast<std::size_t>(columns)) {
      const float* row = &tensor.data[at];
      const auto best = best_of(row + 5, context.classes);
      if (!worth(best.score, context.score_threshold)) continue;
      found.push_back(centred(best, row[0] * width, row[1] * height, row[2] * width, row[3] * height));
      if (!finite(found.back())) return not_a_number(tensor);
    }
  }
  return found;
}

Found decode_yolov5(std::span<const Tensor> outputs, const DecodeContext& context) {
  std::vector<Detection> found;
  const int columns = 5 + context.classes;
  const auto& tensor = outputs[0];
  if (tensor.rank() < 2 || tensor.last() != columns) {
    return wrong_shape(tensor, numbers_of("1xNx" + std::to_string(columns) + " (cx cy w h object classes)",
                                          context.classes));
  }
  for (std::size_t at = 0; at < tensor.data.size(); at += static_cast<std::size_t>(columns)) {
    const float* row = &tensor.data[at];
    auto best = best_of(row + 5, context.classes);
    best.score *= row[4];
    if (!worth(best.score, context.score_threshold)) continue;
    found.push_back(centred(best, row[0], row[1], row[2], row[3]));
    if (!finite(found.back())) return not_a_number(tensor);
  }
  return found;
}

Found decode_yolov8(std::span<const Tensor> outputs, const DecodeContext& context) {
  std::vector<Detection> found;
  const int rows = 4 + context.classes;
  const auto& tensor = outputs[0];
  if (tensor.rank() != 3 || tensor.shape[0] != 1 || tensor.shape[1] != rows) {
    return wrong_shape(tensor,
                       numbers_of("1x" + std::to_string(rows) + "xN (cx cy w h classes)", context.classes));
  }
  const std::ptrdiff_t count = tensor.last();
  for (std::ptrdiff_t i = 0; i < count; ++i) {
    const float* at = tensor.data.data() + i;
    const auto best = best_of(at + 4 * count, context.classes, count);
    if (!worth(best.score, context.score_threshold)) continue;
    found.push_back(centred(best, at[0], at[count], at[2 * count], at[3 * count]));
    if (!finite(found.back())) return not_a_number(tensor);
  }
  return found;
}

const Tensor* by_shape(std::span<const Tensor> outputs, const std::vector<int>& shape) {
  const auto tensor =
      std::find_if(outputs.begin(), outputs.end(), [&](const Tensor& t) { return t.shape == shape; });
  return tensor == outputs.end() ? nullptr : &*tensor;
}

const Tensor* by_name(std::span<const Tensor> outputs, std::string_view name) {
  const auto tensor =
      std::find_if(outputs.begin(), outputs.end(), [&](const Tensor& t) { return t.name == name; });
  return tensor == outputs.end() ? nullptr : &*tensor;
}

std::string all_shapes(std::span<const Tensor> outputs) {
  std::string text;
  for (const auto& tensor : outputs) {
    add_item(text, tensor.name + " " + shape_text(tensor.shape));
  }
  return text;
}

auto wrong_outputs(std::span<const Tensor> outputs, const std::string& expected) {
  return fail(Errc::model, "outputs", "are " + all_shapes(outputs) + ", expected " + expected);
}

Found decode_boxes_scores(std::span<const Tensor> outputs, const DecodeContext& context) {
  // With four classes both outputs look alike; then the one that comes first is taken for the boxes.
  const auto is_boxes = [](const Tensor& t) { return t.rank() >= 2 && t.last() == 4; };
  const auto boxes = std::find_if(outputs.begin(), outputs.end(), is_boxes);
  const auto scores = std::find_if(outputs.begin(), outputs.end(), [&](const Tensor& t) {
    return boxes != outputs.end() && &t != &*boxes && t.rank() >= 2 && t.last() == context.classes;
  });
  if (outputs.size() != 2 || boxes == outputs.end() || scores == outputs.end() ||
      boxes->data.size() / 4 != scores->data.size() / static_cast<std::size_t>(context.classes)) {
    return wrong_outputs(outputs, numbers_of("boxes 1xNx4 (left top right bottom, 0 to 1) and scores 1xNx" +
                                                 std::to_string(context.classes),
                                             context.classes));
  }
  std::vector<Detection> found;
  const auto width = static_cast<float>(context.width);
  const auto height = static_cast<float>(context.height);
  for (std::size_t i = 0; i < boxes->data.size() / 4; ++i) {
    const auto best = best_of(&scores->data[i * static_cast<std::size_t>(context.classes)], context.classes);
    if (!worth(best.score, context.score_threshold)) continue;
    const float* box = &boxes->data[i * 4];
    found.push_back(
        {best.label, best.score, box[0] * width, box[1] * height, box[2] * width, box[3] * height});
    if (!finite(found.back())) return not_a_number(*boxes);
  }
  return found;
}

/// The grid of one stride: cell centres are not used, offsets count from the cell's corner.
Found decode_yunet_stride(std::span<const Tensor> outputs, const DecodeContext& context, int stride) {
  const int columns = context.width / stride;
  const int count = columns * (context.height / stride);
  const auto expect = [&](int last) { return std::vector<int>{1, count, last}; };
  const Tensor* parts[3] = {};
  constexpr std::array<std::pair<std::string_view, int>, 3> wanted{{{"cls", 1}, {"obj", 1}, {"bbox", 4}}};
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    std::string name(wanted[i].first);
    add_item(name, std::to_string(stride), "_");
    parts[i] = by_name(outputs, name);
    if (parts[i] == nullptr) {
      return wrong_outputs(outputs,
                           "cls, obj and bbox for each of the strides 8, 16 and 32 (no " + name + ")");
    }
    const auto shape = expect(wanted[i].second);
    if (parts[i]->shape != shape) return wrong_shape(*parts[i], shape_text(shape));
  }
  std::vector<Detection> found;
  const auto step = static_cast<float>(stride);
  for (int i = 0; i < count; ++i) {
    const auto at = static_cast<std::size_t>(i);
    const float score = std::sqrt(parts[0]->data[at] * parts[1]->data[at]);
    if (!worth(score, context.score_threshold)) continue;
    const float* box = &parts[2]->data[at * 4];
    const int row = i / columns;
    found.push_back(centred({0, score}, (static_cast<float>(i % columns) + box[0]) * step,
                            (static_cast<float>(row) + box[1]) * step, std::exp(box[2]) * step,
                            std::exp(box[3]) * step));
    if (!finite(found.back())) return not_a_number(*parts[2]);
  }
  return found;
}

Found decode_yunet(std::span<const Tensor> outputs, const DecodeContext& context) {
  if (context.classes != 1) {
    return fail(Errc::model, "labels",
                "are " + std::to_string(context.classes) + "; yunet has one, the face");
  }
  std::vector<Detection> found;
  for (const int stride : {8, 16, 32}) {
    CAMFLEET_TRY(auto part, decode_yunet_stride(outputs, context, stride));
    found.insert(found.end(), part.begin(), part.end());
  }
  return found;
}

/// Anchors of MediaPipe's BlazeFace: two per cell of a 16x16 grid, then six per cell of an 8x8 grid.
Found decode_blazeface(std::span<const Tensor> outputs, const DecodeContext& context) {
  if (context.classes != 1) {
    return fail(Errc::model, "labels",
                "are " + std::to_string(context.classes) + "; blazeface has one, the face");
  }
  std::vector<Detection> found;
  constexpr std::array<std::pair<int, int>, 2> grids{{{16, 2}, {8, 6}}};
  for (const auto& [cells, anchors] : grids) {
    const int count = cells * cells * anchors;
    const Tensor* scores = by_shape(outputs, {1, count, 1});
    const Tensor* boxes = by_shape(outputs, {1, count, 16});
    if (scores == nullptr || boxes == nullptr) {
      return wrong_outputs(outputs, "scores 1x512x1 and 1x384x1, boxes 1x512x16 and 1x384x16");
    }
    for (int i = 0; i < count; ++i) {
      const auto at = static_cast<std::size_t>(i);
      const float score = 1 / (1 + std::exp(-scores->data[at]));
      if (!worth(score, context.score_threshold)) continue;
      const int cell = i / anchors;
      const int row = cell / cells;
      const float scale = 1 / static_cast<float>(cells);
      const float x = (static_cast<float>(cell % cells) + 0.5F) * scale * static_cast<float>(context.width);
      const float y = (static_cast<float>(row) + 0.5F) * scale * static_cast<float>(context.height);
      const float* box = &boxes->data[at * 16];
      found.push_back(centred({0, score}, x + box[0], y + box[1], box[2], box[3]));
      if (!finite(found.back())) return not_a_number(*boxes);
    }
  }
  return found;
}

template <Decoder decode>
Found with_outputs(std::span<const Tensor> outputs, const DecodeContext& context) {
  if (outputs.empty()) return fail(Errc::model, "outputs", "are none");
  for (const auto& tensor : outputs) {
    if (tensor.data.empty()) return fail(Errc::model, "output " + tensor.name, "is empty");
  }
  return decode(outputs, context);
}

constexpr OutputLayout layouts[] = {
    {"blazeface", with_outputs<decode_blazeface>}, {"boxes_scores", with_outputs<decode_boxes_scores>},
    {"darknet", with_outputs<decode_darknet>},     {"yolov5", with_outputs<decode_yolov5>},
    {"yolov8", with_outputs<decode_yolov8>},       {"yunet", with_outputs<decode_yunet>},
};

}  // namespace

std::string shape_text(const std::vector<int>& shape) {
  std::string text;
  for (const int size : shape) add_item(text, std::to_string(size), "x");
  return text.empty() ? "()" : text;
}

std::span<const OutputLayout> output_layouts() {
  return layouts;
}

const OutputLayout* find_layout(std::string_view name) {
  const auto layout =
      std::find_if(std::begin(layouts), std::end(layouts), [&](const auto& l) { return l.name == name; });
  return layout == std::end(layouts) ? nullptr : &*layout;
}

std::string layout_names() {
  std::string list;
  for (const auto& layout : layouts) add_item(list, layout.name);
  return list;
}

}  // namespace camfleet::vision
