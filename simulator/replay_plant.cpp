#include "simulator/replay_plant.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

#include "runtime/plant/reason.hpp"
#include "runtime/plant/thread_cpu.hpp"

namespace camfleet::sim {
namespace {

constexpr std::uint64_t read_tag = 1ULL << 32U;
constexpr std::uint64_t analysis_tag = 2ULL << 32U;
constexpr ActorId the_plant{ActorKind::plant, 0, 0};

}  // namespace

ReplayPlant::ReplayPlant(const Parts& parts, const Settings& settings)
    : parts_(parts),
      settings_(settings),
      cache_(*parts.sources, settings.open_sources),
      pool_of_frames_(settings.frames),
      frames_(settings.frames) {}

void ReplayPlant::answer(DeviceIx device, const Message& message) {
  parts_.queue->post(the_plant, actor(device), parts_.queue->now() + Duration(1), message);
}

void ReplayPlant::open(DeviceIx device, StreamIx stream, std::uint32_t spf_s) {
  const media::OpenOptions options{settings_.limits, seconds(spf_s)};
  const Duration began = plant::thread_cpu();
  const std::string& source = (*parts_.roster)[device].source;
  const auto info = cache_.open({device, stream}, source, options);
  decoding_ += plant::thread_cpu() - began;
  if (info.has_value()) {
    plant::note_passed_over(*parts_.problems, source, info.value());
    answer(device, StreamOpened{stream, info.value().frame_interval});
    return;
  }
  parts_.problems->add(info.error());
  answer(device, StreamFailed{stream, plant::reason_of(info.error())});
}

void ReplayPlant::read(DeviceIx device, const ReadRequest& request) {
  const std::uint32_t slot = reads_.take({device, request});
  parts_.queue->set_timer(the_plant, request.not_before, read_tag | slot);
}

void ReplayPlant::on(const TimerFired& message) {
  const auto slot = static_cast<std::uint32_t>(message.tag);
  if ((message.tag & read_tag) != 0) {
    try_read(slot);
  } else {
    finish_analysis(slot);
  }
}

void ReplayPlant::try_read(std::uint32_t slot) {
  const PendingRead& pending = reads_[slot];
  const plant::SourceCache::Key key{pending.device, pending.request.stream};
  if (!cache_.holds(key)) {
    reads_.give_back(slot);
    wake_waiting();
    return;
  }
  auto frame = pool_of_frames_.try_acquire();
  if (!frame) {
    waiting_.push_back(slot);
    return;
  }
  const PendingRead read = pending;
  reads_.give_back(slot);
  const ReadRequest& request = read.request;
  const Duration began = plant::thread_cpu();
  const auto reading = cache_.read(key, request.target, request.every_frame, **frame);
  decoding_ += plant::thread_cpu() - began;
  if (reading.status == media::ReadStatus::frame) {
    const FrameIx ix{frame->slot()};
    const Duration media_time = (*frame)->media_time;
    frames_[ix.value] = {std::move(*frame), 1};
    answer(read.device,
           FrameReady{request.stream, request.slot, request.sample, ix, media_time, parts_.queue->now()});
    return;
  }
  frame.reset();
  wake_waiting();
  const bool ended = reading.status == media::ReadStatus::ended;
  if (!ended) parts_.problems->add(reading.error);
  const ReadLoss loss = ended                                       ? ReadLoss::ended
                        : reading.status == media::ReadStatus::lost ? ReadLoss::lost
                                                                    : ReadLoss::broken;
  const Reason reason = ended ? Reason::source_ended : plant::reason_of(reading.error);
  answer(read.device, ReadFailed{request.stream, request.slot, request.sample, loss, reason});
}

void ReplayPlant::release(FrameIx frame) {
  HeldFrame& held = frames_[frame.value];
  assert(held.references > 0);
  if (--held.references > 0) return;
  held.frame = {};
  wake_waiting();
}

void ReplayPlant::wake_waiting() {
  if (waiting_.empty()) return;
  const std::uint32_t slot = waiting_.front();
  waiting_.pop_front();
  parts_.queue->set_timer(the_plant, parts_.queue->now(), read_tag | slot);
}

vision::EngineState* ReplayPlant::state_of(const Sample& sample, AlgorithmIx algorithm) {
  const StateKey key{sample.instance.value, sample.device.value, sample.due_at.time_since_epoch().count(),
                     sample.algorithm};
  auto found = states_.find(key);
  if (found == states_.end()) {
    auto state = parts_.engines->new_state(algorithm);
    if (!state) return nullptr;
    found = states_.emplace(key, std::move(state)).first;
  }
  return found->second.get();
}

void ReplayPlant::analyse(AnalyzerIx analyzer, std::uint32_t ticket, const Sample& sample) {
  const AlgorithmIx algorithm = (*parts_.roster)[sample.instance].algorithms[sample.algorithm];
  auto promise = std::make_shared<std::promise<plant::Analysis>>();
  const std::uint32_t slot = analyses_.take({analyzer, ticket, sample, promise->get_future()});
  parts_.pool->submit(
      sample.device.value, plant::WorkPool::no_strand,
      [promise, algorithm, engines = parts_.engines, frame = frames_[sample.frame.value].frame,
       state = state_of(sample, algorithm)](unsigned thread) mutable {
        plant::Analysis analysis = engines->analyse(thread, algorithm, *frame, state);
        // Given back before the answer: who gets it may look for a free one.
        frame = {};
        promise->set_value(std::move(analysis));
      });
  parts_.queue->set_timer(the_plant, parts_.queue->now(), analysis_tag | slot);
}

void ReplayPlant::finish_analysis(std::uint32_t slot) {
  PendingAnalysis pending = std::move(analyses_[slot]);
  analyses_.give_back(slot);
  const plant::Analysis analysis = pending.future.get();
  if (analysis.error) parts_.problems->add(*analysis.error);
  if (!analysis.boxes.empty())
    parts_.findings->add(pending.sample, *frames_[pending.sample.frame.value].frame, analysis.boxes);
  const Verdict verdict = analysis.error ? Verdict::failed : Verdict::analysed;
  parts_.queue->post(the_plant, actor(pending.analyzer), parts_.queue->now() + Duration(1),
                     AnalysisDone{pending.ticket, verdict});
}

void ReplayPlant::slice_ended(const SliceRow& row) {
  const auto due = row.key.due_at.time_since_epoch().count();
  const auto first = states_.lower_bound({row.key.instance.value, row.key.device.value, due, 0});
  const auto last = states_.upper_bound({row.key.instance.value, row.key.device.value, due, UINT8_MAX});
  states_.erase(first, last);
  parts_.book->ended(row);
}

}  // namespace camfleet::sim
