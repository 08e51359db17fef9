#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

#include "actors/ledger/delays.hpp"
#include "actors/ledger/ledger_book.hpp"
#include "actors/machines/plant.hpp"
#include "actors/plan/roster.hpp"
#include "runtime/media/registry.hpp"
#include "runtime/plant/engine_set.hpp"
#include "runtime/plant/finding_log.hpp"
#include "runtime/plant/last_problems.hpp"
#include "runtime/plant/plant_port.hpp"
#include "runtime/plant/problem_log.hpp"
#include "runtime/plant/recorded_stream.hpp"
#include "runtime/plant/slice_states.hpp"
#include "runtime/plant/stream.hpp"

namespace camfleet::plant {

/// The plant of the real world: streams on their own threads or the pool, inference on the pool, the ledger
/// and the findings behind a lock each. Every call returns at once, from any thread; answers go through
/// `deliver`.
class RealPlant final : public PlantPort {
 public:
  /// Gets the samples in which something was found, from any thread, several at once.
  using TakeFinding = std::function<void(const Sample& sample, const media::Frame& frame,
                                         const std::vector<vision::Box>& boxes)>;
  /// Whom it tells what; on any thread. All but `found` may be empty.
  struct Hooks {
    TakeFinding found{};
    /// Hears of each stream that is open now.
    std::function<void(DeviceIx)> opened{};
    /// Hears of each attempt to open a live stream of a device whose last one failed.
    std::function<void(DeviceIx)> reconnecting{};
    /// Hears of each sample that there is a frame for.
    std::function<void(InstanceIx)> sampled{};
    /// Hears that nothing of a removed instance will be due or ends any more.
    std::function<void(InstanceIx)> instance_ended{};
    /// Hears of each problem of a device as rows tell of it; `ends_stream`: see ProblemSubject.
    std::function<void(const Error& error, DeviceIx, Reason, bool ends_stream)> trouble{};
    /// Hear where a slice runs, and what was accounted for when it ended there or went on elsewhere.
    std::function<void(const SliceKey& key, Place place)> runs{};
    std::function<void(const SliceKey& key, Place place, const SampleCount& samples)> left{};
    /// Hears what of a slice is over, whose rest goes on elsewhere.
    std::function<void(const SliceKey& key, const SliceSoFar& so_far)> moved{};
    /// Hears that a node has said something of a slice that it does not have.
    std::function<void(Place from)> answer_dropped{};
    /// Whether what a further slice or sample brings can be written down, and what a slice does that is over
    /// already; empty: always.
    std::function<bool()> takes_more{};
    std::function<bool()> takes_backlog{};
  };
  struct Parts {
    const Roster* roster;
    const media::SourceRegistry* sources;
    timing::Timekeeper* time;
    WorkPool* pool;
    EngineSet* engines;
    LedgerBook* book;
    ProblemLog* problems;
    Deliver deliver;
    Hooks hooks;
  };
  struct Settings {
    media::Limits limits;
    Duration live_stall = seconds(5);  ///< a live stream without a packet for so long has broken off
    std::uint32_t frames = 256;        ///< frames in memory at once; each is allocated when it is first used
    std::size_t open_sources = 256;    ///< recorded sources that are really open at once
  };

  RealPlant(Parts parts, const Settings& settings);
  /// Closes every stream and waits for its threads.
  ~RealPlant() override;

  void open(DeviceIx device, StreamIx stream, std::uint32_t spf_s) override;
  void read(DeviceIx device, const ReadRequest& request) override;
  void close(DeviceIx device, StreamIx stream) override;
  void retain(FrameIx frame) override { frames_.retain(frame); }
  void release(FrameIx frame) override { frames_.release(frame); }
  void analyse(AnalyzerIx analyzer, std::uint32_t ticket, const Sample& sample) override;
  bool slice_due(const SliceKey& key, Duration planned) override;
  /// One that was due before, in another process: there is room for it.
  void slice_reopened(const SliceKey& key, Duration planned) { open_slice(key, planned); }
  /// And this is over of it. Before anything runs.
  void slice_recalled(const SliceKey& key, SliceSoFar so_far) { so_far_[key] = std::move(so_far); }
  /// Of a node, where no row is written: a slice of another process's instance runs here, and no longer.
  void carry_slice(const SliceKey& key);
  void drop_slice(const SliceKey& key);
  /// Of a scheduler, where no stream is: a node has told what went wrong with a device.
  void note_trouble(const Error& error, DeviceIx device, Reason reason, bool ends_stream, Instant at);
  void slice_ended(const SliceRow& row) override;
  void instance_ended(InstanceIx instance) override;
  void slice_runs(const SliceKey& key, Place place) override {
    if (parts_.hooks.runs) parts_.hooks.runs(key, place);
  }
  void slice_left(const SliceKey& key, Place place, const SampleCount& samples) override {
    if (parts_.hooks.left) parts_.hooks.left(key, place, samples);
  }
  void slice_moved(const SliceKey& key, const SliceSoFar& so_far) override {
    if (parts_.hooks.moved) parts_.hooks.moved(key, so_far);
  }
  [[nodiscard]] const SliceSoFar* slice_so_far(const SliceKey& key) const override {
    const auto found = so_far_.find(key);
    return found == so_far_.end() ? nullptr : &found->second;
  }
  void answer_dropped(Place from) override {
    if (parts_.hooks.answer_dropped) parts_.hooks.answer_dropped(from);
  }

