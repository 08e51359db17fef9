#include "runtime/media/clip_reader.hpp"

#include <algorithm>

namespace camfleet::media {

namespace {

constexpr AVRational nanoseconds = {1, 1'000'000'000};

/// Taken as the distance of key frames while only one has been seen.
constexpr Duration unknown_key_distance = seconds(10);

}  // namespace

Timeline::Rate ClipReader::rate_of(const Demuxer& demuxer) {
  const AVRational rate = demuxer.rate();
  return rate.num > 0 ? Timeline::Rate{rate.num, rate.den} : Timeline::Rate{};
}

ClipReader::ClipReader(Demuxer demuxer, Decoder decoder, Deadline& deadline)
    : demuxer_(std::move(demuxer)),
      decoder_(std::move(decoder)),
      deadline_(&deadline),
      packet_(av_packet_alloc()),
      frame_(av_frame_alloc()),
      timeline_(false, rate_of(demuxer_)) {
  const Timeline::Rate rate = rate_of(demuxer_);
  interval_ = Duration(av_rescale(1'000'000'000, rate.seconds, rate.frames));
}

result<ClipReader> ClipReader::open(const SourceUrl& url, const Limits& limits, Deadline& deadline) {
  const std::string& where = url.text;
  CAMFLEET_TRY(auto demuxer, Demuxer::open(url, limits, deadline));
  CAMFLEET_TRY(auto decoder, Decoder::open(demuxer.stream(), where, limits));
  ClipReader reader(std::move(demuxer), std::move(decoder), deadline);
  if (reader.packet_ == nullptr || reader.frame_ == nullptr)
    return fail(Errc::limit, where, "no memory to read");
  const FfmpegLog log;
  const Demuxer::Outcome first = reader.demuxer_.read(*reader.packet_);
  if (deadline.fired()) return fail(Errc::timed_out, where, "opening took longer than its deadline");
  if (first != Demuxer::Outcome::packet) {
    const int code = reader.demuxer_.failure();
    return fail(Errc::corrupt, where, "holds no picture: " + log.reason(code));
  }
  reader.packet_waits_ = true;
  // Where the first packet has no presentation stamp (raw streams, AVI with B-frames), later ones are guesses
  // that depend on where reading began.
  const bool counted = !reader.demuxer_.has_stamps() || reader.packet_->pts == AV_NOPTS_VALUE;
  reader.timeline_ = Timeline(counted, rate_of(reader.demuxer_));
  const std::int64_t start = reader.demuxer_.stream().start_time;
  if (start != AV_NOPTS_VALUE) reader.origin_ = start;
  return reader;
}

std::optional<Duration> ClipReader::media_time(std::int64_t stamp) const {
  std::int64_t offset = 0;
  if (stamp == AV_NOPTS_VALUE || !origin_ || __builtin_sub_overflow(stamp, *origin_, &offset))
    return std::nullopt;
  const std::int64_t ns = av_rescale_q(offset, demuxer_.stream().time_base, nanoseconds);
  if (ns > longest_media.count() || ns < -longest_media.count()) return std::nullopt;
  return Duration(ns);
}

std::int64_t ClipReader::stamp_of(Duration media) const {
  const std::int64_t offset = av_rescale_q(media.count(), nanoseconds, demuxer_.stream().time_base);
  std::int64_t stamp = 0;
  if (__builtin_add_overflow(offset, origin_.value_or(0), &stamp)) return offset;
  return stamp;
}

/// Places the picture that the decoder gave; false: it has no place, and is dropped.
bool ClipReader::take_frame() {
  const std::int64_t stamp = frame_->pts;
  if (at_start_ && stamp != AV_NOPTS_VALUE) origin_ = std::min(origin_.value_or(stamp), stamp);
  auto own_time = media_time(stamp);
  if (at_start_ && !own_time) own_time = Duration{0};
  at_start_ = false;
  const auto place = timeline_.place(own_time);
  if (!place) return false;
  time_ = *place;
  return true;
}

void ClipReader::note(const AVPacket& packet) {
  const auto at = media_time(packet.dts != AV_NOPTS_VALUE ? packet.dts : packet.pts);
  if (!at) return;
  front_ = at;
  if ((packet.flags & AV_PKT_FLAG_KEY) == 0) return;
  if (last_key_) key_distance_ = std::max(key_distance_, *at - *last_key_);
  last_key_ = at;
}

Duration ClipReader::key_distance() const {
  const Duration since_key = front_ && last_key_ ? *front_ - *last_key_ : Duration{0};
  return std::max(key_distance_ > Duration{0} ? key_distance_ : unknown_key_distance, since_key);
}

bool ClipReader::skippable(const AVPacket& packet, Duration needed_from) const {
  if (!decoder_.can_skip_exactly() || !can_seek() || demuxer_.length() == Duration{0}) return false;
  const auto at = media_time(packet.pts);
  // Near the goal everything is decoded, so that the decoder's reordering has settled when it counts.
  return at && *at + (decoder_.delay() + 2) * interval_ < needed_from;
}

/// Sends one packet; `frame` here means only that the decoder has something to do.
ClipReader::Step ClipReader::feed(Duration needed_from) {
  if (!packet_waits_) {
    const Demuxer::Outcome outcome = demuxer_.read(*packet_);
    if (outcome == Demuxer::Outcome::failed) return Step::broken;
    if (outcome == Demuxer::Outcome::end) {
      draining_ = true;
      decoder_.send(nullptr, false);
      return Step::frame;
    }
  }
  packet_waits_ = false;
  note(*packet_);
  if (want_key_ && (packet_->flags & AV_PKT_FLAG_KEY) == 0) return Step::frame;
  want_key_ = false;
  const bool skip = skippable(*packet_, needed_from);
  skipped_ = skipped_ || skip;
  decoder_.send(packet_.get(), skip);
  return Step::frame;
}

ClipReader::Step ClipReader::step(Duration needed_from) {
  for (int tries = 0; tries < max_packets_without_frame; ++tries) {
    const int code = decoder_.receive(*frame_);
    if (code == 0 && take_frame()) return Step::frame;
    if (code == AVERROR_EOF) return Step::end;
    if (deadline_->passed()) return Step::late;
    if (code != AVERROR(EAGAIN)) continue;
    if (draining_) return Step::end;
    const Step fed = feed(needed_from);
    if (fed != Step::frame) return fed;
  }
  return Step::barren;
}

bool ClipReader::seek(Duration place) {
  decoder_.flush();
  timeline_.forget();
  packet_waits_ = false;
  want_key_ = true;
  draining_ = false;
  skipped_ = false;
  front_.reset();
  last_key_.reset();
  return demuxer_.seek(stamp_of(place));
}

bool ClipReader::key_ahead(Duration place) const {
  if (!can_seek() || !front_) return false;
  // Some indexes list when a key frame is decoded: up to the decoder's delay before it is shown.
  const Duration decoded_by = place - decoder_.delay() * interval_;
  const auto key = media_time(demuxer_.indexed_key_before(stamp_of(decoded_by)));
  return key && *key > *front_ + 2 * interval_;
}

bool ClipReader::far_ahead(Duration place) const {
  if (!can_seek() || !front_ || demuxer_.index_is_complete()) return false;
  return place - *front_ > std::max<Duration>(seconds(1), 3 * key_distance() / 2);
}

Duration ClipReader::seek_margin() const {
  const bool listed = demuxer_.indexed_key_before(INT64_MAX) != AV_NOPTS_VALUE;
  return listed ? Duration{0} : key_distance();
}

std::string ClipReader::failure() const {
  return ffmpeg_text(demuxer_.failure());
}

}  // namespace camfleet::media
