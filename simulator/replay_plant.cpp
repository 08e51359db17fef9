#include "simulator/replay_plant.hpp"

#include <algorithm>
#include <utility>

#include "runtime/media/secrets.hpp"
#include "runtime/plant/reason.hpp"
#include "runtime/plant/thread_cpu.hpp"

namespace camfleet::sim {
namespace {

enum class Timer : std::uint8_t { read, analysis, breaks_off };
constexpr ActorId the_plant{ActorKind::plant, home_place, 0};

}  // namespace

ReplayPlant::ReplayPlant(const Parts& parts, const Settings& settings)
    : parts_(parts), settings_(settings), open_sources_(settings.open_sources), frames_(settings.frames) {
  for (std::uint32_t i = 0; i < parts_.roster->device_count(); ++i) {
    if (!is_film(DeviceIx{i})) continue;
    for (const Instant at : parts_.films->breaks_of(DeviceIx{i}))
      parts_.queue->set_timer(the_plant, at, timer_tag(Timer::breaks_off, i));
  }
}

void ReplayPlant::answer(DeviceIx device, const Message& message) {
  parts_.queue->post(the_plant, actor(device), parts_.queue->now() + Duration(1), message);
}

void ReplayPlant::note(DeviceIx device, const Error& error) {
  last_problems_.note(device, plant::reason_of(error), error, parts_.queue->now());
  parts_.problems->add(error);
}

void ReplayPlant::open_film(DeviceIx device, StreamIx stream) {
  const auto opening = parts_.films->film(device).open(parts_.queue->now());
  const auto answer_at = [&](const Message& message) {
    parts_.queue->post(the_plant, actor(device), opening.at, message);
  };
  if (!opening.opens) return answer_at(StreamFailed{stream, Reason::camera_offline});
  const auto opened = parts_.films->open(device, stream, opening.at, opening.first);
  if (opened.has_value())
    return answer_at(StreamOpened{stream, parts_.films->film(device).clock().interval()});
  note(device, opened.error());
  answer_at(StreamFailed{stream, plant::reason_of(opened.error())});
}

void ReplayPlant::read_film(DeviceIx device, const ReadRequest& request) {
  // It has broken off, and the device is about to hear of it.
  if (!parts_.films->is_open(device, request.stream)) return;
  const auto shot = parts_.films->shot(device, request);
  const Instant at = std::max(parts_.queue->now(), shot.comes);
  if (shot.fate == camera::FilmModel::Shot::Fate::gone) {
    parts_.queue->set_timer(the_plant, at, timer_tag(Timer::breaks_off, device.value));
    return;
  }
  const std::uint32_t slot = reads_.take({device, request, shot});
  parts_.queue->set_timer(the_plant, at, timer_tag(Timer::read, slot));
}

void ReplayPlant::break_off(DeviceIx device) {
  for (const StreamIx stream : parts_.films->break_off(device, parts_.queue->now()))
    answer(device, StreamFailed{stream, Reason::camera_offline});
}

void ReplayPlant::close(DeviceIx device, StreamIx stream) {
  if (is_film(device)) return parts_.films->close(device, stream);
  sources_.erase({device, stream});
}

bool ReplayPlant::is_open(DeviceIx device, StreamIx stream) const {
  return is_film(device) ? parts_.films->is_open(device, stream) : sources_.contains({device, stream});
}

void ReplayPlant::open(DeviceIx device, StreamIx stream, std::uint32_t spf_s) {
  if (is_film(device)) return open_film(device, stream);
  const media::OpenOptions options{settings_.limits, seconds(spf_s)};
  const Duration began = plant::thread_cpu();
  auto source = std::make_unique<plant::RecordedSource>(open_sources_, *parts_.sources,
                                                        (*parts_.roster)[device].source, options);
  const auto info = source->open();
  decoding_ += plant::thread_cpu() - began;
  if (info.has_value()) {
    plant::note_passed_over(*parts_.problems, source->url(), info.value());
    sources_.emplace(StreamKey{device, stream}, std::move(source));
    answer(device, StreamOpened{stream, info.value().frame_interval});
    return;
  }
  note(device, info.error());
  answer(device, StreamFailed{stream, plant::reason_of(info.error())});
}

void ReplayPlant::read(DeviceIx device, const ReadRequest& request) {
  if (is_film(device)) return read_film(device, request);
  const std::uint32_t slot = reads_.take({device, request, std::nullopt});
  parts_.queue->set_timer(the_plant, request.not_before, timer_tag(Timer::read, slot));
}

void ReplayPlant::on(const TimerFired& message) {
  const std::uint32_t number = message.tag.number;
  switch (static_cast<Timer>(message.tag.kind)) {
    case Timer::read:
      return try_read(number);
    case Timer::analysis:
      return finish_analysis(number);
    case Timer::breaks_off:
      return break_off(DeviceIx{number});
  }
}

plant::Reading ReplayPlant::take(const PendingRead& read, media::Frame& frame) {
  const ReadRequest& request = read.request;
  if (!read.shot)
    return sources_.at({read.device, request.stream})->read(request.target, request.every_frame, frame);
  if (read.shot->fate == camera::FilmModel::Shot::Fate::lost) {
    const std::string& source = (*parts_.roster)[read.device].source;
    return {media::ReadStatus::lost,
            {Errc::corrupt, media::redacted(source), "sends, but no picture can be decoded of it"}};
  }
  const auto taken = parts_.films->read(read.device, request.stream, *read.shot, frame);
  if (taken.has_value()) return {media::ReadStatus::frame, {Errc::ended, "", ""}};
  return {media::ReadStatus::lost, taken.error()};
}

void ReplayPlant::try_read(std::uint32_t slot) {
  const PendingRead& pending = reads_[slot];
  if (!is_open(pending.device, pending.request.stream)) {
    reads_.give_back(slot);
    frames_.wake_one();
    return;
  }
  auto frame = frames_.try_acquire();
  if (!frame) {
    // Analyses that are under way give frames back.
    frames_.when_free([this, slot] {
      parts_.queue->set_timer(the_plant, parts_.queue->now(), timer_tag(Timer::read, slot));
    });
    return;
  }
  const PendingRead read = pending;
  reads_.give_back(slot);
  const ReadRequest& request = read.request;
  const Duration began = plant::thread_cpu();
  const auto reading = take(read, **frame);
  decoding_ += plant::thread_cpu() - began;
  if (reading.status == media::ReadStatus::frame) {
    const Duration media_time = (*frame)->media_time;
    const FrameIx ix = frames_.publish(std::move(*frame), 1);
    const Instant at = read.shot ? read.shot->filmed : parts_.queue->now();
    answer(read.device, FrameReady{request.stream, request.slot, request.sample, ix, media_time, at});
    return;
  }
  frame.reset();
  frames_.wake_one();
  if (reading.status != media::ReadStatus::ended) note(read.device, reading.error);
  answer(read.device, plant::read_failed(reading, request));
}

void ReplayPlant::analyse(AnalyzerIx analyzer, std::uint32_t ticket, const Sample& sample) {
  const AlgorithmIx algorithm = (*parts_.roster)[sample.instance].algorithms[sample.algorithm];
  auto state = states_.of({sample.instance, sample.device, sample.due_at}, sample.algorithm,
                          [&] { return plant::SliceStates::State(parts_.engines->new_state(algorithm)); });
  auto promise = std::make_shared<std::promise<plant::Analysis>>();
  const std::uint32_t slot = analyses_.take({analyzer, ticket, sample, promise->get_future()});
  parts_.pool->submit(sample.device.value, plant::WorkPool::no_strand,
                      [promise, algorithm, engines = parts_.engines, frame = frames_.at(sample.frame),
                       state = std::move(state)](unsigned thread) mutable {
                        plant::Analysis analysis = engines->analyse(thread, algorithm, *frame, state.get());
                        // Given back before the answer: who gets it may look for a free one.
                        frame = {};
                        promise->set_value(std::move(analysis));
                      });
  parts_.queue->set_timer(the_plant, parts_.queue->now(), timer_tag(Timer::analysis, slot));
}

void ReplayPlant::finish_analysis(std::uint32_t slot) {
  PendingAnalysis pending = std::move(analyses_[slot]);
  analyses_.give_back(slot);
  const plant::Analysis analysis = pending.future.get();
  if (analysis.error) {
    last_problems_.note(pending.sample.device, Reason::analysis_failed, *analysis.error, parts_.queue->now());
    parts_.problems->add(*analysis.error);
  }
  if (!analysis.boxes.empty())
    parts_.findings->add(pending.sample, *frames_.at(pending.sample.frame), analysis.boxes);
  const Verdict verdict = analysis.error ? Verdict::failed : Verdict::analysed;
  parts_.queue->post(the_plant, actor(pending.analyzer), parts_.queue->now() + Duration(1),
                     AnalysisDone{pending.ticket, verdict});
}

void ReplayPlant::slice_ended(const SliceRow& row) {
  states_.end(row.key);
  const bool has_faults = is_film(row.key.device);
  std::string detail = has_faults ? fault_detail(parts_.films->faults_of(row.key.device), row) : "";
  if (detail.empty()) detail = last_problems_.detail_of(row);
  parts_.book->ended(row, std::move(detail));
}

}  // namespace camfleet::sim
