#include "simulator/camera/encoder.hpp"

#include <string>

extern "C" {
#include <libavutil/opt.h>
}

#include "runtime/media/ffmpeg.hpp"
#include "simulator/camera/annex_b.hpp"
#include "simulator/camera/vpx_encoder.hpp"

namespace camfleet::camera {
namespace {

void drop_messages(std::vector<std::uint8_t>& picture) {
  constexpr std::uint8_t message = 6;
  const auto nals = nals_of(picture, Coding::h264);
  for (auto nal = nals.rbegin(); nal != nals.rend(); ++nal) {
    if (nal->type != message) continue;
    picture.erase(picture.begin() + static_cast<std::ptrdiff_t>(nal->at),
                  picture.begin() + static_cast<std::ptrdiff_t>(nal->end));
  }
}

/// H.264 and H.265 as cameras make them: one picture after the other, no B-frames, one thread.
class FfmpegEncoder final : public Encoder {
 public:
  result<void> open(const Settings& settings) {
    const bool is_h264 = settings.codec == Coding::h264;
    const char* name = is_h264 ? "libx264" : "libx265";
    const AVCodec* codec = avcodec_find_encoder_by_name(name);
    if (codec == nullptr)
      return fail(Errc::unsupported, name,
                  "is not an encoder of this FFmpeg; use codec=vp8, or Debian's libavcodec59");
    context_.reset(avcodec_alloc_context3(codec));
    picture_.reset(av_frame_alloc());
    packet_.reset(av_packet_alloc());
    if (context_ == nullptr || picture_ == nullptr || packet_ == nullptr)
      return fail(Errc::limit, name, "no memory for an encoder");
    set(settings, is_h264);
    const media::FfmpegLog log;
    const int code = avcodec_open2(context_.get(), codec, nullptr);
    if (code < 0) return fail(Errc::unsupported, name, log.reason(code));
    return success();
  }

  result<EncodedFrame> encode(const scene::Planes& picture, bool key) override {
    picture_->format = AV_PIX_FMT_YUV420P;
    picture_->width = context_->width;
    picture_->height = context_->height;
    picture_->pts = next_++;
    picture_->pict_type = key ? AV_PICTURE_TYPE_I : AV_PICTURE_TYPE_NONE;
    picture_->data[0] = picture.y;
    picture_->data[1] = picture.u;
    picture_->data[2] = picture.v;
    picture_->linesize[0] = picture.y_stride;
    picture_->linesize[1] = picture_->linesize[2] = picture.chroma_stride;
    const media::FfmpegLog log;
    int code = avcodec_send_frame(context_.get(), picture_.get());
    if (code >= 0) code = avcodec_receive_packet(context_.get(), packet_.get());
    if (code < 0) return fail(Errc::broken_invariant, context_->codec->name, log.reason(code));
    EncodedFrame frame;
    frame.bytes.assign(packet_->data, packet_->data + packet_->size);
    // x264 writes its settings into each key frame.
    if (context_->codec_id == AV_CODEC_ID_H264) drop_messages(frame.bytes);
    frame.is_key = (packet_->flags & AV_PKT_FLAG_KEY) != 0;
    av_packet_unref(packet_.get());
    return frame;
  }

 private:
  void set(const Settings& settings, bool is_h264) {
    AVCodecContext& context = *context_;
    context.width = settings.size.width;
    context.height = settings.size.height;
    context.pix_fmt = AV_PIX_FMT_YUV420P;
    context.time_base = {1, static_cast<int>(settings.fps)};
    context.framerate = {static_cast<int>(settings.fps), 1};
    context.bit_rate = std::int64_t{settings.kbps} * 1000;
    context.rc_max_rate = context.bit_rate;
    context.rc_buffer_size = static_cast<int>(context.bit_rate);
    // Key frames come where they are asked for alone.
    context.gop_size = 1'000'000;
    context.max_b_frames = 0;
    context.thread_count = 1;
    context.color_range = AVCOL_RANGE_MPEG;
    context.colorspace = AVCOL_SPC_SMPTE170M;
    av_opt_set(context.priv_data, "preset", "ultrafast", 0);
    av_opt_set(context.priv_data, "tune", "zerolatency", 0);
    av_opt_set(context.priv_data, "forced-idr", "1", 0);
    if (is_h264) {
      av_opt_set(context.priv_data, "x264-params", "scenecut=0", 0);
    } else {
      av_opt_set(context.priv_data, "x265-params",
                 "scenecut=0:log-level=none:pools=none:frame-threads=1:repeat-headers=1:info=0:open-gop=0",
                 0);
    }
  }

  media::FfmpegPtr<AVCodecContext> context_;
  media::FfmpegPtr<AVFrame> picture_;
  media::FfmpegPtr<AVPacket> packet_;
  std::int64_t next_ = 0;
};

}  // namespace

result<std::unique_ptr<Encoder>> Encoder::make(const Settings& settings) {
  if (settings.codec == Coding::vp8 || settings.codec == Coding::vp9) return make_vpx_encoder(settings);
  if (settings.codec != Coding::h264 && settings.codec != Coding::h265)
    return fail(Errc::unsupported, "codec", "is none that a synthetic camera has");
  auto encoder = std::make_unique<FfmpegEncoder>();
  CAMFLEET_CHECK(encoder->open(settings));
  return std::unique_ptr<Encoder>(std::move(encoder));
}

}  // namespace camfleet::camera
