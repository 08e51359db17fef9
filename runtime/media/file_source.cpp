#include "runtime/media/file_source.hpp"

#include <algorithm>
#include <optional>

#include "runtime/media/clip_reader.hpp"
#include "runtime/media/converter.hpp"
#include "runtime/media/source_url.hpp"

namespace camfleet::media {

namespace {

using Step = ClipReader::Step;

/// Forward seeks without an index are given up after this many that landed no further than where reading
/// stood.
constexpr int max_wasted_seeks = 3;

class FileSource final : public Source {
 public:
  FileSource(const SourceUrl& url, const Limits& limits) : url_(url), where_(url_.text), limits_(limits) {}

  /// Opens the file and decodes its first picture, which is kept for the first read.
  result<void> open();

  const SourceInfo& info() const override { return info_; }
  const Error& error() const override { return error_; }
  ReadStatus read(Duration target, Frame& into) override;
  ReadStatus next(Frame& into) override;

 private:
  bool holds(Duration wanted) const { return held_ && wanted >= answers_from_ && wanted <= reader_->time(); }
  Step advance(Duration wanted);
  Step go_on(Duration wanted);
  Step jump(Duration wanted);
  Step restart();
  Step take(Step step, Duration answers_from);
  void note_end();
  ReadStatus deliver(Frame& into);
  ReadStatus without_frame(Step step);
  ReadStatus lose(Errc code, std::string what);

  SourceUrl url_;
  const std::string& where_;
  Limits limits_;
  SourceInfo info_;
  Error error_{Errc::ended, "", ""};
  Deadline deadline_;
  std::optional<ClipReader> reader_;

