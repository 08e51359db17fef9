#include "simulator/camera/film_reader.hpp"

#include <algorithm>
#include <cstring>

#include "runtime/media/converter.hpp"
#include "simulator/camera/synthetic_source.hpp"

namespace camfleet::camera {

result<void> FilmReader::read(std::int64_t number, Instant opened_at, media::Frame& into) {
  CAMFLEET_CHECK(go_to(number, &into));
  into.media_time = clock_.begin_of(number) - opened_at;
  return success();
}

result<void> FilmReader::go_to(std::int64_t number, media::Frame* into) {
  const std::int64_t first = clock_.group_begin(number);
  // Groups are closed; pictures of another size get a decoder of their own.
  const bool next_group = last_ && *last_ + 1 == first && !faults_.any(sim::FaultKind::resize);
  const bool goes_on = decoder_ && last_ && *last_ < number && (*last_ >= first || next_group);
  if (!goes_on) {
    CAMFLEET_TRY(auto decoder, decoder_of(LoopKey::of(camera_), url_of(camera_), {}));
    decoder_.emplace(std::move(decoder));
  }
  for (std::int64_t frame = goes_on ? *last_ + 1 : first; frame <= number; ++frame) {
    last_.reset();
    CAMFLEET_CHECK(decode(frame, frame == number ? into : nullptr));
    last_ = frame;
  }
  return success();
}

result<void> FilmReader::decode(std::int64_t number, media::Frame* into) {
  const auto damaged = [&] {
    return fail(Errc::corrupt, url_of(camera_), "a frame of its loop cannot be decoded");
  };
  const std::uint32_t in_loop = clock_.in_loop(number);
  const std::uint32_t group = clock_.plan().group_of(in_loop);
  CAMFLEET_TRY(const auto frames, reel_.wait_for(group, clock_.begin_of(number), faults_));
  const EncodedFrame& encoded = frames->frames[in_loop - clock_.plan().first_of(group)];
  const media::FfmpegPtr<AVPacket> packet(av_packet_alloc());
  const media::FfmpegPtr<AVFrame> picture(av_frame_alloc());
  if (packet == nullptr || picture == nullptr ||
      av_new_packet(packet.get(), static_cast<int>(encoded.bytes.size())) < 0)
    return fail(Errc::limit, url_of(camera_), "no memory to decode it");
  std::ranges::copy(encoded.bytes, packet->data);
  if (encoded.is_key) packet->flags = AV_PKT_FLAG_KEY;
  const media::FfmpegLog quiet;
  if (decoder_->send(packet.get(), false) < 0 || decoder_->receive(*picture) < 0) return damaged();
  if (into != nullptr && !media::convert(*picture, *into)) return damaged();
  return success();
}

}  // namespace camfleet::camera
