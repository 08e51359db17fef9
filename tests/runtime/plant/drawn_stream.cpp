#include "tests/runtime/plant/drawn_stream.hpp"

#include <algorithm>
#include <cstring>
#include <stdexcept>
#include <utility>

extern "C" {
#include <libavutil/opt.h>
}

namespace camfleet::plant {
namespace {

constexpr int side = 64;
constexpr int darkest = 20;
constexpr int step = 4;
constexpr Duration interval = milliseconds(40);

void require(bool fine, const char* what) {
  if (!fine) throw std::runtime_error(what);
}

void take_packets(DrawnStream& drawn) {
  while (true) {
    media::FfmpegPtr<AVPacket> packet(av_packet_alloc());
    if (avcodec_receive_packet(drawn.encoder.get(), packet.get()) < 0) return;
    drawn.packets.push_back(std::move(packet));
  }
}

}  // namespace

DrawnStream draw_stream(int pictures, int gop) {
  DrawnStream drawn;
  const media::FfmpegLog quiet;
  const AVCodec* codec = avcodec_find_encoder_by_name("libx264");
  require(codec != nullptr, "FFmpeg has no libx264");
  drawn.encoder.reset(avcodec_alloc_context3(codec));
  AVCodecContext& encoder = *drawn.encoder;
  encoder.width = side;
  encoder.height = side;
  encoder.pix_fmt = AV_PIX_FMT_YUV420P;
  encoder.time_base = {1, 25};
  encoder.gop_size = gop;
  encoder.max_b_frames = 0;
  encoder.thread_count = 1;
  av_opt_set(encoder.priv_data, "preset", "ultrafast", 0);
  av_opt_set(encoder.priv_data, "tune", "zerolatency", 0);
  av_opt_set(encoder.priv_data, "x264-params", "scenecut=0", 0);
  require(avcodec_open2(&encoder, codec, nullptr) >= 0, "libx264 does not open");
  for (int n = 0; n < pictures; ++n) {
    media::FfmpegPtr<AVFrame> picture(av_frame_alloc());
    picture->width = side;
    picture->height = side;
    picture->format = AV_PIX_FMT_YUV420P;
    picture->pts = n;
    require(av_frame_get_buffer(picture.get(), 0) >= 0, "no memory for a picture");
    std::memset(picture->data[0], darkest + step * n, static_cast<std::size_t>(picture->linesize[0]) * side);
    for (const int plane : {1, 2})
      std::memset(picture->data[plane], 128, static_cast<std::size_t>(picture->linesize[plane]) * side / 2);
    require(avcodec_send_frame(&encoder, picture.get()) >= 0, "libx264 refuses a picture");
    take_packets(drawn);
  }
  avcodec_send_frame(&encoder, nullptr);
  take_packets(drawn);
  require(static_cast<int>(drawn.packets.size()) == pictures, "libx264 gave another number of packets");
  return drawn;
}

int number_of(const media::Frame& frame) {
  // Limited range: 16 to 235 became 0 to 255.
  const int grey = frame.pixels()[32 * static_cast<std::size_t>(frame.stride) + 32 * 3];
  return (grey * 219 / 255 + 16 - darkest + step / 2) / step;
}

class FakeSource final : public media::PacketSource {
 public:
  FakeSource(FakeCamera& camera, const media::LiveOptions& options, bool is_paced)
      : camera_(&camera), options_(options), is_paced_(is_paced) {}

  Outcome read(AVPacket& packet, Duration /*deadline*/) override {
    std::unique_lock lock(camera_->mutex_);
    while (camera_->sent_.empty()) {
      if (options_.interrupt->stopped()) return Outcome::failed;
      if (camera_->ended_) return Outcome::ended;
      camera_->asks_ = true;
      camera_->all_taken_.notify_all();
      camera_->more_.wait_for(lock, milliseconds(5));
    }
    av_packet_unref(&packet);
    av_packet_move_ref(&packet, camera_->sent_.front().packet.get());
    camera_->asks_ = false;
    at_ = camera_->sent_.front().at;
    camera_->sent_.pop_front();
    return Outcome::packet;
  }
  [[nodiscard]] const Error& error() const override { return error_; }
  [[nodiscard]] result<media::Decoder> make_decoder() const override {
    media::FfmpegPtr<AVFormatContext> format(avformat_alloc_context());
    AVStream* stream = avformat_new_stream(format.get(), nullptr);
    avcodec_parameters_from_context(stream->codecpar, camera_->drawn_->encoder.get());
    stream->time_base = {1, 1'000'000'000};
    return media::Decoder::open(*stream, "fake", options_.limits);
  }
  [[nodiscard]] bool is_paced() const override { return is_paced_; }
  [[nodiscard]] Duration frame_interval() const override { return interval; }
  [[nodiscard]] std::optional<Duration> time_of(const AVPacket& /*packet*/) const override { return at_; }

 private:
  FakeCamera* camera_;
  media::LiveOptions options_;
  bool is_paced_;
  Duration at_{0};
  Error error_{Errc::unreachable, "fake", "ended the stream"};
};

void FakeCamera::send(int number, Duration at, bool damaged) {
  media::FfmpegPtr<AVPacket> packet(
      av_packet_clone(drawn_->packets.at(static_cast<std::size_t>(number)).get()));
  if (damaged) {
    require(av_packet_make_writable(packet.get()) >= 0, "no memory for a packet");
    std::fill_n(packet->data, packet->size, std::uint8_t{0xFF});
  }
  put(std::move(packet), at);
}

void FakeCamera::send_large(int number, Duration at) {
  media::FfmpegPtr<AVPacket> packet(
      av_packet_clone(drawn_->packets.at(static_cast<std::size_t>(number)).get()));
  require(av_grow_packet(packet.get(), 1'000'000) >= 0, "no memory for a packet");
  put(std::move(packet), at);
}

void FakeCamera::put(media::FfmpegPtr<AVPacket> packet, Duration at) {
  const std::lock_guard lock(mutex_);
  sent_.push_back({std::move(packet), at});
  more_.notify_all();
}

void FakeCamera::wait_until_taken() {
  std::unique_lock lock(mutex_);
  all_taken_.wait(lock, [this] { return asks_ && sent_.empty(); });
}

void FakeCamera::end() {
  const std::lock_guard lock(mutex_);
  ended_ = true;
  more_.notify_all();
}

media::SourceRegistry FakeCamera::registry(const media::SourceTraits& traits, bool is_paced) {
  media::Scheme scheme;
  scheme.traits = [traits](const media::SourceUrl&) { return traits; };
  scheme.connect = [this, is_paced](
                       const media::SourceUrl&,
                       const media::LiveOptions& options) -> result<std::unique_ptr<media::PacketSource>> {
    return std::unique_ptr<media::PacketSource>(std::make_unique<FakeSource>(*this, options, is_paced));
  };
  media::SourceRegistry registry;
  registry.add("fake", std::move(scheme));
  return registry;
}

}  // namespace camfleet::plant