  bool held_ = false;         ///< the reader's picture can be given
  bool given_ = false;        ///< and it was
  Duration answers_from_{0};  ///< no picture lies between this and the reader's (the held or the coming) one
  Duration first_{0};         ///< media time of the first picture
  Duration seek_back_{0};     ///< how far before its goal a seek had to aim to land in time
  int wasted_seeks_ = 0;
  std::optional<Duration> ended_from_;  ///< nothing lies at or after this
  bool broken_ = false;
};

result<void> FileSource::open() {
  deadline_.start(limits_.open_deadline);
  CAMFLEET_TRY(auto reader, ClipReader::open(url_, limits_, deadline_));
  reader_.emplace(std::move(reader));
  const AVCodecParameters& parameters = *reader_->demuxer().stream().codecpar;
  info_.codec = avcodec_get_name(parameters.codec_id);
  const FfmpegLog log;
  const Step step = take(reader_->step(Duration::min()), Duration::min());
  if (step == Step::late) return fail(Errc::timed_out, where_, "no picture before the deadline");
  if (step != Step::frame && log.refused_pixels() > 0) return fail(Errc::too_large, where_, log.reason(0));
  if (step != Step::frame) {
    return fail(
        Errc::corrupt, where_,
        "no picture of codec '" + info_.codec + "' can be decoded: " + log.reason(AVERROR_INVALIDDATA));
  }
  first_ = reader_->time();
  info_.kind = SourceKind::recorded;
  info_.length = reader_->demuxer().length();
  const Size shown = shown_size(reader_->frame());
  info_.width = shown.width;
  info_.height = shown.height;
  const AVRational rate = reader_->demuxer().rate();
  if (rate.num > 0) info_.frame_interval = Duration(av_rescale(1'000'000'000, rate.den, rate.num));
  return success();
}

/// Books the outcome of a step after which the reader's picture is the answer for every target from
/// `answers_from`.
Step FileSource::take(Step step, Duration answers_from) {
  held_ = step == Step::frame;
  given_ = false;
  answers_from_ = answers_from;
  return step;
}

ReadStatus FileSource::read(Duration target, Frame& into) {
  if (broken_) return ReadStatus::broken;
  deadline_.start(limits_.read_deadline);
  const FfmpegLog log;
  target = std::clamp(target, -longest_media, longest_media);
  const Duration wanted = target - info_.frame_interval / 2;
  if (ended_from_ && wanted >= *ended_from_) return without_frame(Step::end);
  if (!holds(wanted)) {
    const Step step = advance(wanted);
    if (step == Step::end) note_end();
    if (step != Step::frame) return without_frame(step);
  }
  if (reader_->time() > target && reader_->time() - target > limits_.max_gap) {
    return lose(Errc::corrupt, "a gap: the frame after " + seconds_text(target) + " is at " +
                                   seconds_text(reader_->time()) + ", more than " +
                                   seconds_text(limits_.max_gap) + " later");
  }
  return deliver(into);
}

ReadStatus FileSource::next(Frame& into) {
  if (broken_) return ReadStatus::broken;
  deadline_.start(limits_.read_deadline);
  const FfmpegLog log;
  if (!held_ || given_) {
    const Duration answers_from = held_ ? reader_->time() + Duration{1} : answers_from_;
    const Step step = take(reader_->step(Duration::min()), answers_from);
    if (step == Step::end) note_end();
    if (step != Step::frame) return without_frame(step);
  }
  return deliver(into);
}

/// Makes the first picture at or after `wanted` the held one.
Step FileSource::advance(Duration wanted) {
  if (wanted < answers_from_) {
    if (reader_->can_seek()) return jump(wanted);
    const Step step = restart();
    return step == Step::frame ? go_on(wanted) : step;
  }
  const bool guess = wasted_seeks_ < max_wasted_seeks && reader_->far_ahead(wanted);
  return guess || reader_->key_ahead(wanted) ? jump(wanted) : go_on(wanted);
}

/// Decodes from where reading stands, the held picture included, until one is at or after `wanted`.
Step FileSource::go_on(Duration wanted) {
  Duration from = answers_from_;
  Step step = held_ ? Step::frame : reader_->step(wanted);
  while (step == Step::frame && reader_->time() < wanted) {
    from = std::max(from, reader_->time() + Duration{1});
    step = reader_->step(wanted);
  }
  return take(step, reader_->skipped() ? std::max(from, wanted) : from);
}

/// Seeks, and makes sure that it did not land past the first picture at or after `wanted`: some containers
/// aim late, and a decoder gives nothing before a key frame. Each try aims further back; the last reads from
/// the start.
Step FileSource::jump(Duration wanted) {
  const Duration stood = answers_from_ <= wanted ? answers_from_ : Duration::max();
  Duration back = std::max(seek_back_, reader_->seek_margin());
  while (true) {
    const Duration place = std::max(wanted - back, first_);
    Step step = reader_->seek(place) ? reader_->step(wanted) : Step::barren;
    const bool landed = step == Step::frame && reader_->time() <= std::max(wanted, first_);
    if (landed) {
      if (reader_->time() < stood && stood != Duration::max()) ++wasted_seeks_;
      take(step, reader_->time() <= first_ ? Duration::min() : reader_->time());
      return go_on(wanted);
    }
    if (step == Step::late) return take(step, Duration::max());
    // A server that gives no part of a file is read from the start again.
    if (step == Step::broken || place == first_) break;
    back = std::max<Duration>(2 * back, seconds(1));
    if (step == Step::frame) seek_back_ = back;
  }
  const Step step = restart();
  return step == Step::frame ? go_on(wanted) : step;
}

/// Opens the file anew and holds its first picture.
Step FileSource::restart() {
  take(Step::barren, Duration::max());
  auto reader = ClipReader::open(url_, limits_, deadline_);
  if (!reader) {
    error_ = reader.error();
    return error_.code == Errc::timed_out ? Step::late : Step::broken;
  }
  reader_.emplace(std::move(reader).value());
  return take(reader_->step(Duration::min()), Duration::min());
}

/// Remembers that there is nothing from here on, and with that the length of media that did not announce it.
void FileSource::note_end() {
  ended_from_ = std::min(ended_from_.value_or(answers_from_), answers_from_);
  if (info_.length > Duration{0} || reader_->skipped()) return;
  info_.length = reader_->time() + reader_->interval();
}

ReadStatus FileSource::deliver(Frame& into) {
  if (!convert(reader_->frame(), into)) {
    given_ = true;
    return lose(Errc::unsupported, "its pixel format cannot be converted");
  }
  into.media_time = reader_->time();
  given_ = true;
  return ReadStatus::frame;
}

ReadStatus FileSource::without_frame(Step step) {
  switch (step) {
    case Step::end:
      error_ = {Errc::ended, where_, "the media ends before this"};
      return ReadStatus::ended;
    case Step::late:
      return lose(Errc::timed_out, "no picture before the deadline");
    case Step::barren:
      return lose(Errc::corrupt, "no picture in " + std::to_string(max_packets_without_frame) + " packets");
    default:
      break;
  }
  broken_ = true;
  const bool late = deadline_.fired();
  error_ = {late ? Errc::timed_out : Errc::unreadable, where_,
            late ? "reading took longer than its deadline" : "cannot be read on: " + reader_->failure()};
  return ReadStatus::broken;
}

ReadStatus FileSource::lose(Errc code, std::string what) {
  error_ = {code, where_, std::move(what)};
  return ReadStatus::lost;
}

}  // namespace

result<std::unique_ptr<Source>> open_file_source(const SourceUrl& url, const OpenOptions& options) {
  CAMFLEET_CHECK(is_network(url) ? check_query(url, {"loop", "start", "hosts", "kind"})
                                 : check_query(url, {"loop", "start"}));
  if (!is_network(url) && !url.path.starts_with('/')) {
    return fail(Errc::invalid_field, url.text,
                "the path must be absolute, with three slashes: file:///folder/clip.mp4");
  }
  auto source = std::make_unique<FileSource>(url, options.limits);
  CAMFLEET_CHECK(source->open());
  return std::unique_ptr<Source>(std::move(source));
}

}  // namespace camfleet::media
