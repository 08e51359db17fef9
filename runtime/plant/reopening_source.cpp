#include "runtime/plant/reopening_source.hpp"

#include "runtime/media/source_url.hpp"

namespace camfleet::plant {

void note_passed_over(ProblemLog& problems, const std::string& url, const media::SourceInfo& info) {
  if (info.passed_over.empty()) return;
  problems.add_once({Errc::unsupported, media::redacted(url), info.passed_over});
}

result<void> ReopeningSource::ensure_open() {
  if (source_) return success();
  CAMFLEET_TRY(source_, registry_->open(url_, options_));
  interval_ = source_->info().frame_interval;
  return success();
}

Reading ReopeningSource::read(Duration target, bool next, media::Frame& into) {
  const bool was_open = is_open();
  if (auto opened = ensure_open(); !opened.has_value()) return {media::ReadStatus::broken, opened.error()};
  const bool at_start = last_ < Duration(0);
  // One that was closed to make room goes on after its last frame; one that was never read starts at
  // `target`.
  const bool sequential = next && !at_start && was_open;
  if (next && !at_start && !was_open) target = last_ + interval_;
  Reading reading;
  reading.status = sequential ? source_->next(into) : source_->read(target, into);
  if (reading.status == media::ReadStatus::frame) {
    last_ = into.media_time;
  } else {
    reading.error = source_->error();
  }
  return reading;
}

}  // namespace camfleet::plant
