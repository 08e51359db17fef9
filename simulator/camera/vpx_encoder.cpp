#include "simulator/camera/vpx_encoder.hpp"

#include <string>

#include <vpx/vp8cx.h>
#include <vpx/vpx_encoder.h>

namespace camfleet::camera {
namespace {

/// libvpx's cpu-used: the speed of a camera's own encoder, in the middle of its range for real time. With a
/// positive number VP8 would go by how long it takes, and not make the same bytes twice.
constexpr int vp8_speed = -8;
constexpr int vp9_speed = 8;

struct ContextDelete {
  void operator()(vpx_codec_ctx_t* context) const {
    vpx_codec_destroy(context);
    delete context;
  }
};

class VpxEncoder final : public Encoder {
 public:
  explicit VpxEncoder(const Settings& settings) : settings_(settings) {}

  result<void> open() {
    vpx_codec_iface_t* codec = settings_.codec == Coding::vp9 ? vpx_codec_vp9_cx() : vpx_codec_vp8_cx();
    vpx_codec_enc_cfg_t config{};
    if (vpx_codec_enc_config_default(codec, &config, 0) != VPX_CODEC_OK)
      return fail(Errc::unsupported, "libvpx", "has no such encoder");
    config.g_w = static_cast<unsigned>(settings_.size.width);
    config.g_h = static_cast<unsigned>(settings_.size.height);
    config.g_timebase = {1, static_cast<int>(settings_.fps)};
    config.g_threads = 1;
    config.g_lag_in_frames = 0;
    config.g_error_resilient = 0;
    config.rc_end_usage = VPX_CBR;
    config.rc_target_bitrate = settings_.kbps;
    config.rc_dropframe_thresh = 0;
    config.kf_mode = VPX_KF_DISABLED;
    auto opened = std::make_unique<vpx_codec_ctx_t>();
    if (vpx_codec_enc_init(opened.get(), codec, &config, 0) != VPX_CODEC_OK)
      return fail(Errc::unsupported, "libvpx", vpx_codec_error(opened.get()));
    context_.reset(opened.release());
    vpx_codec_control(context_.get(), VP8E_SET_CPUUSED,
                      settings_.codec == Coding::vp9 ? vp9_speed : vp8_speed);
    return success();
  }

  result<EncodedFrame> encode(const scene::Planes& picture, bool key) override {
    vpx_image_t image{};
    const auto width = static_cast<unsigned>(settings_.size.width);
    const auto height = static_cast<unsigned>(settings_.size.height);
    vpx_img_wrap(&image, VPX_IMG_FMT_I420, width, height, 1, picture.y);
    image.planes[VPX_PLANE_Y] = picture.y;
    image.planes[VPX_PLANE_U] = picture.u;
    image.planes[VPX_PLANE_V] = picture.v;
    image.stride[VPX_PLANE_Y] = picture.y_stride;
    image.stride[VPX_PLANE_U] = image.stride[VPX_PLANE_V] = picture.chroma_stride;
    const vpx_enc_frame_flags_t flags = key ? VPX_EFLAG_FORCE_KF : 0;
    if (vpx_codec_encode(context_.get(), &image, next_++, 1, flags, VPX_DL_REALTIME) != VPX_CODEC_OK)
      return fail(Errc::broken_invariant, "libvpx", vpx_codec_error(context_.get()));
    EncodedFrame frame;
    vpx_codec_iter_t iterator = nullptr;
    while (const vpx_codec_cx_pkt_t* packet = vpx_codec_get_cx_data(context_.get(), &iterator)) {
      if (packet->kind != VPX_CODEC_CX_FRAME_PKT) continue;
      const auto* bytes = static_cast<const std::uint8_t*>(packet->data.frame.buf);
      frame.bytes.insert(frame.bytes.end(), bytes, bytes + packet->data.frame.sz);
      frame.is_key = (packet->data.frame.flags & VPX_FRAME_IS_KEY) != 0;
    }
    if (frame.bytes.empty()) return fail(Errc::broken_invariant, "libvpx", "held a picture back");
    return frame;
  }

 private:
  Settings settings_;
  std::unique_ptr<vpx_codec_ctx_t, ContextDelete> context_;
  vpx_codec_pts_t next_ = 0;
};

}  // namespace

result<std::unique_ptr<Encoder>> make_vpx_encoder(const Encoder::Settings& settings) {
  auto encoder = std::make_unique<VpxEncoder>(settings);
  CAMFLEET_CHECK(encoder->open());
  return std::unique_ptr<Encoder>(std::move(encoder));
}

}  // namespace camfleet::camera
