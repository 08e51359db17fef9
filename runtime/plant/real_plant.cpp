#include "runtime/plant/real_plant.hpp"

#include <algorithm>
#include <string>
#include <system_error>

#include "runtime/plant/live_stream.hpp"

namespace camfleet::plant {
namespace {

/// `start` begins a thread. Errors: limit: this machine gives none.
template <class Start>
result<void> with_thread(const Start& start) {
  try {
    start();
    return success();
  } catch (const std::system_error& error) {
    return fail(Errc::limit, "this machine",
                std::string("no thread is left for another stream: ") + error.what() +
                    "; raise ulimit -u, or TasksMax of its unit");
  }
}

/// A sample that nobody waits for any more, of an instance whose number has become another's.
bool is_of_another(const Sample& sample, const InstanceEntry& instance) {
  return sample.due_at < instance.created || sample.algorithm >= instance.algorithms.size();
}

}  // namespace

RealPlant::RealPlant(Parts parts, const Settings& settings)
    : parts_(std::move(parts)),
      settings_(settings),
      problems_([this](const Error& error, const ProblemSubject& about) {
        if (about.device)
          explain(error, *about.device, reason_of(error), about.ends_stream, parts_.time->now());
        parts_.problems->add(error, about);
      }),
      open_sources_(settings.open_sources),
      frames_(settings.frames) {}

RealPlant::~RealPlant() {
  shut_down();
}

StreamParts RealPlant::stream_parts() {
  return {parts_.sources,
          parts_.time,
          parts_.pool,
          &frames_,
          &problems_,
          [this](DeviceIx device, const Error& error) { note_failed(device, error); },
          [this](ActorId to, const Message& message) {
            if (const auto* failed = std::get_if<StreamFailed>(&message))
              drop_failed(DeviceIx{to.number}, *failed);
            else if (std::holds_alternative<StreamOpened>(message) && parts_.hooks.opened)
              parts_.hooks.opened(DeviceIx{to.number});
            parts_.deliver(to, message);
          },
          settings_.limits};
}

void RealPlant::drop_failed(DeviceIx device, const StreamFailed& failed) {
  if ((*parts_.roster)[device].kind != DeviceKind::live) return;
  std::shared_ptr<Stream> dropped;
  const std::lock_guard lock(streams_mutex_);
  const auto found = streams_.find({device, failed.stream});
  if (found == streams_.end()) return;
  // Its thread has it until it is through.
  dropped = std::move(found->second);
  streams_.erase(found);
}

void RealPlant::fail_open(DeviceIx device, StreamIx stream, const Error& error) {
  note_failed(device, error);
  parts_.deliver(actor(device), StreamFailed{stream, reason_of(error)});
}

void RealPlant::note_failed(DeviceIx device, const Error& error) {
  if ((*parts_.roster)[device].kind == DeviceKind::live) {
    const std::lock_guard lock(streams_mutex_);
    failed_.insert(device.value);
  }
  problems_.add(error, {device, true});
}

void RealPlant::explain(const Error& error, DeviceIx device, Reason reason, bool ends_stream, Instant at) {
  last_problems_.note(device, reason, error, at);
  if (parts_.hooks.trouble) parts_.hooks.trouble(error, device, reason, ends_stream);
}

void RealPlant::note_trouble(const Error& error, DeviceIx device, Reason reason, bool ends_stream,
                             Instant at) {
  explain(error, device, reason, ends_stream, at);
  parts_.problems->add(error, {device, ends_stream, reason});
}

void RealPlant::open(DeviceIx device, StreamIx stream, std::uint32_t spf_s) {
  const DeviceEntry& entry = (*parts_.roster)[device];
  auto url = media::parse_source_url(entry.source);
  if (!url.has_value()) return fail_open(device, stream, url.error());
  if (entry.kind == DeviceKind::live) return open_live(device, stream, std::move(url).value());
  open_recorded(device, stream, spf_s, url.value());
}

void RealPlant::open_recorded(DeviceIx device, StreamIx stream, std::uint32_t spf_s,
                              const media::SourceUrl& url) {
  reap(false);
  auto source =
      std::make_unique<RecordedSource>(open_sources_, *parts_.sources, (*parts_.roster)[device].source,
                                       media::OpenOptions{settings_.limits, seconds(spf_s)});
  std::shared_ptr<SerialThread> own;
  std::thread running;
  const auto traits = parts_.sources->traits_of(url);
  // What is elsewhere may take long.
  if (!traits.has_value() || !traits.value().is_here) {
    const auto started = with_thread([&] { std::tie(own, running) = SerialThread::start(); });
    if (!started.has_value()) return fail_open(device, stream, started.error());
  }
  const std::lock_guard lock(streams_mutex_);
  if (shut_) {
    if (own != nullptr) own->close();
    if (running.joinable()) running.join();
    return;
  }
  const auto opened =
      std::make_shared<RecordedStream>(stream_parts(), std::move(source), device, stream, std::move(own));
  streams_.insert_or_assign({device, stream}, opened);
  if (running.joinable()) pullers_.push_back({std::move(running), opened});
  opened->start();
}

void RealPlant::open_live(DeviceIx device, StreamIx stream, media::SourceUrl url) {
  reap(false);
  StreamParts parts = stream_parts();
  parts.limits.read_deadline = settings_.live_stall;
  const auto opened = std::make_shared<LiveStream>(std::move(parts), device, (*parts_.roster)[device].id,
                                                   stream, std::move(url));
  bool again = false;
  const auto started = [&]() -> result<void> {
    const std::lock_guard lock(streams_mutex_);
    if (shut_) return success();
    CAMFLEET_CHECK(with_thread([&] { pullers_.push_back({opened->start(), opened}); }));
    again = failed_.erase(device.value) > 0;
    streams_.insert_or_assign({device, stream}, opened);
    return success();
  }();
  if (!started.has_value()) return fail_open(device, stream, started.error());
  if (again && parts_.hooks.reconnecting) parts_.hooks.reconnecting(device);
}

std::shared_ptr<Stream> RealPlant::find(DeviceIx device, StreamIx stream) const {
  const std::lock_guard lock(streams_mutex_);
  const auto found = streams_.find({device, stream});
  return found == streams_.end() ? nullptr : found->second;
}

void RealPlant::read(DeviceIx device, const ReadRequest& request) {
  if (const auto stream = find(device, request.stream)) stream->read(request);
}

void RealPlant::close(DeviceIx device, StreamIx stream) {
  std::shared_ptr<Stream> closing;
  {
    const std::lock_guard lock(streams_mutex_);
    const auto found = streams_.find({device, stream});
    if (found == streams_.end()) return;
    closing = std::move(found->second);
    streams_.erase(found);
  }
  closing->close();
}

std::size_t RealPlant::streams_open() const {
  const std::lock_guard lock(streams_mutex_);
  return streams_.size();
}

void RealPlant::reap(bool all) {
  std::vector<std::thread> through;
  {
    const std::lock_guard lock(streams_mutex_);
    for (Puller& puller : pullers_) {
      if (all || puller.stream.expired()) through.push_back(std::move(puller.thread));
    }
    std::erase_if(pullers_, [](const Puller& puller) { return !puller.thread.joinable(); });
  }
  for (std::thread& thread : through) thread.join();
}

void RealPlant::shut_down() {
  std::map<StreamKey, std::shared_ptr<Stream>> closing;
  {
    const std::lock_guard lock(streams_mutex_);
    shut_ = true;
    closing.swap(streams_);
  }
  for (auto& [key, stream] : closing) stream->close();
  closing.clear();
  reap(true);
}

AlgorithmIx RealPlant::algorithm_of(const Sample& sample) const {
  return (*parts_.roster)[sample.instance].algorithms[sample.algorithm];
}

std::shared_ptr<vision::EngineState> RealPlant::state_of(const Sample& sample) {
  const std::lock_guard lock(states_mutex_);
  return states_.of({sample.instance, sample.device, sample.due_at}, sample.algorithm,
                    [&] { return SliceStates::State(parts_.engines->new_state(algorithm_of(sample))); });
}

void RealPlant::analyse(AnalyzerIx analyzer, std::uint32_t ticket, const Sample& sample) {
  {
    const std::lock_guard lock(looked_at_mutex_);
    ++looked_at_[sample.instance.value].samples;
  }
  const InstanceEntry& instance = (*parts_.roster)[sample.instance];
  const auto refuse = [&](Verdict verdict) {
    looked_at(sample.instance);
    parts_.deliver(actor(analyzer), AnalysisDone{ticket, verdict});
  };
  if (is_of_another(sample, instance)) return refuse(Verdict::failed);
  if (!takes_more()) return refuse(Verdict::store_behind);
  if (parts_.hooks.sampled) parts_.hooks.sampled(sample.instance);
  auto state = state_of(sample);
  const auto strand = reinterpret_cast<std::uintptr_t>(state.get());
  parts_.pool->submit(sample.device.value, strand,
                      [this, analyzer, ticket, sample, work = parts_.time->analysis(),
                       frame = frames_.at(sample.frame), state = std::move(state)](unsigned thread) mutable {
                        const Analysis analysis =
                            parts_.engines->analyse(thread, algorithm_of(sample), *frame, state.get());
                        note(sample, *frame, analysis);
                        looked_at(sample.instance);
                        // Given back before the answer: who gets it may look for a free one.
                        frame = {};
                        const Verdict verdict = analysis.error ? Verdict::failed : Verdict::analysed;
                        parts_.deliver(actor(analyzer), AnalysisDone{ticket, verdict});
                      });
}

void RealPlant::looked_at(InstanceIx instance) {
  const std::lock_guard lock(looked_at_mutex_);
  const auto found = looked_at_.find(instance.value);
  if (--found->second.samples == 0 && found->second.has_ended) looked_at_.erase(found);
}

bool RealPlant::is_looked_at(InstanceIx instance) const {
  const std::lock_guard lock(looked_at_mutex_);
  const auto found = looked_at_.find(instance.value);
  return found != looked_at_.end() && found->second.samples > 0;
}

bool RealPlant::forget(DeviceIx device) {
  const std::lock_guard lock(streams_mutex_);
  const auto first = streams_.lower_bound({device, StreamIx{0}});
  if (first != streams_.end() && first->first.first == device) return false;
  failed_.erase(device.value);
  last_problems_.forget(device);
  return true;
}

void RealPlant::instance_ended(InstanceIx instance) {
  {
    const std::lock_guard lock(book_mutex_);
    parts_.book->forget(instance);
  }
  {
    const std::lock_guard lock(looked_at_mutex_);
    const auto found = looked_at_.find(instance.value);
    if (found != looked_at_.end()) found->second.has_ended = true;
    if (found != looked_at_.end() && found->second.samples == 0) looked_at_.erase(found);
  }
  if (parts_.hooks.instance_ended) parts_.hooks.instance_ended(instance);
}

void RealPlant::note(const Sample& sample, const media::Frame& frame, const Analysis& analysis) {
  if (analysis.error) {
    explain(*analysis.error, sample.device, Reason::analysis_failed, false, parts_.time->now());
    parts_.problems->add(*analysis.error, {.device = sample.device, .reason = Reason::analysis_failed});
  } else {
    const Duration delay = parts_.time->now() - sample.at;
    const std::lock_guard lock(delays_mutex_);
    delays_.add(delay);
  }
  if (!analysis.boxes.empty()) parts_.hooks.found(sample, frame, analysis.boxes);
}

bool RealPlant::slice_due(const SliceKey& key, Duration planned) {
  const bool is_over = planned > Duration(0) && key.due_at + planned <= parts_.time->now();
  const auto& takes = is_over ? parts_.hooks.takes_backlog : parts_.hooks.takes_more;
  if (takes && !takes()) return false;
  open_slice(key, planned);
  return true;
}

void RealPlant::carry_slice(const SliceKey& key) {
  const std::lock_guard lock(states_mutex_);
  states_.begin(key);
}

void RealPlant::drop_slice(const SliceKey& key) {
  const std::lock_guard lock(states_mutex_);
  states_.end(key);
}

void RealPlant::open_slice(const SliceKey& key, Duration planned) {
  carry_slice(key);
  const std::lock_guard lock(book_mutex_);
  parts_.book->due(key, planned);
}

void RealPlant::slice_ended(const SliceRow& row) {
  drop_slice(row.key);
  std::string detail = last_problems_.detail_of(row);
  const std::lock_guard lock(book_mutex_);
  parts_.book->ended(row, std::move(detail));
}

void RealPlant::end_open_slices(const std::function<SliceRow(const SliceKey&, Duration)>& row_of) {
  const std::lock_guard lock(book_mutex_);
  for (const auto& [key, planned] : parts_.book->ledger().open_slices())
    parts_.book->ended(row_of(key, planned));
}

}  // namespace camfleet::plant
