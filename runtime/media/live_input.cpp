#include "runtime/media/live_input.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <utility>

#include "actors/plan/roster.hpp"
#include "runtime/media/rtsp_redirects.hpp"
#include "runtime/media/source_url.hpp"

namespace camfleet::media {
namespace {

constexpr Duration guessed_interval = milliseconds(40);

/// The most of a stream that is looked at to tell its container, and then to come to its video.
constexpr const char* probe_bytes = "2000000";
constexpr int most_packets_before_video = 10'000;
constexpr std::int64_t most_before_video = 32LL << 20U;

bool is_rtsp(const SourceUrl& url) {
  return url.scheme == "rtsp" || url.scheme == "rtsps";
}

bool is_http(const SourceUrl& url) {
  return url.scheme == "http" || url.scheme == "https";
}

/// `#connections=1`, as the roster reads it, is all that can be said of connections.
result<void> check_connections(const SourceUrl& url) {
  const auto found = url.query.find("connections");
  if (found == url.query.end() || takes_one_connection(url.text)) return success();
  return fail(Errc::invalid_field, url.text,
              "connections is '" + redacted(found->second) +
                  "'; right would be connections=1, of a camera that refuses a second one");
}

/// "tcp" or "udp", as the URL asks.
result<std::string> transport_of(const SourceUrl& url) {
  CAMFLEET_CHECK(check_connections(url));
  if (!is_rtsp(url)) {
    CAMFLEET_CHECK(is_http(url) ? check_query(url, {"hosts", "kind", "connections"})
                                : check_query(url, {"connections"}));
    return std::string();
  }
  CAMFLEET_CHECK(check_query(url, {"transport", "hosts", "connections"}));
  const auto found = url.query.find("transport");
  if (found == url.query.end() || found->second == "tcp") return std::string("tcp");
  if (found->second == "udp") return std::string("udp");
  return fail(Errc::invalid_field, url.text,
              "transport is '" + redacted(found->second) + "'; right would be tcp or udp");
}

void set_options(FfmpegOptions& options, const SourceUrl& url, const std::string& transport) {
  // No time-outs of FFmpeg's own: it reports them as invalid data. The interrupt knows why it fired.
  options.set("probesize", probe_bytes);
  if (is_rtsp(url)) {
    options.set("rtsp_transport", transport);
    options.set("allowed_media_types", "video");
    options.set("protocol_whitelist", "rtsp,rtsps,rtp,srtp,udp,tcp,tls");
    return;
  }
  // Never a file: a playlist from elsewhere must not open what lies here.
  options.set("protocol_whitelist", "http,https,tcp,tls,crypto,rtmp,rtmps");
  // Connections that FFmpeg would keep, or make ahead, are ours.
  options.set("http_persistent", "0");
  options.set("http_multiple", "0");
  options.set("format_whitelist", "hls,flv,live_flv,mpegts,mov,mp4,m4a,3gp,3g2,mj2,aac,webvtt,mpjpeg");
  // What a segment is, it says itself: many servers name them without an ending.
  options.set("extension_picky", "0");
  options.set("allowed_extensions", "ALL");
  options.set("allowed_segment_extensions", "ALL");
}

bool has_login(const SourceUrl& url) {
  const std::string address = address_of(url);
  const std::size_t from = address.find("://") + 3;
  return address.substr(0, address.find_first_of("/?#", from)).find('@', from) != std::string::npos;
}

Error refused(const Error& why, const std::string& where) {
  return {why.code == Errc::forbidden ? Errc::unreachable : why.code, where, why.what};
}

/// FFmpeg came to the end of its wits at a login.
Error login_error(const SourceUrl& url, const std::string& words) {
  if (!has_login(url))
    return {Errc::unreachable, url.text,
            "asks for a user and a password; write " + url.scheme + "://user:password@host (" + words + ")"};
  const std::string known = is_http(url) ? "Basic and Digest" : "Basic and a Digest of MD5";
  return {Errc::unreachable, url.text,
          "refuses the user or the password, or asks for another login than " + known + " (" + words + ")"};
}

}  // namespace

Error LiveInput::open_error(const SourceUrl& url, int code, const FfmpegLog& log) const {
  if (const auto refusal = http_ == nullptr ? std::nullopt : http_->refusal())
    return refused(*refusal, url.text);
  if (claims_too_much()) return large_body_error(url.text, claimed_body_);
  if (interrupt_->late())
    return {Errc::timed_out, url.text, "gave no answer within the deadline for opening"};
  if (interrupt_->stopped()) return {Errc::ended, url.text, "was closed while it was opened"};
  if (log.reason(code).find("not on whitelist") != std::string::npos)
    return {Errc::corrupt, url.text, "is none of HLS, FLV, MPEG-TS, MJPEG and MP4"};
  switch (code) {
    case AVERROR_HTTP_UNAUTHORIZED:
      return login_error(url, log.reason(code));
    case AVERROR_HTTP_NOT_FOUND:
      return {Errc::unreachable, url.text, "has no such path (" + log.reason(code) + ")"};
    case AVERROR_INVALIDDATA:
      return {Errc::corrupt, url.text, "is not media that can be read (" + log.reason(code) + ")"};
    case AVERROR_PROTOCOL_NOT_FOUND:
    case AVERROR_DEMUXER_NOT_FOUND:
    case AVERROR_PATCHWELCOME:
      return {Errc::unsupported, url.text, log.reason(code)};
    default:
      return {Errc::unreachable, url.text, "cannot be reached: " + log.reason(code)};
  }
}

result<std::unique_ptr<PacketSource>> LiveInput::open(const SourceUrl& url, const LiveOptions& options) {
  CAMFLEET_TRY(const std::string transport, transport_of(url));
  Interrupt& interrupt = *options.interrupt;
  std::unique_ptr<LiveInput> made(new LiveInput(url.text, options.limits, interrupt));
  LiveInput& input = *made;
  CAMFLEET_CHECK(input.reach(url, transport));
  const FfmpegLog log;
  interrupt.allow(options.limits.open_deadline);
  const int found = input.find_video();
  // A camera that has sound alone sends nothing: no other kind of media is asked of it.
  const bool has_none = is_rtsp(url) && interrupt.late() && input.context_->nb_streams == 0;
  const bool is_refused = input.http_ != nullptr && input.http_->refusal();
  if (!is_refused &&
      (has_none || found == AVERROR_STREAM_NOT_FOUND || (found == AVERROR_EOF && !interrupt.late())))
    return fail(Errc::corrupt, url.text, "holds no video stream");
  if (found < 0) return pass(input.open_error(url, found, log));
  if (input.http_ != nullptr) input.http_->opened();
  return made;
}

result<void> LiveInput::reach(const SourceUrl& url, const std::string& transport) {
  auto connected = connect(url, address_of(url), transport);
  if (!is_rtsp(url)) return connected;
  CAMFLEET_TRY(RtspRedirects redirects, RtspRedirects::of(url));
  SourceUrl at = url;
  while (!connected.has_value()) {
    // Over TLS the relay would need a TLS of its own.
    if (refused_login_ && at.scheme == "rtsp" && has_login(at)) connected = connect_by_relay(at, transport);
    if (connected.has_value() || led_to_.empty()) break;
    CAMFLEET_TRY(at, redirects.follow(std::exchange(led_to_, {})));
    connected = connect(url, address_of(at), transport);
  }
  return connected;
}

bool LiveInput::must_stop() {
  // FFmpeg changes the URL of its context before it connects to where a camera leads it.
  if (connecting_ != nullptr && connecting_->url != nullptr && address_ != connecting_->url)
    led_to_ = connecting_->url;
  if (!claims_too_much()) claimed_body_ = FfmpegLog::claimed_body();
  return interrupt_->must_stop() || !led_to_.empty() || claims_too_much() ||
         (http_ != nullptr && http_->refusal());
}

result<void> LiveInput::connect(const SourceUrl& url, const std::string& address,
                                const std::string& transport) {
  const FfmpegLog log;
  interrupt_->allow(limits_.open_deadline);
  if (is_http(url)) {
    CAMFLEET_TRY(http_, HttpInput::make(
                            url, [this] { return interrupt_->must_stop(); }, most_before_video));
  }
  AVFormatContext* raw = avformat_alloc_context();
  if (raw == nullptr) return fail(Errc::limit, url.text, "no memory to open it");
  raw->interrupt_callback = {[](void* self) { return static_cast<LiveInput*>(self)->must_stop() ? 1 : 0; },
                             this};
  FfmpegOptions options;
  set_options(options, url, transport);
  int opened = http_ == nullptr ? 0 : http_->open(*raw, address);
  if (is_rtsp(url)) connecting_ = raw;
  address_ = address;
  if (opened < 0)
    avformat_free_context(raw);
  else
    opened = avformat_open_input(&raw, address.c_str(), nullptr, options.get());
  // Some demuxers are content with what they had when they were stopped.
  if (opened >= 0 && must_stop()) {
    avformat_close_input(&raw);
    opened = AVERROR_EXIT;
  }
  refused_login_ = opened == AVERROR_HTTP_UNAUTHORIZED;
  connecting_ = opened < 0 ? nullptr : connecting_;
  if (opened < 0) return pass(open_error(url, opened, log));
  context_.reset(raw);
  return success();
}

result<void> LiveInput::connect_by_relay(const SourceUrl& url, const std::string& transport) {
  CAMFLEET_TRY(relay_, RtspRelay::start(url, limits_, *interrupt_));
  auto connected = connect(url, relay_->address(), transport);
  if (connected.has_value()) return connected;
  if (const std::int64_t claimed = relay_->claimed_body(); claimed != 0)
    return pass(large_body_error(url.text, claimed));
  switch (relay_->refusal()) {
    case RtspRelay::Refusal::wrong_login:
      return fail(Errc::unreachable, url.text, "refuses the user or the password (401 Unauthorized)");
    case RtspRelay::Refusal::unknown_method:
      if (relay_->methods().empty())
        return fail(Errc::unreachable, url.text, "asks for a login but names no method (401 Unauthorized)");
      return fail(
          Errc::unreachable, url.text,
          "asks for " + relay_->methods() +
              " to log in, which is not known; a Digest of MD5, SHA-256 or SHA-512-256, or Basic, would "
              "be right (401 Unauthorized)");
    case RtspRelay::Refusal::none:
      break;
  }
  return connected;
}

int LiveInput::find_video() {
  // avformat_find_stream_info would wait for twenty frames, to guess a rate from them.
  first_.reset(av_packet_alloc());
  if (first_ == nullptr) return AVERROR(ENOMEM);
  // Who has told of its streams has no other, unless its container lets them come later.
  const bool has_all = context_->nb_streams > 0 && (context_->ctx_flags & AVFMTCTX_NOHEADER) == 0;
  if (has_all && av_find_best_stream(context_.get(), AVMEDIA_TYPE_VIDEO, -1, -1, nullptr, 0) < 0)
    return AVERROR_STREAM_NOT_FOUND;
  for (int read = 0; read < most_packets_before_video; ++read) {
    av_packet_unref(first_.get());
    const int code = av_read_frame(context_.get(), first_.get());
    if (interrupt_->late() || interrupt_->stopped() || claims_too_much()) return AVERROR_EXIT;
    if (code == AVERROR(EAGAIN)) continue;
    if (code < 0) return code;
    const int index = av_find_best_stream(context_.get(), AVMEDIA_TYPE_VIDEO, -1, -1, nullptr, 0);
    if (index != first_->stream_index) continue;
    stream_ = context_->streams[index];
    for (unsigned i = 0; i < context_->nb_streams; ++i) {
      if (static_cast<int>(i) != index) context_->streams[i]->discard = AVDISCARD_ALL;
    }
    return 0;
  }
  return AVERROR_STREAM_NOT_FOUND;
}

PacketSource::Outcome LiveInput::read(AVPacket& packet, Duration deadline) {
  if (first_ != nullptr) {
    av_packet_unref(&packet);
    av_packet_move_ref(&packet, first_.get());
    first_.reset();
    return Outcome::packet;
  }
  interrupt_->allow(deadline);
  const FfmpegLog log;
  while (true) {
    av_packet_unref(&packet);
    const int code = av_read_frame(context_.get(), &packet);
    if (code >= 0 && packet.stream_index == stream_->index) return Outcome::packet;
    if (code >= 0) continue;
    if (code == AVERROR(EAGAIN) && !interrupt_->late() && !interrupt_->stopped()) continue;
    if (const auto refusal = http_ == nullptr ? std::nullopt : http_->refusal()) {
      error_ = refused(*refusal, where_);
      return Outcome::failed;
    }
    if (claims_too_much()) {
      error_ = large_body_error(where_, claimed_body_);
      return Outcome::failed;
    }
    if (code == AVERROR_EOF && !interrupt_->late()) {
      error_ = {Errc::unreachable, where_, "ended the stream"};
      return Outcome::ended;
    }
    const bool late = interrupt_->late() || code == AVERROR(ETIMEDOUT);
    error_ = late ? Error{Errc::timed_out, where_, "gave no packet for " + seconds_text(deadline)}
                  : Error{Errc::unreachable, where_, "broke off: " + log.reason(code)};
    return Outcome::failed;
  }
}

bool LiveInput::is_paced() const {
  const std::string_view format = context_->iformat->name;
  return format == "rtsp" || format == "mpjpeg";
}

result<Decoder> LiveInput::make_decoder() const {
  if (stream_->codecpar->codec_id == AV_CODEC_ID_NONE && std::string_view(context_->iformat->name) == "flv")
    return fail(
        Errc::unsupported, where_,
        "sends what FLV has no number for, which is H.265 as a rule; right would be H.265 over RTSP or "
        "HLS, or H.264");
  return Decoder::open(*stream_, where_, limits_);
}

Duration LiveInput::frame_interval() const {
  for (const AVRational rate : {stream_->avg_frame_rate, stream_->r_frame_rate}) {
    if (rate.num <= 0 || rate.den <= 0) continue;
    const Duration interval(1'000'000'000LL * rate.den / rate.num);
    if (interval >= milliseconds(1) && interval <= seconds(60)) return interval;
  }
  return guessed_interval;
}

std::optional<Duration> LiveInput::time_of(const AVPacket& packet) const {
  const std::int64_t stamp = packet.dts != AV_NOPTS_VALUE ? packet.dts : packet.pts;
  if (stamp == AV_NOPTS_VALUE) return std::nullopt;
  return Duration(av_rescale_q(stamp, stream_->time_base, {1, 1'000'000'000}));
}

}  // namespace camfleet::media
