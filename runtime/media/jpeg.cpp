#include "runtime/media/jpeg.hpp"

#include <string>

#include "runtime/media/ffmpeg.hpp"

namespace camfleet::media {
namespace {

constexpr int longest_side = 8192;

/// FFmpeg's quantiser scale: 2 is the finest, 31 the coarsest.
int quantiser_of(int quality) {
  return 2 + (100 - quality) * 29 / 99;
}

result<void> refused(const char* step, int code) {
  return fail(Errc::io, "picture",
              std::string("cannot be encoded as JPEG: ") + step + ": " + ffmpeg_text(code));
}

result<FfmpegPtr<AVFrame>> to_yuv(const std::uint8_t* bgr, int width, int height, int stride) {
  FfmpegPtr<AVFrame> picture(av_frame_alloc());
  const FfmpegPtr<SwsContext> context(
      sws_getContext(width, height, AV_PIX_FMT_BGR24, width, height, AV_PIX_FMT_YUV444P,
                     SWS_BILINEAR | SWS_ACCURATE_RND | SWS_BITEXACT, nullptr, nullptr, nullptr));
  if (picture == nullptr || context == nullptr) {
    CAMFLEET_CHECK(refused("converting", AVERROR(ENOMEM)));
  }
  const int* matrix = sws_getCoefficients(SWS_CS_ITU601);
  // JFIF is BT.601 in full range.
  sws_setColorspaceDetails(context.get(), matrix, 1, matrix, 1, 0, 1 << 16, 1 << 16);
  picture->width = width;
  picture->height = height;
  picture->format = AV_PIX_FMT_YUV444P;
  picture->color_range = AVCOL_RANGE_JPEG;
  if (const int code = av_frame_get_buffer(picture.get(), 0); code < 0) {
    CAMFLEET_CHECK(refused("converting", code));
  }
  const std::uint8_t* rows[4] = {bgr, nullptr, nullptr, nullptr};
  const int strides[4] = {stride, 0, 0, 0};
  if (const int done = sws_scale(context.get(), rows, strides, 0, height, picture->data, picture->linesize);
      done != height) {
    CAMFLEET_CHECK(refused("converting", done < 0 ? done : AVERROR_EXTERNAL));
  }
  return picture;
}

}  // namespace

result<std::vector<std::uint8_t>> encode_jpeg(const std::uint8_t* bgr, int width, int height, int stride,
                                              int quality) {
  if (quality < 1 || quality > 100) {
    return fail(Errc::invalid_field, "quality", std::to_string(quality) + " is wrong; it is 1 to 100");
  }
  if (bgr == nullptr || width < 1 || height < 1 || stride < width * 3) {
    return fail(Errc::invalid_field, "picture", "has no pixels");
  }
  if (width > longest_side || height > longest_side) {
    return fail(Errc::too_large, "picture",
                std::to_string(width) + "x" + std::to_string(height) + "; a side is at most " +
                    std::to_string(longest_side));
  }
  const FfmpegLog log;
  CAMFLEET_TRY(const FfmpegPtr<AVFrame> picture, to_yuv(bgr, width, height, stride));
  const FfmpegPtr<AVCodecContext> encoder(avcodec_alloc_context3(avcodec_find_encoder(AV_CODEC_ID_MJPEG)));
  const FfmpegPtr<AVPacket> packet(av_packet_alloc());
  if (encoder == nullptr || packet == nullptr) {
    CAMFLEET_CHECK(refused("opening", AVERROR_ENCODER_NOT_FOUND));
  }
  encoder->width = width;
  encoder->height = height;
  encoder->pix_fmt = AV_PIX_FMT_YUV444P;
  encoder->color_range = AVCOL_RANGE_JPEG;
  encoder->time_base = {1, 1};
  encoder->thread_count = 1;
  encoder->flags |= AV_CODEC_FLAG_QSCALE | AV_CODEC_FLAG_BITEXACT;
  encoder->global_quality = FF_QP2LAMBDA * quantiser_of(quality);
  picture->quality = encoder->global_quality;
  if (const int code = avcodec_open2(encoder.get(), nullptr, nullptr); code < 0) {
    CAMFLEET_CHECK(refused("opening", code));
  }
  if (const int code = avcodec_send_frame(encoder.get(), picture.get()); code < 0) {
    CAMFLEET_CHECK(refused("encoding", code));
  }
  if (const int code = avcodec_receive_packet(encoder.get(), packet.get()); code < 0) {
    CAMFLEET_CHECK(refused("encoding", code));
  }
  return std::vector<std::uint8_t>(packet->data, packet->data + packet->size);
}

}  // namespace camfleet::media
