#include "simulator/camera/synthetic_source.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "actors/base/hash.hpp"
#include "simulator/camera/annex_b.hpp"
#include "simulator/camera/codec.hpp"
#include "simulator/camera/damage.hpp"

namespace camfleet::camera {
namespace {

using sim::FaultKind;

/// Behind by more it leaves frames out, as a camera does whose packets nobody takes.
constexpr Duration most_behind = seconds(30);
/// Ahead of the clock by more, the clock was put back.
constexpr Duration most_ahead = seconds(2);
constexpr std::size_t most_id_bytes = 64;
/// Packets that nobody waits for come together: a thread that wakes up costs more than they do.
constexpr Duration longest_together = milliseconds(500);

void append_number(std::vector<std::uint8_t>& out, std::int64_t value) {
  for (int shift = 56; shift >= 0; shift -= 8)
    out.push_back(
        static_cast<std::uint8_t>(static_cast<std::uint64_t>(value) >> static_cast<unsigned>(shift)));
}

std::vector<std::uint8_t> identity_unit(Coding codec, Instant filmed, std::int64_t number,
                                        std::string_view device) {
  if (codec != Coding::h264 && codec != Coding::h265) return {};
  std::vector<std::uint8_t> payload;
  append_number(payload, filmed.time_since_epoch().count());
  append_number(payload, number);
  const std::string_view id = device.substr(0, most_id_bytes);
  payload.insert(payload.end(), id.begin(), id.end());
  return user_data_unit(codec, identity_uuid, payload);
}

}  // namespace

result<media::Decoder> decoder_of(const LoopKey& key, const std::string& where, const media::Limits& limits) {
  const media::FfmpegPtr<AVFormatContext> format(avformat_alloc_context());
  AVStream* stream = format == nullptr ? nullptr : avformat_new_stream(format.get(), nullptr);
  if (stream == nullptr) return fail(Errc::limit, where, "no memory for a decoder");
  AVCodecParameters& parameters = *stream->codecpar;
  parameters.codec_type = AVMEDIA_TYPE_VIDEO;
  parameters.codec_id = codec_id(key.codec);
  parameters.format = AV_PIX_FMT_YUV420P;
  parameters.width = key.size.width;
  parameters.height = key.size.height;
  stream->time_base = {1, 1'000'000'000};
  return media::Decoder::open(*stream, where, limits);
}

SyntheticSource::SyntheticSource(const CameraSpec& camera, Reel reel, CameraFaults faults, std::string where,
                                 const media::LiveOptions& options)
    : camera_(camera),
      clock_(camera),
      reel_(std::move(reel)),
      faults_(std::move(faults)),
      where_(std::move(where)),
      options_(options) {
  stagger_ = Duration(static_cast<std::int64_t>(hash_text(options_.device) %
                                                static_cast<std::uint64_t>(longest_together.count())));
  opened_at_ = came_at_ = options_.clock->now();
  start_at_group(opened_at_);
  if (faults_.at(FaultKind::late_key, opened_at_) != nullptr) ++next_;
}

void SyntheticSource::start_at_group(Instant now) {
  next_ = clock_.group_begin(clock_.frame_at(now));
}

void SyntheticSource::keep_up(Instant now) {
  const Instant filmed = clock_.begin_of(next_);
  const bool frozen = next_ == after_freeze_ && now >= came_at_;
  const bool ahead = filmed - now > most_ahead && !frozen;
  if (!ahead && now - filmed <= most_behind) return;
  const std::int64_t before = next_;
  start_at_group(now);
  // A group of more than half a minute is still being sent.
  if (!ahead) next_ = std::max(next_, before);
  came_at_ = now;
}

Instant SyntheticSource::together(Instant filmed) const {
  if (options_.wanted_at == nullptr) return filmed;
  // Each camera at a time of its own.
  const Duration since = (filmed.time_since_epoch() + stagger_) % longest_together;
  Instant next = filmed - since + longest_together;
  if (const auto* broken = faults_.begins(FaultKind::disconnect, opened_at_, next))
    next = std::min(next, broken->from);
  return options_.wanted_at->load() > next.time_since_epoch().count() ? next : filmed;
}

SyntheticSource::Step SyntheticSource::look(Duration deadline) {
  const Instant now = options_.clock->now();
  keep_up(now);
  if (const auto* freeze = faults_.at(FaultKind::freeze, clock_.begin_of(next_)))
    next_ = after_freeze_ = clock_.next_frame(freeze->to);
  const Instant filmed = clock_.begin_of(next_);
  const auto* broken = faults_.begins(FaultKind::disconnect, opened_at_, filmed);
  if (broken != nullptr && broken->from <= now) {
    give_up(Errc::unreachable, "broke off");
    return Step::failed;
  }
  Instant due = filmed;
  if (faults_.at(FaultKind::burst, filmed) != nullptr) due = burst_end(filmed);
  if (broken == nullptr) due = std::max(due, together(filmed));
  if (broken != nullptr) due = std::max(due, broken->from);
  if (broken == nullptr && due <= now) return Step::send;
  const Instant late = came_at_ + deadline;
  if (now >= late) {
    give_up(Errc::timed_out, "gave no packet for " + media::seconds_text(deadline));
    return Step::failed;
  }
  options_.clock->wait_a_while(std::min(broken == nullptr ? due : broken->from, late), *options_.interrupt);
  return Step::wait;
}

media::PacketSource::Outcome SyntheticSource::read(AVPacket& packet, Duration deadline) {
  while (!options_.interrupt->stopped()) {
    switch (look(deadline)) {
      case Step::failed:
        return Outcome::failed;
      case Step::wait:
        continue;
      case Step::send:
        break;
    }
    if (const auto failure = reel_.failure()) {
      error_ = *failure;
      return Outcome::failed;
    }
    // Nothing yet where its loop is still being made.
    if (!fill(packet)) continue;
    // One that was held back by together() came when it was filmed.
    const bool bursts = faults_.at(FaultKind::burst, filmed_) != nullptr;
    came_at_ = std::min(options_.clock->now(), bursts ? burst_end(filmed_) : filmed_);
    ++next_;
    return Outcome::packet;
  }
  return give_up(Errc::ended, "was closed");
}

bool SyntheticSource::fill(AVPacket& packet) {
  const std::uint32_t in_loop = clock_.in_loop(next_);
  const std::uint32_t group = clock_.plan().group_of(in_loop);
  filmed_ = clock_.begin_of(next_);
  const auto frames = reel_.find(group, filmed_, faults_);
  if (frames == nullptr) return false;
  const EncodedFrame& frame = frames->frames[in_loop - clock_.plan().first_of(group)];
  const auto message = identity_unit(camera_.codec, filmed_, next_, options_.device);
  const std::size_t at = frame.slices_at;
  av_packet_unref(&packet);
  if (av_new_packet(&packet, static_cast<int>(frame.bytes.size() + message.size())) < 0) return false;
  std::uint8_t* out = std::copy_n(frame.bytes.begin(), at, packet.data);
  out = std::ranges::copy(message, out).out;
  std::copy(frame.bytes.begin() + static_cast<std::ptrdiff_t>(at), frame.bytes.end(), out);
  if (faults_.at(FaultKind::corrupt, filmed_) != nullptr)
    break_headers({packet.data, static_cast<std::size_t>(packet.size)}, camera_.codec);
  packet.flags = frame.is_key ? AV_PKT_FLAG_KEY : 0;
  packet.pts = packet.dts = filmed_.time_since_epoch().count();
  if (faults_.at(FaultKind::wrong_stamps, filmed_) != nullptr)
    packet.pts = packet.dts = 1'000'000'000 - next_ % 2;
  return true;
}

std::optional<Duration> SyntheticSource::time_of(const AVPacket& /*packet*/) const {
  return filmed_.time_since_epoch();
}

result<media::Decoder> SyntheticSource::make_decoder() const {
  return decoder_of(LoopKey::of(camera_), where_, options_.limits);
}

media::PacketSource::Outcome SyntheticSource::give_up(Errc code, std::string what) {
  error_ = {code, where_, std::move(what)};
  return Outcome::failed;
}

}  // namespace camfleet::camera
