#include "runtime/plant/recorded_stream.hpp"

#include <algorithm>
#include <utility>

namespace camfleet::plant {

void OpenSources::use(RecordedStream& stream) {
  const std::lock_guard lock(mutex_);
  if (stream.place_) {
    recent_.splice(recent_.begin(), recent_, *stream.place_);
  } else {
    recent_.push_front(&stream);
    stream.place_ = recent_.begin();
  }
  for (auto last = recent_.end(); recent_.size() > most_ && last != std::next(recent_.begin());) {
    --last;
    if (!(*last)->close_if_idle()) continue;
    (*last)->place_.reset();
    last = recent_.erase(last);
  }
}

void OpenSources::forget(RecordedStream& stream) {
  const std::lock_guard lock(mutex_);
  if (stream.place_) recent_.erase(*stream.place_);
  stream.place_.reset();
}

RecordedStream::RecordedStream(StreamParts parts, OpenSources& open_sources, ReopeningSource source,
                               DeviceIx device, StreamIx stream, std::shared_ptr<SerialThread> thread)
    : parts_(std::move(parts)),
      open_sources_(&open_sources),
      device_(device),
      stream_(stream),
      thread_(std::move(thread)),
      source_(std::move(source)) {}

RecordedStream::~RecordedStream() {
  open_sources_->forget(*this);
}

bool RecordedStream::close_if_idle() {
  const std::unique_lock lock(mutex_, std::try_to_lock);
  if (!lock.owns_lock()) return false;
  source_.close();
  return true;
}

void RecordedStream::answer(const Message& message) {
  parts_.deliver(actor(device_), message);
}

template <class Work>
void RecordedStream::submit(Work work) {
  if (thread_) return thread_->submit(std::move(work));
  parts_.pool->submit(device_.value, strand(), [work = std::move(work)](unsigned) mutable { work(); });
}

void RecordedStream::start() {
  submit([self = shared_from_this(), work = parts_.time->work()] { self->open_now(); });
}

void RecordedStream::open_now() {
  // Given up while it waited for its turn: nobody hears the answer.
  if (closed_) return;
  open_sources_->use(*this);
  const std::lock_guard lock(mutex_);
  const auto opened = source_.ensure_open();
  if (opened.has_value()) {
    note_passed_over(*parts_.problems, source_.url(), source_.info());
    return answer(StreamOpened{stream_, source_.info().frame_interval});
  }
  parts_.failed(device_, opened.error());
  answer(StreamFailed{stream_, reason_of(opened.error())});
}

void RecordedStream::read(const ReadRequest& request) {
  if (request.not_before > parts_.time->now()) {
    parts_.time->call(request.not_before,
                      [self = shared_from_this(), request] { self->submit_read(request); });
    return;
  }
  submit_read(request);
}

void RecordedStream::submit_read(const ReadRequest& request) {
  submit([self = shared_from_this(), work = parts_.time->work(), request] { self->read_now(request); });
}

void RecordedStream::read_now(const ReadRequest& request) {
  open_sources_->use(*this);
  std::unique_lock lock(mutex_);
  if (closed_) return;
  auto frame = parts_.frames->try_acquire();
  if (!frame) {
    lock.unlock();
    // Analyses that are under way give frames back.
    parts_.frames->when_free(
        [self = shared_from_this(), work = parts_.time->work(), request] { self->submit_read(request); });
    return;
  }
  const Reading reading = source_.read(request.target, request.every_frame, **frame);
  lock.unlock();
  if (reading.status == media::ReadStatus::frame) {
    const Duration media_time = (*frame)->media_time;
    const FrameIx ix = parts_.frames->publish(std::move(*frame), 1);
    return answer(FrameReady{stream_, request.slot, request.sample, ix, media_time, parts_.time->now()});
  }
  frame.reset();
  parts_.frames->wake_one();
  const bool ended = reading.status == media::ReadStatus::ended;
  if (!ended) parts_.problems->add(reading.error, {device_});
  const ReadLoss loss = ended                                       ? ReadLoss::ended
                        : reading.status == media::ReadStatus::lost ? ReadLoss::lost
                                                                    : ReadLoss::broken;
  answer(ReadFailed{stream_, request.slot, request.sample, loss,
                    ended ? Reason::source_ended : reason_of(reading.error)});
}

void RecordedStream::close() {
  closed_ = true;
  // Whoever reads it holds the last reference: closing a file is not an actor's work.
  submit([self = shared_from_this()] {});
  if (thread_) thread_->close();
}

}  // namespace camfleet::plant
