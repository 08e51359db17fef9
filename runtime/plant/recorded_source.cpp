#include "runtime/plant/recorded_source.hpp"

#include <iterator>
#include <utility>

#include "runtime/media/source_url.hpp"
#include "runtime/plant/reason.hpp"

namespace camfleet::plant {

ReadFailed read_failed(const Reading& reading, const ReadRequest& request) {
  const bool ended = reading.status == media::ReadStatus::ended;
  const ReadLoss loss = ended                                       ? ReadLoss::ended
                        : reading.status == media::ReadStatus::lost ? ReadLoss::lost
                                                                    : ReadLoss::broken;
  return {request.stream, request.slot, request.sample, loss,
          ended ? Reason::source_ended : reason_of(reading.error)};
}

void note_passed_over(ProblemLog& problems, const std::string& url, const media::SourceInfo& info) {
  if (info.passed_over.empty()) return;
  problems.add_once({Errc::unsupported, media::redacted(url), info.passed_over});
}

std::size_t OpenSources::really_open() const {
  const std::lock_guard lock(mutex_);
  return recent_.size();
}

void OpenSources::use(RecordedSource& source) {
  const std::lock_guard lock(mutex_);
  if (source.place_) {
    recent_.splice(recent_.begin(), recent_, *source.place_);
  } else {
    recent_.push_front(&source);
    source.place_ = recent_.begin();
  }
  for (auto last = recent_.end(); recent_.size() > most_ && last != std::next(recent_.begin());) {
    --last;
    if (!(*last)->close_if_idle()) continue;
    (*last)->place_.reset();
    last = recent_.erase(last);
  }
}

void OpenSources::forget(RecordedSource& source) {
  const std::lock_guard lock(mutex_);
  if (source.place_) recent_.erase(*source.place_);
  source.place_.reset();
}

RecordedSource::RecordedSource(OpenSources& open_sources, const media::SourceRegistry& registry,
                               std::string url, const media::OpenOptions& options)
    : open_sources_(&open_sources), registry_(&registry), url_(std::move(url)), options_(options) {}

RecordedSource::~RecordedSource() {
  open_sources_->forget(*this);
}

bool RecordedSource::close_if_idle() {
  const std::unique_lock lock(mutex_, std::try_to_lock);
  if (!lock.owns_lock()) return false;
  source_.reset();
  return true;
}

result<void> RecordedSource::ensure_open() {
  if (source_) return success();
  CAMFLEET_TRY(source_, registry_->open(url_, options_));
  interval_ = source_->info().frame_interval;
  return success();
}

result<media::SourceInfo> RecordedSource::open() {
  open_sources_->use(*this);
  auto opened = [&]() -> result<media::SourceInfo> {
    const std::lock_guard lock(mutex_);
    CAMFLEET_CHECK(ensure_open());
    return source_->info();
  }();
  if (!opened.has_value()) open_sources_->forget(*this);
  return opened;
}

Reading RecordedSource::read(Duration target, bool next, media::Frame& into) {
  open_sources_->use(*this);
  const std::lock_guard lock(mutex_);
  return read_open(target, next, into);
}

Reading RecordedSource::read_open(Duration target, bool next, media::Frame& into) {
  const bool was_open = source_ != nullptr;
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
