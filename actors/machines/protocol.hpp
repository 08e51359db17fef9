#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <type_traits>
#include <variant>

#include "actors/base/ids.hpp"
#include "actors/base/time.hpp"
#include "actors/ledger/outcome.hpp"
#include "actors/plan/node_offer.hpp"

/// Every message between actors and every answer of the plant, grouped by who receives it. All are trivially
/// copyable and at most 64 bytes: ids are dense, texts live in the Roster.
namespace camfleet {

/// A slice as its device numbers it: a slot and how often the slot was used, so that late answers are
/// recognised.
struct SliceSlot {
  std::uint32_t slot = 0;
  std::uint32_t use = 0;
  friend constexpr bool operator==(const SliceSlot&, const SliceSlot&) = default;
};

/// What became of one sample at the analyzer.
enum class Verdict : std::uint8_t { analysed, gated, failed, overload, store_behind };

/// How a read ended without a frame.
enum class ReadLoss : std::uint8_t {
  lost,    ///< this sample has no frame; later ones may
  ended,   ///< the media ends before it
  broken,  ///< the stream must be opened again
};

/// What a timer is for, as the actor that sets it tells its timers apart.
struct TimerTag {
  std::uint32_t number = 0;  ///< of what it is for: a slot, an instance
  std::uint32_t use = 0;     ///< of the slot, so that a late timer is recognised
  std::uint8_t kind = 0;     ///< an enum of the actor's own
  friend constexpr bool operator==(const TimerTag&, const TimerTag&) = default;
};
template <class Kind>
constexpr TimerTag timer_tag(Kind kind, std::uint32_t number = 0, std::uint32_t use = 0) {
  return {.number = number, .use = use, .kind = static_cast<std::uint8_t>(kind)};
}
template <class Kind>
constexpr bool is_kind(const TimerTag& tag, Kind kind) {
  return tag.kind == static_cast<std::uint8_t>(kind);
}

/// A timer that the actor set for itself went off.
struct TimerFired {
  TimerTag tag;
  bool after_span = false;  ///< it was set for a span, not for an instant: the executor's alone to know
};

// The scheduler receives:

/// An instance was added to the roster: follow its calendar from now on. After a restart of the scheduler:
/// from `accounted_until` on; what was due before has its row, except what a RecallSlice has named without
/// one.
struct AddInstance {
  InstanceIx instance;
  Instant accounted_until = Instant::min();
  Instant reopened_from = end_of_time;  ///< the earliest of those named
  Instant down_until = Instant::min();  ///< when the scheduler was there again
  Instant settled_from = end_of_time;   ///< slices that were due from here on and over by then are
  Instant settled_to = Instant::min();  ///< accounted for, too
};
/// The instance is to end: running slices are cancelled, later ones are not due.
struct RemoveInstance {
  InstanceIx instance;
};
/// All slices of the windows that were opened since the last such message have an outcome.
struct WindowsDone {
  InstanceIx instance;
  std::uint32_t count;
  std::uint8_t lead_s = 0;  ///< the longest of its devices, see SliceDone
  bool has_ended = false;   ///< it was stopped: nothing of it is under way, and nothing more will be
};

// The placement receives:

/// From the scheduler: an instance was added; its devices need a node each.
struct PlaceInstance {
  InstanceIx instance;
};
/// From the membership: this node may carry devices from now on, until it is lost.
struct NodeAdmitted {
  NodeIx node;
  NodeOffer offer;
};

/// After a restart of the scheduler, before anything is placed: this node may have what runs. Wait for it.
struct AwaitNode {
  NodeIx node;
};
/// From a node that has joined: it carries this device from before a restart of the scheduler.
struct KeptDevice {
  NodeIx node;
  DeviceIx device;
};
/// A node is about to end, as it or its operator says: nothing begins there, what runs goes on elsewhere.
struct DrainNode {
  NodeIx node;
};
/// From a node that has joined: it has told all that it kept.
struct KeptTold {
  NodeIx node;
  bool has_kept;  ///< what it had before its connection ended; else it has dropped that
};

// The membership receives:

/// From a node: it has begun, or begun anew after it gave up its slices. Said again until it is answered.
struct NodeJoined {
  NodeIx node;
  Instant term;  ///< when it began, by its own clock: tells its lives apart
  Instant sent_at;
  NodeOffer offer;
  bool keeps = false;  ///< what it had when its connection ended
};
/// From a node, every half second: it is there.
struct Heartbeat {
  NodeIx node;
  Instant term;
  Instant sent_at;
};
/// The connection to a node has ended: its process is gone.
struct NodeGone {
  NodeIx node;
};

// A node receives:

/// Join the cluster.
struct StartNode {};
/// From the membership: it has heard what the node sent at `sent_at`, which is its own until the lease is
/// over.
struct HeartbeatSeen {
  Instant term;
  Instant sent_at;
  std::uint64_t reign = 0;  ///< tells the processes of schedulers apart
};
/// The connection to the scheduler has ended, or one was refused: then there is no process that could give
/// the node's slices to others.
struct Disconnected {
  Instant term;  ///< in which the connection began
  bool is_refused;
};
/// From the placement: a device may be asked of it from now on.
struct CarryDevice {
  DeviceIx device;
};

/// Its process is to end: it gives up in order what it carries.
struct LeaveCluster {};
/// From the placement, after all that was to begin on this node: it is being drained.
struct DrainSeen {};

/// The row of a slice is stored: nobody will ask for it any more.
struct SliceStored {
  InstanceIx instance;
  DeviceIx device;
  Instant due_at;
};

/// All is accounted for: the membership and the nodes need not tell each other that they are there.
struct StopNode {};

// An instance receives:

/// From the placement: slices of a device of it begin on this node from now on.
struct DevicePlaced {
  std::uint32_t position;      ///< in the instance's list
  std::optional<Place> place;  ///< none: no node is left
};
/// From the membership to the placement, and from that to each instance that may have slices there: what ran
/// on this node goes on elsewhere.
struct NodeLost {
  NodeIx node;
};
/// From the placement, after DevicePlaced, to each instance that may have slices there: what runs on this
/// node is to go on elsewhere, as long as it is there to tell what it came to.
struct NodeDrains {
  NodeIx node;
};
/// From a node that has joined after a restart of the scheduler, by the placement, which knows whether it may
/// carry anything: it has this slice, which runs or has ended. Answered by RenameSlice, which has its
/// accounts told, or by CancelSlice.
struct KeptSlice {
  InstanceIx instance;
  DeviceIx device;
  Instant slice_due_at;
  Instant due_at;  ///< of its part on that node
  SliceIx slice;   ///< as it was called before
  Place from;      ///< as SliceAccount has it
};
/// How far a slice on a node has come; its SliceAccounts came before.
struct SliceProgress {
  SliceIx slice;
  bool started;
  bool has_left = false;  ///< it runs there no longer: see LeaveSlice
  Place from;             ///< as SliceAccount has it
  Instant started_at;
  Duration observed;
};
/// Its window is open (or opens within the lead that live cameras need): run its slices.
struct OpenWindow {
  Instant opens;   ///< nominal: rounds, P and media time count from here
  Instant closes;  ///< nominal; end_of_time for a `once` without times
  Instant until;   ///< nothing is due from here on
  std::uint32_t listed;
  Instant accounted_until = Instant::min();  ///< as AddInstance has it
  Instant down_until = Instant::min();       ///< what was due before could not begin: the scheduler was down
  Instant settled_from = end_of_time;        ///< as AddInstance has it; this and the next
  Instant settled_to = Instant::min();
};
/// After a restart of the scheduler, before its window is opened again: this slice was due before.
struct RecallSlice {
  DeviceIx device;
  Instant due_at;
  bool has_row = false;
};
/// End now: cancel what runs; nothing more is due.
struct StopInstance {};
/// How an instance treats one of its devices.
enum class DeviceMode : std::uint8_t {
  pulled,
  off,      ///< what is due is skipped (stream_off)
  removed,  ///< nothing is due any more, for good
};
/// Treat this device so from now on: unless it is pulled, what runs on it is cancelled.
struct SwitchDevice {
  DeviceIx device;
  DeviceMode mode;
};
/// One algorithm's samples in a slice: all of them come before its SliceDone, or its SliceProgress.
struct SliceAccount {
  static constexpr std::size_t reasons_told = 8;
  SliceIx slice;
  std::uint8_t algorithm;  ///< position in the instance's list
  bool goes_on;            ///< tells further reasons of the one before it
  Place from;              ///< where the slice runs, as whoever lets the message in knows
  std::uint32_t due;
  std::uint32_t analysed;
  std::uint32_t gated;
  std::array<Reason, reasons_told> reasons;         ///< for which samples were dropped; none: no further one
  std::array<std::uint32_t, reasons_told> dropped;  ///< of each of them
};
/// A slice has ended.
struct SliceDone {
  SliceIx slice;
  Reason fault;  ///< why nothing was delivered, where no sample tells
  bool started;
  std::uint8_t lead_s;  ///< how long before a slice the device is to connect, s; 0: as long as any other
  Place from;           ///< as SliceAccount has it
  Instant started_at;   ///< the first frame, when started
  Instant ended_at;
  Duration planned;  ///< as begun, or until the end for a slice that had none
  Duration observed;
  /// From here on samples may still be at the analyzer, which has taken too long; end_of_time: none is.
  Instant open_from = end_of_time;
};

// A device receives:

/// A slice of it will be due soon: connect, so that the first sample is not lost to connecting.
struct Prepare {
  InstanceIx instance;
  Instant due_at;
  Instant ends_at;
};
/// Analyse one slice from now on.
struct BeginSlice {
  InstanceIx instance;
  SliceIx slice;         ///< as the instance numbers it
  Instant slice_due_at;  ///< by which the slice is named, also when it goes on elsewhere
  Instant due_at;        ///< of what is to be done: that one, or of the rest of a slice that has moved
  Instant ends_at;       ///< end_of_time: until it is cancelled
  Duration media_from;   ///< recorded and pictures: media time of the first sample
  std::uint32_t spf_s;   ///< seconds per frame
  std::uint8_t algorithms;
  bool every_frame;
  bool progress;  ///< reports every second, so that another node can go on
  Reason late;    ///< why samples have passed already
};
/// From the node: drop all slices and streams without a word, others go on with them.
struct Fence {};
/// The number of this device will be another's: nothing of it is under way, and what it knows is forgotten.
struct DeviceReleased {};
/// End a slice now; its open samples count as cancelled.
struct CancelSlice {
  InstanceIx instance;
  SliceIx slice;
};
/// Another node goes on with this slice: what is at the analyzer is awaited, its progress is told, and
/// nothing more is done of it here.
struct LeaveSlice {
  InstanceIx instance;
  SliceIx slice;
};
/// Another node connects to this camera, which takes one connection: its slices leave, its stream is closed.
struct LeaveStream {
  InstanceIx instance;  ///< that says so
};
/// A slice has another name from now on; its node tells its accounts again.
struct RenameSlice {
  InstanceIx instance;
  Instant slice_due_at;
  SliceIx was;
  SliceIx slice;
};
/// From the plant: the stream is open.
struct StreamOpened {
  StreamIx stream;
  Duration frame_interval;  ///< 0 = unknown
};
/// From the plant: what the packets of a live stream have shown by now.
struct StreamMeasured {
  StreamIx stream;
  bool waits_for_key;       ///< packets come, and none can be decoded before the next key frame
  Duration frame_interval;  ///< in the place of what StreamOpened said
  Duration key_distance;    ///< the longest of its key frames; 0 = unknown
};
/// From the plant: the stream could not be opened, or a live one broke off.
struct StreamFailed {
  StreamIx stream;
  Reason reason;
};
/// From the plant: the frame that was asked for. The receiver owns one reference to it.
struct FrameReady {
  StreamIx stream;
  SliceSlot slot;
  std::uint32_t sample;
  FrameIx frame;
  Duration media_time;
  Instant at;  ///< when it came, for live streams
};
/// From the plant: there is no such frame.
struct ReadFailed {
  StreamIx stream;
  SliceSlot slot;
  std::uint32_t sample;
  ReadLoss loss;
  Reason reason;
};
/// From the analyzer: a sample is through.
struct SampleDone {
  SliceSlot slot;
  std::uint32_t sample;
  std::uint8_t algorithm;
  Verdict verdict;
};

// An analyzer receives:

/// Analyse a frame; one reference to the frame comes with it.
struct Sample {
  InstanceIx instance;
  DeviceIx device;
  SliceSlot slot;
  std::uint32_t sample;
  FrameIx frame;
  std::uint8_t algorithm;
  bool may_give_way;  ///< live: the oldest gives way when the queue is full; recorded footage waits instead
  Instant due_at;     ///< of the slice
  Instant at;         ///< of the sample
  /// When the frame of a live camera came, or was filmed where its stream tells: later than `at` where the
  /// camera or the machine was late. Of recorded footage `at`.
  Instant frame_at{};
};
/// The worker of an analyzer, from 0, that a ticket has an analysis done by: one at a time.
constexpr std::uint32_t worker_of(std::uint32_t ticket) {
  return ticket & 0xFFFFU;
}
/// From the plant: the analysis is through.
struct AnalysisDone {
  std::uint32_t ticket;
  Verdict verdict;
};

using Message =
    std::variant<TimerFired, AddInstance, RemoveInstance, WindowsDone, OpenWindow, StopInstance, RecallSlice,
                 SwitchDevice, SliceAccount, SliceDone, Prepare, BeginSlice, CancelSlice, StreamOpened,
                 StreamFailed, FrameReady, ReadFailed, SampleDone, Sample, AnalysisDone, PlaceInstance,
                 NodeJoined, Heartbeat, NodeGone, StartNode, HeartbeatSeen, CarryDevice, StopNode,
                 DevicePlaced, NodeLost, SliceProgress, Fence, StreamMeasured, DeviceReleased, NodeAdmitted,
                 AwaitNode, KeptDevice, KeptTold, Disconnected, KeptSlice, RenameSlice, SliceStored,
                 DrainNode, LeaveCluster, DrainSeen, NodeDrains, LeaveSlice, LeaveStream>;

template <class T>
inline constexpr bool is_hot = std::is_trivially_copyable_v<T> && sizeof(T) <= 64;
static_assert(is_hot<NodeJoined> && is_hot<SliceAccount> && is_hot<SliceDone> && is_hot<BeginSlice> &&
              is_hot<Sample> && is_hot<SampleDone>);
static_assert(std::is_trivially_copyable_v<Message> && sizeof(Message) <= 72);

}  // namespace camfleet
