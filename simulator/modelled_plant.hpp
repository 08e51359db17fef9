#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "actors/base/prefetch.hpp"
#include "actors/ledger/delays.hpp"
#include "actors/ledger/ledger_book.hpp"
#include "actors/machines/plant.hpp"
#include "actors/plan/capacity.hpp"
#include "actors/plan/concurrency.hpp"
#include "simulator/core_watch.hpp"
#include "simulator/event_queue.hpp"
#include "simulator/fault.hpp"
#include "simulator/films.hpp"
#include "simulator/finding_model.hpp"
#include "simulator/found_once.hpp"
#include "simulator/node_loads.hpp"
#include "simulator/remainder.hpp"
#include "simulator/sample_costs.hpp"
#include "simulator/store_model.hpp"

namespace camfleet::sim {

/// The figures of the modelled plant. Ranges are drawn uniformly, each draw from the seed and what it is for,
/// so that one does not depend on how many others there were.
struct Models {
  Duration connect_least = milliseconds(300);  ///< opening a live stream, to its first packet
  Duration connect_most = milliseconds(1500);
  Duration refused_after = milliseconds(1);  ///< opening while the camera is disconnected
  Duration open_deadline = seconds(10);      ///< a slower open fails
  Duration stall_limit = seconds(5);         ///< a live stream without a frame for so long has broken off
  Duration frame_interval = milliseconds(40);
  Duration delivery_least = milliseconds(5);  ///< from a frame's instant until it can be analysed
  Duration delivery_most = milliseconds(40);
  Duration recorded_read = milliseconds(2);  ///< recorded footage and pictures: seek and decode
  std::uint32_t jitter_percent = 10;         ///< of an analysis' cost, either way
  std::uint32_t findings_per_mille = 250;  ///< samples in which something is found, but of synthetic cameras
  Costs costs;                             ///< decoding and analysis, in core time
};

/// A plant without pixels: cameras, network and inference as small models, with faults. A sample occupies one
/// core for its analysis and, for the first algorithm, the decoding of its share of the stream; of a
/// synthetic camera, of the frames that were decoded for it.
class ModelledPlant {
 public:
  struct Parts {
    const Roster* roster;
    EventQueue* queue;
    LedgerBook* book;
    std::uint32_t workers = 1;                    ///< analyses at once in the scheduler's process
    plant::FindingLog* findings = nullptr;        ///< without one they are only counted
    score::DetectionModel* detections = nullptr;  ///< of synthetic cameras, where there are any
    /// By device; null: there is none. The faults are aligned with them.
    const std::vector<std::optional<camera::CameraSpec>>* cameras = nullptr;
    std::vector<Instant> joins{};  ///< as KernelSettings has them
  };
  /// `faults` as draw_faults gives them.
  ModelledPlant(const Parts& parts, Models models, std::uint64_t seed, std::vector<Fault> faults);

  /// Whose handler runs: the answers to what it asks go to its process.
  void acting(ActorId actor) { place_ = actor.place(); }
  /// The state of a device will be asked for soon.
  void prefetch(DeviceIx device) const { prefetch_line(&devices_[device.value]); }
  /// A process has ended: its streams and frames are gone.
  void process_ended(Place place);
  /// What outlives the scheduler's process.
  [[nodiscard]] std::vector<StoredInstance> stored() const { return store_.stored(); }
  [[nodiscard]] bool is_settled() const { return store_.is_settled(); }
  std::vector<SliceKey> take_stored() { return store_.take_stored(); }

  void open(DeviceIx device, StreamIx stream, std::uint32_t spf_s);
  void read(DeviceIx device, const ReadRequest& request);
  void close(DeviceIx device, StreamIx stream);
  void retain(FrameIx /*frame*/) { ++frames_held_[place_.number]; }
  void release(FrameIx frame);
  void analyse(AnalyzerIx analyzer, std::uint32_t ticket, const Sample& sample);
  /// From now on the samples of a slice are done in closed form where nothing contends: while every sample
  /// that may come at once finds a core free. Slices near a fault, of footage, of every frame or
  /// begun at the start of the run are simulated sample by sample all the same.
  void count_samples(Instant until);
  [[nodiscard]] bool foresees(const SliceKey& key, Instant ends_at) const;
  void foresee(DeviceIx device, const BeginSlice& slice);