  /// Of an instance that has ended: whether a sample of it, which it waits for no longer, is still looked at.
  [[nodiscard]] bool is_looked_at(InstanceIx instance) const;
  /// Whether a device has no stream, so that its number may be another's; then nothing of it is known any
  /// more.
  bool forget(DeviceIx device);

  /// Ends every open slice with `row_of(key, planned)`: for what is left when a run is stopped.
  void end_open_slices(const std::function<SliceRow(const SliceKey&, Duration planned)>& row_of);

  /// Closes every stream and waits for its threads; further opens are not answered.
  void shut_down();

  [[nodiscard]] const FrameTable& frames() const { return frames_; }
  /// From a sample's instant until it was analysed, by the executor's clock. Once nothing runs.
  [[nodiscard]] const Delays& delays() const { return delays_; }
  [[nodiscard]] std::size_t streams_open() const;

 private:
  using StreamKey = std::pair<DeviceIx, StreamIx>;
  struct Puller {
    std::thread thread;
    std::weak_ptr<Stream> stream;  ///< gone once the thread is through
  };

  [[nodiscard]] StreamParts stream_parts();
  void open_slice(const SliceKey& key, Duration planned);
  std::shared_ptr<Stream> find(DeviceIx device, StreamIx stream) const;
  void open_recorded(DeviceIx device, StreamIx stream, std::uint32_t spf_s, const media::SourceUrl& url);
  void open_live(DeviceIx device, StreamIx stream, media::SourceUrl url);
  void fail_open(DeviceIx device, StreamIx stream, const Error& error);
  void note_failed(DeviceIx device, const Error& error);
  /// For rows, and for whoever asks.
  void explain(const Error& error, DeviceIx device, Reason reason, bool ends_stream, Instant at);
  /// A live stream that has failed is opened anew, under another number.
  void drop_failed(DeviceIx device, const StreamFailed& failed);
  /// Joins the pulling threads that are through.
  void reap(bool all);
  [[nodiscard]] AlgorithmIx algorithm_of(const Sample& sample) const;
  std::shared_ptr<vision::EngineState> state_of(const Sample& sample);
  void note(const Sample& sample, const media::Frame& frame, const Analysis& analysis);
  void looked_at(InstanceIx instance);
  [[nodiscard]] bool takes_more() const { return !parts_.hooks.takes_more || parts_.hooks.takes_more(); }

  Parts parts_;
  Settings settings_;
  LastProblems last_problems_;
  ProblemLog problems_;  ///< of streams: what they say is passed on, and kept for rows
  OpenSources open_sources_;
  FrameTable frames_;
  mutable std::mutex streams_mutex_;
  bool shut_ = false;
  std::map<StreamKey, std::shared_ptr<Stream>> streams_;
  std::vector<Puller> pullers_;
  std::set<std::uint32_t> failed_;  ///< live devices whose last stream failed
  std::mutex book_mutex_;
  /// As an earlier process left it: nothing changes once something runs.
  std::unordered_map<SliceKey, SliceSoFar, SliceKeyHash> so_far_;  // lookup only
  mutable std::mutex looked_at_mutex_;
  struct LookedAt {
    std::uint32_t samples = 0;
    bool has_ended = false;  ///< its instance: with the last sample this goes
  };
  std::map<std::uint32_t, LookedAt> looked_at_;  ///< by instance
  std::mutex delays_mutex_;
  Delays delays_;
  std::mutex states_mutex_;
  SliceStates states_;
};

static_assert(Plant<RealPlant>);

}  // namespace camfleet::plant
