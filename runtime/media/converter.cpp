#include "runtime/media/converter.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

#include <opencv2/core.hpp>

#include "runtime/media/showing.hpp"

extern "C" {
#include <libavutil/pixdesc.h>
}

namespace camfleet::media {

namespace {

/// The formats with the range in their names, as the plain format and "full".
AVPixelFormat without_range(AVPixelFormat format, bool& full_range) {
  const auto full = [&](AVPixelFormat plain) {
    full_range = true;
    return plain;
  };
  switch (format) {
    case AV_PIX_FMT_YUVJ420P:
      return full(AV_PIX_FMT_YUV420P);
    case AV_PIX_FMT_YUVJ422P:
      return full(AV_PIX_FMT_YUV422P);
    case AV_PIX_FMT_YUVJ444P:
      return full(AV_PIX_FMT_YUV444P);
    case AV_PIX_FMT_YUVJ440P:
      return full(AV_PIX_FMT_YUV440P);
    case AV_PIX_FMT_YUVJ411P:
      return full(AV_PIX_FMT_YUV411P);
    default:
      return format;
  }
}

int matrix_of(const AVFrame& picture) {
  switch (picture.colorspace) {
    case AVCOL_SPC_BT709:
      return SWS_CS_ITU709;
    case AVCOL_SPC_FCC:
      return SWS_CS_FCC;
    case AVCOL_SPC_BT470BG:
    case AVCOL_SPC_SMPTE170M:
      return SWS_CS_ITU601;
    case AVCOL_SPC_SMPTE240M:
      return SWS_CS_SMPTE240M;
    case AVCOL_SPC_BT2020_NCL:
    case AVCOL_SPC_BT2020_CL:
      return SWS_CS_BT2020;
    default:
      return picture.width >= 1280 && picture.height > 576 ? SWS_CS_ITU709 : SWS_CS_ITU601;
  }
}

cv::Mat as_matrix(Frame& frame) {
  return {frame.height, frame.width, CV_8UC3, frame.bgr.data(), static_cast<std::size_t>(frame.stride)};
}

/// What a conversion is prepared for.
struct Form {
  int width = 0;
  int height = 0;
  int shown_width = 0;  ///< before it is turned
  AVPixelFormat format = AV_PIX_FMT_NONE;
  int matrix = 0;
  bool full_range = false;
  friend bool operator==(const Form&, const Form&) = default;
};

Form form_of(const AVFrame& picture) {
  Form form;
  form.width = picture.width;
  form.height = picture.height;
  form.shown_width = squared(picture.width, picture.height, picture.sample_aspect_ratio).width;
  const AVPixFmtDescriptor* shape = av_pix_fmt_desc_get(static_cast<AVPixelFormat>(picture.format));
  const bool gray =
      shape != nullptr && shape->nb_components <= 2 && (shape->flags & AV_PIX_FMT_FLAG_RGB) == 0;
  form.full_range =
      picture.color_range == AVCOL_RANGE_JPEG || (gray && picture.color_range != AVCOL_RANGE_MPEG);
  form.format = without_range(static_cast<AVPixelFormat>(picture.format), form.full_range);
  form.matrix = matrix_of(picture);
  return form;
}

FfmpegPtr<SwsContext> make_context(const Form& form) {
  if (sws_isSupportedInput(form.format) == 0) return nullptr;
  FfmpegPtr<SwsContext> context(
      sws_getContext(form.width, form.height, form.format, form.shown_width, form.height, AV_PIX_FMT_BGR24,
                     SWS_BILINEAR | SWS_ACCURATE_RND | SWS_BITEXACT, nullptr, nullptr, nullptr));
  if (context == nullptr) return nullptr;
  const int* matrix = sws_getCoefficients(form.matrix);
  // The answer says only that the format has no matrix, as RGB has none.
  sws_setColorspaceDetails(context.get(), matrix, form.full_range ? 1 : 0, matrix, 1, 0, 1 << 16, 1 << 16);
  return context;
}

/// The context for a form, which costs as much to prepare as a small picture to convert; null: there is none.
SwsContext* context_for(const Form& form) {
  struct Prepared {
    Form form;
    FfmpegPtr<SwsContext> context;
  };
  /// A thread decodes for many cameras, most of which are of few forms.
  constexpr std::size_t most = 16;
  thread_local std::vector<Prepared> prepared;  // the last used first
  auto found =
      std::find_if(prepared.begin(), prepared.end(), [&](const Prepared& one) { return one.form == form; });
  if (found == prepared.end()) {
    auto context = make_context(form);
    if (context == nullptr) return nullptr;
    if (prepared.size() == most) prepared.pop_back();
    prepared.push_back({form, std::move(context)});
    found = prepared.end() - 1;
  }
  std::rotate(prepared.begin(), found, found + 1);
  return prepared.front().context.get();
}

}  // namespace

bool convert(const AVFrame& picture, Frame& into) {
  const Form form = form_of(picture);
  SwsContext* context = context_for(form);
  if (context == nullptr) return false;
  const Turn turn = turn_of(picture);
  // One for each thread that decodes, not for each camera.
  thread_local Frame lying;
  Frame& flat = turn.transposed ? lying : into;
  flat.resize(form.shown_width, picture.height);
  std::uint8_t* rows[4] = {flat.bgr.data(), nullptr, nullptr, nullptr};
  const int strides[4] = {flat.stride, 0, 0, 0};
  if (sws_scale(context, picture.data, picture.linesize, 0, picture.height, rows, strides) != picture.height)
    return false;
  if (turn == Turn{}) return true;
  if (turn.transposed) into.resize(flat.height, flat.width);
  cv::Mat shown = as_matrix(into);
  if (turn.transposed) cv::transpose(as_matrix(flat), shown);
  if (turn.mirrored && turn.upside_down) {
    cv::flip(shown, shown, -1);
  } else if (turn.mirrored || turn.upside_down) {
    cv::flip(shown, shown, turn.mirrored ? 1 : 0);
  }
  return true;
}

}  // namespace camfleet::media
