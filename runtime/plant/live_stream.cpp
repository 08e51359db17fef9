#include "runtime/plant/live_stream.hpp"

#include <algorithm>
#include <utility>

namespace camfleet::plant {
namespace {

/// Stamps that jump by more than this begin a new count.
constexpr Duration largest_step = seconds(2);

/// Who takes every frame asks again within this, or has gone.
constexpr Duration keep_for_every_frame = seconds(1);

/// Who waits for a key frame for so long is told before it comes.
constexpr Duration longest_silence = seconds(60);

/// Of a change that is too small to be told.
constexpr std::int64_t least_change = 10;

bool differs(Duration from, Duration now) {
  return std::chrono::abs(now - from) * least_change > from;
}

/// The machine's steady clock, which no change of its time moves.
Duration steady_now() {
  return std::chrono::steady_clock::now().time_since_epoch();
}

bool is_key(const AVPacket& packet) {
  return (packet.flags & AV_PKT_FLAG_KEY) != 0;
}

std::size_t size_of(const AVPacket& packet) {
  return static_cast<std::size_t>(std::max(packet.size, 0));
}

}  // namespace

LiveStream::LiveStream(StreamParts parts, DeviceIx device, std::string device_id, StreamIx stream,
                       media::SourceUrl url)
    : parts_(std::move(parts)),
      device_(device),
      device_id_(std::move(device_id)),
      stream_(stream),
      url_(std::move(url)),
      clock_(*parts_.time) {
  const auto traits = parts_.sources->traits_of(url_);
  if (traits.has_value()) traits_ = traits.value();
}

std::thread LiveStream::start() {
  return std::thread([self = shared_from_this()] { self->run(); });
}

void LiveStream::run() {
  auto opened = parts_.sources->connect(url_, {parts_.limits, &interrupt_, &clock_, device_id_, &wanted_at_});
  if (interrupt_.stopped()) return;
  result<media::Decoder> decoder = opened.has_value() ? opened.value()->make_decoder() : pass(opened.error());
  if (!decoder.has_value()) {
    parts_.failed(device_, decoder.error());
    parts_.deliver(actor(device_), StreamFailed{stream_, reason_of(decoder.error())});
    return;
  }
  {
    const std::lock_guard lock(mutex_);
    decoder_.emplace(std::move(decoder).value());
    picture_.reset(av_frame_alloc());
    interval_ = opened.value()->frame_interval();
    opened_at_ = parts_.time->now();
    told_ = {stream_, false, interval_, Duration(0)};
  }
  parts_.deliver(actor(device_), StreamOpened{stream_, opened.value()->frame_interval()});
  pull(*opened.value());
}

void LiveStream::pull(media::PacketSource& source) {
  while (!interrupt_.stopped()) {
    PacketPtr packet(av_packet_alloc());
    if (packet == nullptr) return fail({Errc::limit, url_.text, "no memory for a packet"});
    if (source.read(*packet, patience()) != media::PacketSource::Outcome::packet) {
      if (!interrupt_.stopped()) fail(source.error());
      return;
    }
    if (!source.is_paced()) pace(source, *packet);
    const Instant at = filmed_at(source, *packet);
    keep(std::move(packet), at);
  }
}

Instant LiveStream::filmed_at(const media::PacketSource& source, const AVPacket& packet) const {
  if (traits_.clock == media::StreamClock::camera) return parts_.time->now();
  const auto at = source.time_of(packet);
  return at ? Instant(*at) : parts_.time->now();
}

Duration LiveStream::passed_at(Instant at) const {
  return traits_.clock == media::StreamClock::camera ? steady_now() : at.time_since_epoch();
}

void LiveStream::pace(const media::PacketSource& source, const AVPacket& packet) {
  // A segment or a file comes at once.
  const auto stamp = source.time_of(packet);
  if (!stamp) return;
  const auto now = std::chrono::steady_clock::now();
  if (paced_from_) {
    const auto due = paced_since_ + (*stamp - *paced_from_);
    const Duration early = due - now;
    if (early > Duration(0) && early <= largest_step + seconds(10) && *stamp >= *paced_from_) {
      // In steps, so that closing does not wait.
      while (!interrupt_.stopped() && std::chrono::steady_clock::now() < due)
        std::this_thread::sleep_for(
            std::min<Duration>(due - std::chrono::steady_clock::now(), milliseconds(50)));
      return;
    }
    if (early > -largest_step && early <= Duration(0)) return;
  }
  paced_from_ = stamp;
  paced_since_ = now;
}

void LiveStream::keep(PacketPtr packet, Instant at) {
  const std::lock_guard lock(mutex_);
  const bool key = is_key(*packet);
  put_back(at);
  const Duration steady = passed_at(at);
  measure(steady, key);
  const bool waited_for = std::ranges::any_of(wants_, [&](const Want& want) { return want.from <= at; });
  if (want_key_ && !key) return wait_for_key(steady, waited_for);
  if (want_key_) stop_waiting_for_key(steady);
  if (key) begin_group(at);
  want_key_ = false;
  bytes_ += size_of(*packet);
  packets_.push_back({std::move(packet), at, std::exchange(gap_, false)});
  if (waited_for) note_wants();
  if (packets_.size() > max_packets || bytes_ > max_bytes) {
    parts_.problems->add({Errc::limit, url_.text, "sends more between two key frames than is kept"},
                         {device_});
    packets_.clear();
    bytes_ = 0;
    want_key_ = gap_ = true;
    note_wants();
    return;
  }
  if (waited_for || decodes_on()) wake_decoder();
}

void LiveStream::put_back(Instant at) {
  last_key_ = std::min(last_key_, at);
  if (packets_.empty() || packets_.back().at <= at) return;
  for (Arrived& before : packets_) before.at = std::min(before.at, at);
}

void LiveStream::begin_group(Instant at) {
  const Instant last = packets_.empty() ? Instant::min() : packets_.back().at;
  // Who waits for what came before the group is served by that, as long as it is there.
  const bool has_older = !packets_.empty() && packets_.front().at < last_key_;
  const Instant older = has_older ? std::min(before_key_, last_key_) : Instant::min();
  const auto needs_it = [&](const Want& want) { return older < want.from && want.from <= last; };
  if (at < every_frame_until_ || std::ranges::any_of(wants_, needs_it)) {
    before_key_ = last;
  } else {
    while (!packets_.empty() && packets_.back().at >= last_key_) {
      bytes_ -= size_of(*packets_.back().packet);
      packets_.pop_back();
      gap_ = true;
    }
  }
  last_key_ = at;
}

void LiveStream::measure(Duration at, bool key) {
  meter_.add(at, key);
  const Duration interval = meter_.frame_interval();
  const bool other_rate = interval > Duration(0) && differs(interval_, interval);
  if (other_rate) interval_ = interval;
  if (other_rate || differs(told_.key_distance, meter_.key_distance())) tell_measured();
}

void LiveStream::tell_measured() {
  told_ = {stream_, no_key_since_.has_value(), interval_, meter_.key_distance()};
  parts_.deliver(actor(device_), told_);
}

void LiveStream::wait_for_key(Duration at, bool missed) {
  if (!no_key_since_) {
    no_key_since_ = at;
    tell_measured();
  }
  missed_for_key_ = missed_for_key_ || missed;
  if (at - *no_key_since_ >= longest_silence) say_no_key(at);
}

void LiveStream::stop_waiting_for_key(Duration at) {
  if (!no_key_since_) return;
  say_no_key(at);
  no_key_since_.reset();
  missed_for_key_ = false;
  said_no_key_ = false;
  tell_measured();
}

void LiveStream::say_no_key(Duration at) {
  if (!no_key_since_ || !missed_for_key_ || said_no_key_) return;
  said_no_key_ = true;
  const auto waited = std::chrono::ceil<std::chrono::seconds>(at - *no_key_since_);
  parts_.problems->add({Errc::corrupt, url_.text,
                        "no key frame in " + std::to_string(waited.count()) +
                            " s, and no picture can be decoded before one; later slices connect earlier; key "
                            "frames that are less far apart (GOP) would be right"},
                       {device_});
}

bool LiveStream::decodes_on() const {
  // Who takes every frame asks for the next one once it has this.
  return packets_.size() > most_undecoded && packets_.back().at >= every_frame_until_;
}

Duration LiveStream::patience() const {
  const Duration interval = meter_.frame_interval();
  const media::Limits& limits = parts_.limits;
  return interval == Duration(0) ? std::max(limits.open_deadline, limits.read_deadline)
                                 : std::max(limits.read_deadline, interval * frames_of_patience);
}

void LiveStream::note_wants() {
  // What has come already needs no further packet.
  const Instant come = packets_.empty() ? Instant::min() : packets_.back().at;
  Instant first = Instant::max();
  for (const Want& want : wants_) {
    if (want.from > come) first = std::min(first, want.from);
  }
  const std::int64_t at = first.time_since_epoch().count();
  // Its camera may be about to send what nobody waited for until now.
  if (wanted_at_.exchange(at) > at) interrupt_.nudge();
}

void LiveStream::drop_older_groups() {
  if (packets_.empty() || packets_.front().at >= last_key_ || packets_.back().at < every_frame_until_) return;
  const auto needs_older = [this](const Want& want) { return want.from < last_key_; };
  if (std::ranges::any_of(wants_, needs_older)) return;
  while (!is_key(*packets_.front().packet) || packets_.front().at < last_key_) {
    bytes_ -= size_of(*packets_.front().packet);
    packets_.pop_front();
    if (packets_.empty()) break;
  }
  if (packets_.empty()) {
    want_key_ = gap_ = true;
  } else {
    packets_.front().after_gap = true;
  }
}

LiveStream::Arrived LiveStream::take_first() {
  Arrived first = std::move(packets_.front());
  packets_.pop_front();
  bytes_ -= size_of(*first.packet);
  return first;
}

void LiveStream::read(const ReadRequest& request) {
  const std::lock_guard lock(mutex_);
  // The device knows already, or will in a moment.
  if (broken_) return;
  // One that films by the run's time starts anew by itself.
  if (traits_.clock == media::StreamClock::camera) put_back(parts_.time->now());
  const Instant from = request.every_frame ? next_frame_of(request) : request.not_before - interval_ / 2;
  wants_.push_back({request, from});
  note_wants();
  if (!packets_.empty() && packets_.back().at >= from) wake_decoder();
}

Instant LiveStream::next_frame_of(const ReadRequest& request) {
  const Instant now = parts_.time->now();
  every_frame_until_ = std::max(now, request.not_before) + keep_for_every_frame;
  const auto given = last_given_.find(request.slot.slot);
  const bool is_first = given == last_given_.end() || given->second.use != request.slot.use;
  // A clock that was put back makes it long ago.
  return is_first ? request.not_before - interval_ / 2 : std::min(given->second.at + Duration(1), now);
}

void LiveStream::fail(const Error& error) {
  parts_.failed(device_, error);
  {
    const std::lock_guard lock(mutex_);
    say_no_key(passed_at(parts_.time->now()));
    broken_ = true;
    wants_.clear();
    packets_.clear();
  }
  parts_.deliver(actor(device_), StreamFailed{stream_, reason_of(error)});
}

void LiveStream::close() {
  interrupt_.stop();
  const std::lock_guard lock(mutex_);
  say_no_key(passed_at(parts_.time->now()));
  wants_.clear();
}

}  // namespace camfleet::plant
