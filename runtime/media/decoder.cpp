#include "runtime/media/decoder.hpp"

#include <algorithm>

namespace camfleet::media {

namespace {

constexpr int hevc_sps = 33;

/// Temporal sub-layers of an H.265 stream by its extradata; 0 when it does not tell. With more than one, a
/// picture that its own sub-layer does not need may still be needed by a higher one.
int hevc_sub_layers(const AVCodecParameters& parameters) {
  const std::uint8_t* data = parameters.extradata;
  const int size = parameters.extradata_size;
  if (size < 23) return 0;
  if (data[0] == 1) return (data[21] >> 3) & 7;  // hvcC: numTemporalLayers
  int layers = 0;
  for (int i = 0; i + 5 < size; ++i) {
    const bool start_code = data[i] == 0 && data[i + 1] == 0 && data[i + 2] == 1;
    // After the two bytes of the NAL header: 4 bits of VPS id, 3 bits of sps_max_sub_layers_minus1.
    if (start_code && ((data[i + 3] >> 1) & 63) == hevc_sps)
      layers = std::max(layers, ((data[i + 5] >> 1) & 7) + 1);
  }
  return layers;
}

bool skips_exactly(const AVCodecParameters& parameters) {
  // A field pair may have one referenced field and one that is not.
  if (parameters.field_order != AV_FIELD_PROGRESSIVE && parameters.field_order != AV_FIELD_UNKNOWN)
    return false;
  switch (parameters.codec_id) {
    case AV_CODEC_ID_H264:
    case AV_CODEC_ID_MPEG4:
    case AV_CODEC_ID_MPEG2VIDEO:
      return true;
    case AV_CODEC_ID_HEVC:
      return hevc_sub_layers(parameters) == 1;
    default:
      return false;
  }
}

result<void> check_size(const AVCodecParameters& parameters, const StreamShowing& showing,
                        const std::string& where, const Limits& limits) {
  const Size stored{parameters.width, parameters.height};
  const AVRational pixel = showing.pixel().num > 0 ? showing.pixel() : parameters.sample_aspect_ratio;
  const Size shown = squared(stored.width, stored.height, pixel);
  if (std::max(stored.pixels(), shown.pixels()) <= limits.max_pixels) return success();
  const auto text = [](const Size& size) {
    return std::to_string(size.width) + "x" + std::to_string(size.height);
  };
  return fail(Errc::too_large, where,
              "pictures of " + text(stored) + (shown == stored ? "" : ", shown as " + text(shown)) +
                  "; at most " + std::to_string(limits.max_pixels) + " pixels");
}

}  // namespace

result<Decoder> Decoder::open(const AVStream& stream, const std::string& where, const Limits& limits) {
  const AVCodecParameters& parameters = *stream.codecpar;
  const std::string name = avcodec_get_name(parameters.codec_id);
  const StreamShowing showing(stream);
  CAMFLEET_CHECK(check_size(parameters, showing, where, limits));
  const AVCodec* codec = avcodec_find_decoder(parameters.codec_id);
  if (codec == nullptr) return fail(Errc::unsupported, where, "there is no decoder for codec '" + name + "'");
  FfmpegPtr<AVCodecContext> context(avcodec_alloc_context3(codec));
  if (context == nullptr) return fail(Errc::limit, where, "no memory for a decoder");
  const FfmpegLog log;
  int code = avcodec_parameters_to_context(context.get(), &parameters);
  context->thread_count = 1;
  context->max_pixels = padded_pixels(limits.max_pixels);
  context->pkt_timebase = stream.time_base;
  if (code >= 0) code = avcodec_open2(context.get(), codec, nullptr);
  if (code < 0) {
    return fail(log.refused_pixels() > 0 ? Errc::too_large : Errc::corrupt, where,
                "the decoder for '" + name + "' refuses it: " + log.reason(code));
  }
  return Decoder(std::move(context), showing, skips_exactly(parameters), limits.max_pixels);
}

int Decoder::send(const AVPacket* packet, bool skip_unreferenced) {
  context_->skip_frame = skip_unreferenced && can_skip_ ? AVDISCARD_NONREF : AVDISCARD_DEFAULT;
  return avcodec_send_packet(context_.get(), packet);
}

int Decoder::receive(AVFrame& into) {
  const int code = avcodec_receive_frame(context_.get(), &into);
  if (code < 0) return code;
  if (!showing_.tell(into)) return AVERROR(ENOMEM);
  const std::int64_t pixels = std::int64_t{into.width} * into.height;
  return pixels > 0 && std::max(pixels, shown_size(into).pixels()) <= max_pixels_ ? 0 : AVERROR_INVALIDDATA;
}

}  // namespace camfleet::media
