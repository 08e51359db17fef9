// What LiveStream does on the pool: decodes up to the frames that somebody waits for, and hands them out.

#include <algorithm>
#include <utility>

#include "runtime/media/converter.hpp"
#include "runtime/plant/live_stream.hpp"

namespace camfleet::plant {

void LiveStream::wake_decoder() {
  if (decoding_) return;
  decoding_ = true;
  parts_.pool->submit(device_.value, reinterpret_cast<std::uintptr_t>(this),
                      [self = shared_from_this()](unsigned) { self->decode(); });
}

void LiveStream::decode() {
  while (true) {
    Arrived next;
    {
      const std::lock_guard lock(mutex_);
      drop_older_groups();
      const bool waited_for = !packets_.empty() && std::ranges::any_of(wants_, [&](const Want& want) {
        return want.from <= packets_.back().at;
      });
      if (!waited_for && !decodes_on()) {
        decoding_ = false;
        note_wants();
        const auto waits = [&](const Want& want) { return undecoded_since_ && want.from <= decoded_at_; };
        if (std::ranges::none_of(wants_, waits)) undecoded_since_.reset();
        return;
      }
      next = take_first();
    }
    if (next.after_gap) decoder_->flush();
    decode_one(next);
  }
}

void LiveStream::decode_one(const Arrived& arrived) {
  // The picture that comes out carries the time at which its own packet came, also when it comes out later.
  arrived.packet->pts = arrived.at.time_since_epoch().count();
  arrived.packet->dts = AV_NOPTS_VALUE;
  bool any = false;
  const bool taken = decoder_->send(arrived.packet.get(), false) >= 0;
  while (taken && decoder_->receive(*picture_) == 0) {
    const Instant at = picture_->pts == AV_NOPTS_VALUE ? arrived.at : Instant(Duration(picture_->pts));
    deliver(*picture_, at);
    any = true;
  }
  decoded_at_ = arrived.at;
  note_decoded(arrived.at, any);
}

void LiveStream::note_decoded(Instant at, bool any) {
  if (any) {
    undecoded_since_.reset();
    said_undecoded_ = false;
    return;
  }
  if (!undecoded_since_ || at < *undecoded_since_) undecoded_since_ = at;
  // A decoder may hold frames back to put them in order.
  const int most_held_back = decoder_->delay() + frames_of_patience;
  std::vector<Want> lost;
  {
    const std::lock_guard lock(mutex_);
    const Duration patience = std::max(longest_undecoded, interval_ * most_held_back);
    if (at - *undecoded_since_ < patience) return;
    const auto first = std::partition(wants_.begin(), wants_.end(),
                                      [&](const Want& want) { return want.from + patience > at; });
    lost.assign(first, wants_.end());
    wants_.erase(first, wants_.end());
    note_wants();
  }
  if (!said_undecoded_ && !lost.empty()) {
    said_undecoded_ = true;
    parts_.problems->add({Errc::corrupt, url_.text, "sends, but no picture can be decoded of it"}, {device_});
  }
  for (const Want& want : lost)
    parts_.deliver(actor(device_), ReadFailed{stream_, want.request.slot, want.request.sample, ReadLoss::lost,
                                              Reason::stream_corrupt});
}

void LiveStream::deliver(const AVFrame& picture, Instant at) {
  std::vector<Want> ready;
  {
    const std::lock_guard lock(mutex_);
    const auto first =
        std::partition(wants_.begin(), wants_.end(), [&](const Want& want) { return want.from > at; });
    if (first == wants_.end()) return;
    ready.assign(first, wants_.end());
    wants_.erase(first, wants_.end());
    note_wants();
  }
  auto frame = parts_.frames->try_acquire();
  const bool converted = frame && media::convert(picture, **frame);
  if (!converted) {
    // No frame is free (the next picture will do), or this one cannot be shown.
    frame.reset();
    const std::lock_guard lock(mutex_);
    wants_.insert(wants_.end(), ready.begin(), ready.end());
    note_wants();
    return;
  }
  const Duration media_time = at - opened_at_;
  (*frame)->media_time = media_time;
  const FrameIx ix = parts_.frames->publish(std::move(*frame), static_cast<std::uint32_t>(ready.size()));
  for (const Want& want : ready) {
    if (want.request.every_frame) {
      const std::lock_guard lock(mutex_);
      last_given_.insert_or_assign(want.request.slot.slot, Given{want.request.slot.use, at});
    }
    parts_.deliver(actor(device_),
                   FrameReady{stream_, want.request.slot, want.request.sample, ix, media_time, at});
  }
}

}  // namespace camfleet::plant