  bool slice_due(const SliceKey& key, Duration planned) {
    if (!store_.takes_more()) return false;
    store_.due(key, planned);
    return true;
  }
  void slice_ended(const SliceRow& row);
  void slice_runs(const SliceKey& key, Place place) { loads_.begin(key, place, parts_.queue->now()); }
  void slice_left(const SliceKey& key, Place place, const SampleCount& samples) {
    loads_.end(key, place, samples, parts_.queue->now());
  }
  void slice_moved(const SliceKey& key, const SliceSoFar& so_far) { store_.moved(key, so_far); }
  [[nodiscard]] const SliceSoFar* slice_so_far(const SliceKey& key) const { return store_.so_far(key); }
  void instance_ended(InstanceIx /*instance*/) {}
  void answer_dropped(Place /*from*/) { ++answers_dropped_; }
  /// A fault begins, a frozen stream has been silent for too long, or the store has committed.
  void on(const TimerFired& message);

  /// What must hold once a run is over. Errors: broken_invariant: a frame that was not given back, a stream
  /// that was not closed, a slice that failed though its camera had been well for a while.
  [[nodiscard]] result<void> closed() const;

  /// Samples in which something was found; of counted ones as many as are to be expected.
  [[nodiscard]] std::uint64_t findings() const { return findings_ + counted_per_million_ / 1'000'000; }
  [[nodiscard]] std::uint64_t analyses() const { return analyses_; }
  /// Samples in which something was found that had been found before: by another node, or an earlier process.
  [[nodiscard]] std::uint64_t found_again() const { return found_again_; }
  /// What processes have said of slices that they did not have.
  [[nodiscard]] std::uint64_t answers_dropped() const { return answers_dropped_; }
  /// From a sample's instant until it was analysed, of those that were simulated.
  [[nodiscard]] const Delays& delays() const { return delays_; }
  /// Core time that analyses and decoding took; of counted samples their mean.
  [[nodiscard]] Duration core_time() const { return core_time_; }
  [[nodiscard]] const NodeLoads& loads() const { return loads_; }

 private:
  struct Stream {
    StreamIx id;
    Place place;  ///< of the process that opened it
    bool started = false;
    std::uint32_t spf_s = 1;
    Instant open_at{};
    Duration next_media{
        0};  ///< every-frame reads of footage; of a synthetic camera its first picture, since 1970
  };
  /// How long after its last fault a camera must deliver again: the longest pause of a reconnect, and
  /// opening.
  static constexpr Duration recovery = seconds(60);
  /// One cache line.
  struct alignas(64) DeviceState {
    std::optional<Stream> stream;                 ///< the first; most have no other
    std::unique_ptr<std::vector<Stream>> others;  ///< null when there was never one
    std::uint32_t first_fault = 0;
    std::uint32_t faults : 31 = 0;
    std::uint32_t is_live : 1 = 0;
  };
  static_assert(sizeof(DeviceState) == 64);

