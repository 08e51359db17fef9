#include "runtime/plant/recorded_stream.hpp"

#include <utility>

namespace camfleet::plant {

RecordedStream::RecordedStream(StreamParts parts, std::unique_ptr<RecordedSource> source, DeviceIx device,
                               StreamIx stream, std::shared_ptr<SerialThread> thread)
    : parts_(std::move(parts)),
      device_(device),
      stream_(stream),
      thread_(std::move(thread)),
      source_(std::move(source)) {}

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
  const auto opened = source_->open();
  if (opened.has_value()) {
    note_passed_over(*parts_.problems, source_->url(), opened.value());
    return answer(StreamOpened{stream_, opened.value().frame_interval});
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
  if (closed_) return;
  auto frame = parts_.frames->try_acquire();
  if (!frame) {
    // Analyses that are under way give frames back.
    parts_.frames->when_free(
        [self = shared_from_this(), work = parts_.time->work(), request] { self->submit_read(request); });
    return;
  }
  const Reading reading = source_->read(request.target, request.every_frame, **frame);
  if (reading.status == media::ReadStatus::frame) {
    const Duration media_time = (*frame)->media_time;
    const FrameIx ix = parts_.frames->publish(std::move(*frame), 1);
    return answer(FrameReady{stream_, request.slot, request.sample, ix, media_time, parts_.time->now()});
  }
  frame.reset();
  parts_.frames->wake_one();
  if (reading.status != media::ReadStatus::ended) parts_.problems->add(reading.error, {device_});
  answer(read_failed(reading, request));
}

void RecordedStream::close() {
  closed_ = true;
  // Whoever reads it holds the last reference: closing a file is not an actor's work.
  submit([self = shared_from_this()] {});
  if (thread_) thread_->close();
}

}  // namespace camfleet::plant
