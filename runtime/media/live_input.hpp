#pragma once

#include <memory>
#include <string>

#include "runtime/media/decoder.hpp"
#include "runtime/media/ffmpeg.hpp"
#include "runtime/media/http_input.hpp"
#include "runtime/media/interrupt.hpp"
#include "runtime/media/packet_source.hpp"
#include "runtime/media/rtsp_relay.hpp"
#include "runtime/media/source.hpp"

namespace camfleet::media {

/// A live camera or a network video: rtsp://, rtmp://, http(s):// to HLS, FLV, MJPEG or an MP4 without end.
/// It is led, by redirects and playlists, to the public network, to its own addresses and to those that
/// `#hosts=` names, and nowhere else.
class LiveInput final : public PacketSource {
 public:
  /// Connects, and reads up to the first packet of its video; nothing is guessed from later ones, so that a
  /// camera of a frame a second opens as soon as any other. `rtsp://…#transport=udp` asks for UDP, TCP
  /// otherwise. Errors, with the URL without its secrets: unreachable
  /// (refused, no such host or path, wrong password), timed_out (after `limits.open_deadline`, to connect and
  /// again to the first packet), corrupt (it is not media), unsupported, too_large.
  static result<std::unique_ptr<PacketSource>> open(const SourceUrl& url, const LiveOptions& options);

  Outcome read(AVPacket& packet, Duration deadline) override;
  [[nodiscard]] const Error& error() const override { return error_; }
  [[nodiscard]] result<Decoder> make_decoder() const override;
  [[nodiscard]] bool is_paced() const override;
  [[nodiscard]] Duration frame_interval() const override;
  [[nodiscard]] std::optional<Duration> time_of(const AVPacket& packet) const override;

 private:
  LiveInput(std::string where, const Limits& limits, Interrupt& interrupt)
      : where_(std::move(where)), limits_(limits), interrupt_(&interrupt) {}

  /// Connects to the camera, and to where it leads.
  result<void> reach(const SourceUrl& url, const std::string& transport);
  /// Connects to `address`, which stands for `url`.
  result<void> connect(const SourceUrl& url, const std::string& address, const std::string& transport);
  /// Connects through one that answers what FFmpeg cannot.
  result<void> connect_by_relay(const SourceUrl& url, const std::string& transport);
  /// Asked by FFmpeg again and again.
  bool must_stop();
  [[nodiscard]] bool claims_too_much() const { return claimed_body_ < 0 || claimed_body_ > most_rtsp_body; }
  [[nodiscard]] Error open_error(const SourceUrl& url, int code, const FfmpegLog& log) const;
  /// Reads up to the first packet of the video, and keeps it. FFmpeg's error number, or 0.
  int find_video();

  std::unique_ptr<RtspRelay> relay_;  ///< where the camera is reached through one
  std::unique_ptr<HttpInput> http_;
  bool refused_login_ = false;                   ///< by whom connect() came to
  const AVFormatContext* connecting_ = nullptr;  ///< to a camera whose answer may lead elsewhere
  std::string address_;                          ///< that it connects to
  std::string led_to_;                           ///< the URL that it was led to instead
  std::int64_t claimed_body_ = 0;                ///< bytes of an answer over RTSP
  AVStream* stream_ = nullptr;
  FfmpegPtr<AVPacket> first_;  ///< of the video: read while it was looked for
  std::string where_;
  Limits limits_;
  Interrupt* interrupt_;
  Error error_{Errc::ended, "", ""};
  /// The last, so that it is closed first: closing it asks must_stop().
  FfmpegPtr<AVFormatContext> context_;
};

/// Connects to a live stream by FFmpeg; errors as LiveInput::open.
inline result<std::unique_ptr<PacketSource>> open_live_input(const SourceUrl& url,
                                                             const LiveOptions& options) {
  return LiveInput::open(url, options);
}

}  // namespace camfleet::media