  /// Who answers for the device.
  static constexpr ActorId plant_of(DeviceIx device) { return {ActorKind::plant, home_place, device.value}; }
  static std::uint64_t count_of(Instant at) {
    return static_cast<std::uint64_t>(at.time_since_epoch().count());
  }
  /// How much longer an analysis takes on the acting node.
  [[nodiscard]] std::uint32_t slowed() const;
  /// The sum of the clock's jumps of one kind.
  [[nodiscard]] Duration jumps(FaultKind kind) const;
  /// True when a fault of a node or the scheduler may have lost samples of a slice from `from` to `to`.
  [[nodiscard]] bool process_fault_near(Instant from, Instant to) const;
  /// True when the camera of a slice takes one connection, and may have gone from node to node before or in
  /// it.
  [[nodiscard]] bool may_have_moved(const SliceRow& row) const;
  /// True when a fault ends the connection, and when that shows.
  [[nodiscard]] bool breaks_off(const Fault& fault) const;
  [[nodiscard]] Instant noticed(const Fault& fault) const;
  [[nodiscard]] const Fault* fault(DeviceIx device, FaultKind kind, Instant at) const;
  [[nodiscard]] Stream* find(DeviceIx device, StreamIx stream);
  template <class Ends>
  static void erase_streams(DeviceState& device, Ends ends);
  /// Uniform in [least, most], from the seed, the purpose and two numbers.
  [[nodiscard]] Duration draw(Duration least, Duration most, std::uint64_t a, std::uint64_t b) const;
  [[nodiscard]] bool is_live(DeviceIx device) const;
  /// When the next frame of a live camera is taken, at `at` or later.
  [[nodiscard]] Instant next_frame(DeviceIx device, Instant at) const;
  struct Frame {
    Instant taken;
    Instant arrives;
  };
  /// The synthetic camera of a device; null: it is another one.
  [[nodiscard]] const camera::FilmModel* film_of(DeviceIx device) const {
    return films_.empty() ? nullptr : films_[device.value].get();
  }
  /// The frame that an every-frame slice of a live stream was given last; 1970 at first.
  [[nodiscard]] Instant& last_given(DeviceIx device, const SliceSlot& slot);
  void open_film(DeviceIx device, StreamIx stream, std::uint32_t spf_s, const camera::FilmModel& film);
  void keep_open(DeviceIx device, const Stream& opened);
  /// Whether a camera that takes one connection alone has one from another node.
  [[nodiscard]] bool is_taken(DeviceIx device) const;
  /// The camera's frames are decoded up to this one, from where they were, or from its key frame.
  void decode_film(DeviceIx device, std::int64_t frame, Instant filmed);
  /// What was decoded for a sample, or for one before it that came to nothing; 0 where another one had it.
  [[nodiscard]] Duration take_decoding(const Sample& sample);
  /// What a decoder takes that goes to `frame`, where it has been at `decoded` before.
  [[nodiscard]] Duration decoding(DeviceIx device, std::int64_t decoded, std::int64_t frame) const;
  /// The same, of a sample among many that are `span` apart, and of the dearest one.
  [[nodiscard]] Duration usual_decoding(DeviceIx device, Duration span) const;
  [[nodiscard]] Duration most_decoding(DeviceIx device) const;
  void read_film(DeviceIx device, Stream& stream, const ReadRequest& request, const camera::FilmModel& film);
  /// The frame that a sample of a live camera takes which is due at `due` and asked for at `asked`.
  [[nodiscard]] Frame frame_for(DeviceIx device, Instant due, Instant asked) const;
  [[nodiscard]] Duration media_of(const Stream& stream, const ReadRequest& request) const;
  void read_footage(DeviceIx device, Stream& stream, const ReadRequest& request);
  void deliver(DeviceIx device, const ReadRequest& request, Instant taken, Instant arrives, Duration media);
  /// The first frame of a live camera at `at` or later.
  [[nodiscard]] Frame frame_at(DeviceIx device, Instant at) const;
  /// How long an analysis takes on a node of the usual speed.
  [[nodiscard]] Duration takes(const Sample& sample, std::uint64_t chance) const;
  /// 64 random bits of a sample.
  [[nodiscard]] std::uint64_t chance(const Sample& sample) const;
  /// The same of the purpose and two numbers.
  [[nodiscard]] std::uint64_t chance(std::uint64_t a, std::uint64_t b) const;
  template <class M>
  void answer(Place place, DeviceIx device, Instant at, const M& message) {
    parts_.queue->post(plant_of(device), at_place(place, actor(device)), at, message);
  }
  void break_off(DeviceIx device);
  /// More analyses run at once than there are cores: an invariant is broken.
  void over_capacity();
  /// False: another node, or an earlier process, has found it before.
  bool is_found_first(const Sample& sample);
  /// True when the acting node crashes before `at`.
  [[nodiscard]] bool crashes_before(Instant at) const;
  /// By device: from when on a node is there that can carry it for all of its instances.
  [[nodiscard]] std::vector<Instant> carried_from() const;
  /// What every row must hold beyond its sums.
  [[nodiscard]] result<void> check(const SliceRow& row) const;

  Parts parts_;
  Models models_;
  Remainder frame_remainder_{
      static_cast<std::uint64_t>(models_.frame_interval.count())};  ///< by the frame interval
  std::uint64_t seed_;
  std::vector<Fault> faults_;
  std::vector<DeviceState> devices_;
  Films films_;  ///< empty: none is synthetic
  struct FilmWork {
    std::int64_t decoded = INT64_MIN;  ///< the last frame, in this place
    Place place;
    /// By when the frame was filmed: decoding that no sample has taken over yet.
    std::vector<std::pair<Instant, Duration>> undone{};
  };
  std::vector<FilmWork> film_work_;  ///< by device; empty: none is synthetic
  SampleCosts costs_;
  Instant begins_;
  bool counts_samples_ = false;
  std::vector<bool> foreseeable_;  ///< by instance
  std::vector<Span> contended_;    ///< when samples may wait for a worker, in order
  FindingModel finding_model_;
  struct Given {
    std::uint32_t use = 0;
    Instant frame{};
  };
  std::map<std::tuple<Place, std::uint32_t, std::uint32_t>, Given> last_given_;  ///< by place, device, slot
  FoundOnce found_once_;  ///< where processes come and go
  std::uint64_t findings_ = 0;
  std::uint64_t counted_per_million_ = 0;  ///< of a finding, of counted samples
  Duration core_time_{0};
  Delays delays_;
  std::uint64_t analyses_ = 0;
  std::uint64_t found_again_ = 0;
  std::uint64_t answers_dropped_ = 0;
  std::vector<Instant> carried_from_;
  Place place_;
  std::vector<std::int64_t> frames_held_;  ///< by place
  CoreWatch cores_;
  StoreModel store_;
  NodeLoads loads_;
  std::vector<Fault> process_faults_;
  bool turns_back_ = false;  ///< a fault puts the clock back
  std::optional<Error> broken_;
};

}  // namespace camfleet::sim
