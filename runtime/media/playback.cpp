#include "runtime/media/playback.hpp"

#include "runtime/media/ffmpeg.hpp"
#include "runtime/media/source_url.hpp"

namespace camfleet::media {

namespace {

class PlayedSource final : public Source {
 public:
  PlayedSource(std::unique_ptr<Source> source, Playback playback)
      : source_(std::move(source)), playback_(playback), info_(source_->info()) {
    if (playback_.loop) {
      info_.length = Duration{0};
    } else if (info_.length > Duration{0}) {
      info_.length -= playback_.start;
    }
  }

  const SourceInfo& info() const override { return info_; }
  const Error& error() const override { return source_->error(); }

  ReadStatus read(Duration target, Frame& into) override {
    started_ = true;
    const Duration place = target + playback_.start;
    if (!playback_.loop) return placed(source_->read(place, into), Duration{0}, into);
    ReadStatus status = read_wrapped(place, into);
    // The end of media of unknown length has just told it.
    if (status == ReadStatus::ended && !wraps() && source_->info().length > Duration{0}) {
      status = read_wrapped(place, into);
    }
    return status;
  }

  ReadStatus next(Frame& into) override {
    if (!started_ && playback_.start > Duration{0}) return read(Duration{0}, into);
    started_ = true;
    const ReadStatus status = source_->next(into);
    if (status != ReadStatus::ended || !playback_.loop || source_->info().length <= Duration{0}) {
      return placed(status, round_start_, into);
    }
    round_start_ += source_->info().length;
    return placed(source_->read(Duration{0}, into), round_start_, into);
  }

 private:
  [[nodiscard]] bool wraps() const { return length_ > Duration{0}; }

  /// One try: `ended` only where the length is not known before the read.
  ReadStatus read_wrapped(Duration place, Frame& into) {
    length_ = source_->info().length;
    if (!wraps()) {
      round_start_ = Duration{0};
      return placed(source_->read(place, into), round_start_, into);
    }
    Duration within = place % length_;
    if (within < Duration{0}) within += length_;
    round_start_ = place - within;
    const ReadStatus status = source_->read(within, into);
    if (status != ReadStatus::ended) return placed(status, round_start_, into);
    round_start_ += length_;
    return placed(source_->read(Duration{0}, into), round_start_, into);
  }

  ReadStatus placed(ReadStatus status, Duration round_start, Frame& into) const {
    if (status == ReadStatus::frame) into.media_time += round_start - playback_.start;
    return status;
  }

  std::unique_ptr<Source> source_;
  Playback playback_;
  SourceInfo info_;
  Duration length_{0};       ///< by which the last target was wrapped
  Duration round_start_{0};  ///< media time at which the round of the last frame began
  bool started_ = false;
};

}  // namespace

result<Playback> playback_of(const SourceUrl& url) {
  Playback playback;
  if (const auto loop = url.query.find("loop"); loop != url.query.end()) {
    if (loop->second != "0" && loop->second != "1") {
      return fail(Errc::invalid_field, url.text,
                  "loop is '" + redacted(loop->second) + "'; right would be 0 or 1");
    }
    playback.loop = loop->second == "1";
  }
  if (const auto start = url.query.find("start"); start != url.query.end()) {
    CAMFLEET_TRY(playback.start, parse_decimal_seconds(start->second, url.text + ": start"));
  }
  return playback;
}

result<std::unique_ptr<Source>> with_playback(std::unique_ptr<Source> source, Playback playback,
                                              const std::string& where) {
  const Duration length = source->info().length;
  if (!playback.loop && length > Duration{0} && playback.start >= length) {
    return fail(Errc::invalid_field, where,
                "start is past the end of the media, which is " + seconds_text(length) + " long");
  }
  if (!playback.loop && playback.start == Duration{0}) return source;
  return std::unique_ptr<Source>(std::make_unique<PlayedSource>(std::move(source), playback));
}

}  // namespace camfleet::media
