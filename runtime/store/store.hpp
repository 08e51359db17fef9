#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

#include "actors/base/error.hpp"

namespace camfleet::store {

/// Instants and spans are integer nanoseconds; instants since 1970 in UTC.
using Nanoseconds = std::int64_t;

/// A compute instance as it was created. Its id is given by the service, grows, and is never used again.
struct InstanceRecord {
  std::int64_t id = 0;
  std::string project;
  std::string name;
  std::string fields;               ///< JSON object: the request's fields, in the API's spelling
  std::vector<Nanoseconds> phases;  ///< φ by listed window
  Nanoseconds created = 0;
  friend bool operator==(const InstanceRecord&, const InstanceRecord&) = default;
};

/// A device that the API made: cameras, data sources. Those of a fleet file are not stored.
struct DeviceRecord {
  std::string id;
  std::string project;
  std::string fields;  ///< JSON object
  Nanoseconds created = 0;
  friend bool operator==(const DeviceRecord&, const DeviceRecord&) = default;
};

/// The name of a slice.
struct SliceName {
  std::int64_t instance = 0;
  std::string device;
  Nanoseconds due = 0;
  friend bool operator==(const SliceName&, const SliceName&) = default;
};

/// For tables; in no order that means anything.
struct SliceNameOrder {
  bool operator()(const SliceName& a, const SliceName& b) const {
    return std::tie(a.instance, a.due, a.device) < std::tie(b.instance, b.due, b.device);
  }
};

/// A slice that is due and has not ended.
struct OpenSlice {
  SliceName name;
  Nanoseconds planned = 0;
  std::string
      so_far{};  ///< what it came to on nodes that it has left, see SliceMoved; empty: it has left none
  friend bool operator==(const OpenSlice&, const OpenSlice&) = default;
};

/// A slice of a known instance that has its row.
struct EndedSlice {
  std::string device;
  Nanoseconds due = 0;
  friend bool operator==(const EndedSlice&, const EndedSlice&) = default;
};

/// Of an instance: until when all that was due has a row or is open.
struct LastDue {
  std::int64_t instance = 0;
  Nanoseconds due = 0;
  std::vector<EndedSlice>
      ended;  ///< slices of that instant, and later ones where a clock was ahead, in no order
  friend bool operator==(const LastDue&, const LastDue&) = default;
};

/// Whether the streams of a device are pulled for the instances of a project, whatever these say.
struct StreamSwitch {
  std::string project;
  std::string device;
  bool on = false;
  friend bool operator==(const StreamSwitch&, const StreamSwitch&) = default;
};

/// A slice that has ended.
struct SliceRecord {
  SliceName name;
  std::string outcome;  ///< done, partial, missed, skipped
  std::string line;     ///< its line of ledger.jsonl without the line end
  friend bool operator==(const SliceRecord&, const SliceRecord&) = default;
};

/// Slices of an instance that nobody followed, as one row: all that were due in [from, until) and have no row
/// of their own.
struct MissedSpan {
  std::int64_t instance = 0;
  Nanoseconds from = 0;
  Nanoseconds until = 0;
  std::string line;  ///< JSON object, as the API shows it
  friend bool operator==(const MissedSpan&, const MissedSpan&) = default;
};

/// How a store was used last.
struct Life {
  Nanoseconds alive = 0;  ///< when its service was there last
  bool is_rehearsal = false;
  friend bool operator==(const Life&, const Life&) = default;
};

/// A node of the cluster that has joined.
struct NodeRecord {
  std::string name;
  std::uint32_t acu = 0;
  std::string region;
  std::vector<std::string> algorithms;  ///< ids of those that it has
  std::vector<std::string> schemes;     ///< of the devices that it reaches; empty: not known
  friend bool operator==(const NodeRecord&, const NodeRecord&) = default;
};

/// Up to which number the results of a node's spool are in the store.
struct SpoolRecord {
  std::string node;
  std::uint64_t spool = 0;  ///< tells the spools of a node apart
  std::uint64_t number = 0;
  friend bool operator==(const SpoolRecord&, const SpoolRecord&) = default;
};
/// As many of a node are remembered, the newest: more it has had in turns, or it makes one at each start.
inline constexpr int most_spools = 8;

/// What was taken back when a service began before slices that it had written off; see Store::withdraw.
struct Withdrawn {
  std::uint64_t slices = 0;    ///< rows
  std::uint64_t open = 0;      ///< that had begun
  std::uint64_t spans = 0;     ///< rows that stood for many
  std::uint64_t findings = 0;  ///< of slices that had begun
};

/// A sample in which something was found. Its identity is (instance, device, due, algorithm, at): a slice
/// that is analysed again after a restart finds the same again.
struct FindingRecord {
  std::int64_t id = 0;  ///< given by the store
  SliceName slice;
  std::string algorithm;
  Nanoseconds at = 0;
  std::string line;     ///< its line of findings.jsonl without the line end
  std::string picture;  ///< file name of its picture, empty: none
  friend bool operator==(const FindingRecord&, const FindingRecord&) = default;
};

// What can be changed. All changes of one commit become durable together or not at all.

struct PutInstance {
  InstanceRecord instance;
};
/// The instance was deleted at `at`; its slices and findings stay.
struct EndInstance {
  std::int64_t id = 0;
  Nanoseconds at = 0;
};
/// The instance no longer has these devices; naming one again changes nothing.
struct RemoveDevices {
  std::int64_t instance = 0;
  std::vector<std::string> devices;
};
/// Adds a device or replaces the one of that id.
struct PutDevice {
  DeviceRecord device;
};
/// Its switches go with it.
struct DropDevice {
  std::string id;
};
/// Switches, or switches again.
struct SwitchStream {
  StreamSwitch stream;
};
/// Nobody has switched this device.
struct DropSwitches {
  std::string device;
};
/// The slice became due.
struct SliceDue {
  SliceName name;
  Nanoseconds planned = 0;
};
/// What is left of an open slice goes on elsewhere.
struct SliceMoved {
  SliceName name;
  std::string so_far;  ///< what it came to until then, as its service writes it
};
/// The slice has ended: it must be due and have no outcome yet.
struct SliceEnded {
  SliceRecord slice;
};
/// One of the same identity that is there stays as it is.
struct PutFinding {
  FindingRecord finding;     ///< its id is not looked at
  bool needs_slice = false;  ///< not stored, unless its slice is due or has ended
};
/// Replaces the one of that instance and `from`.
struct PutMissedSpan {
  MissedSpan span;
};
/// Nothing is left of that span.
struct DropMissedSpan {
  std::int64_t instance = 0;
  Nanoseconds from = 0;
};
struct PutLife {
  Life life;
};
/// Adds a node or replaces the one of that name.
struct PutNode {
  NodeRecord node;
};
/// It belongs to the cluster no longer.
struct DropNode {
  std::string name;
};
/// Adds or replaces what is known of this spool.
struct PutSpool {
  SpoolRecord spool;
};

/// Changes nothing that can be read, and is written to the disk all the same: whether that works.
struct Probe {};

using Change = std::variant<PutInstance, EndInstance, RemoveDevices, PutDevice, DropDevice, SwitchStream,
                            DropSwitches, SliceDue, SliceMoved, SliceEnded, PutFinding, PutMissedSpan,
                            DropMissedSpan, PutLife, PutNode, DropNode, PutSpool, Probe>;

/// What came of the changes of one commit.
struct Committed {
  // Places of PutFindings that were not stored, ascending.
  std::vector<std::size_t> repeated;  ///< it was there already
  std::vector<std::size_t> orphaned;  ///< its slice is not there
};

/// What a service goes on from.
struct State {
  std::vector<InstanceRecord> instances;        ///< not ended, by id
  std::vector<InstanceRecord> ended_instances;  ///< of which slices are open, by id; without phases
  std::vector<DeviceRecord> devices;            ///< by created, then id
  std::vector<OpenSlice> open_slices;           ///< of any instance, by due, instance, device
  std::vector<LastDue> last_due;                ///< by instance that is not ended, where there is one
  std::vector<StreamSwitch> switches;           ///< in no order
  /// By instance that is not ended, in no order.
  std::vector<std::pair<std::int64_t, std::string>> removed_devices;
  std::vector<MissedSpan> spans;  ///< of instances that are not ended, by instance, then from
  std::vector<NodeRecord> nodes;  ///< by name
  std::vector<SpoolRecord> spools;
  std::uint64_t identity = 0;      ///< tells this store from others; not 0
  std::optional<Life> life;        ///< none: it was never used, or by a version that did not say
  std::int64_t last_instance = 0;  ///< the highest id that was ever given
  bool has_lost_log = false;       ///< see LostLog; it was accepted
};

/// Whether a slice has ended.
enum class SliceState : std::uint8_t { any, open, ended };

/// Where a page ended: the last of its rows.
struct Cursor {
  bool is_open = false;  ///< of slices: it runs
  Nanoseconds at = 0;    ///< due (slices) or at (findings)
  std::int64_t id = 0;   ///< instance (slices) or finding
  std::string device;    ///< slices
  friend bool operator==(const Cursor&, const Cursor&) = default;
};

/// Which slices or findings to list: those that match every field that is set. Newest first.
struct Query {
  std::vector<std::int64_t> instances;  ///< of any of these; empty: of none
  std::optional<std::string> device;
  std::optional<Nanoseconds> from;       ///< due (slices) or at (findings) not before
  std::optional<Nanoseconds> to;         ///< … before
  SliceState state = SliceState::any;    ///< slices
  std::optional<std::string> outcome;    ///< slices that have ended
  std::optional<std::string> reason;     ///< slices that have ended
  std::optional<std::string> algorithm;  ///< findings
  std::optional<std::int64_t> finding;   ///< findings: that of this id
  std::optional<std::string> label;      ///< findings with a box of this label
  std::optional<Cursor> after;           ///< what comes behind this alone
  std::size_t offset = 0;
  std::size_t limit = 100;
};

template <class T>
struct Page {
  std::vector<T> items;
  std::uint64_t total = 0;     ///< that match, on whatever page
  std::optional<Cursor> next;  ///< none: this is the last page
};

/// Slices of one moment: each is open or has ended, none is both.
struct SlicePage {
  std::vector<OpenSlice> open;     ///< come first, whatever their due instant
  std::vector<SliceRecord> ended;  ///< what then fits on the page
  std::uint64_t total = 0;         ///< that match, on whatever page
  std::optional<Cursor> next;      ///< none: this is the last page
};

/// Everything that outlives the process. One thread at a time may call commit; reads may come from any thread
/// meanwhile, and see whole commits alone.
class Store {
 public:
  virtual ~Store() = default;

  /// Makes the changes durable, in order. Errors: io: the disk, which may take the same changes later;
  /// broken_invariant: a slice that ended without being due or twice, an instance id that is there, another
  /// change that is never taken. After an error nothing of the commit is stored.
  virtual result<Committed> commit(std::span<const Change> changes) = 0;
  virtual result<State> load() = 0;
  /// Takes back what says that slices due after `now` were missed because no scheduler was there: rows, and
  /// spans as far as they lie after it, and that they have begun, with what was found since. LastDue says
  /// that they are due again. Durable; errors as commit's.
  virtual result<Withdrawn> withdraw(Nanoseconds now) = 0;
  /// Reads that take too long end with timed_out: nobody's question keeps the others waiting.
  virtual result<SlicePage> slices(const Query& query) = 0;
  virtual result<Page<FindingRecord>> findings(const Query& query) = 0;
  virtual result<std::optional<FindingRecord>> finding(std::int64_t id) = 0;
};

/// What to do with a store that was not closed and whose write-ahead log, which holds its last changes, is
/// gone. Once the store has been written the log is of no use any more: its old pages would go over newer
/// ones.
enum class LostLog { refuse, accept };

struct Opening {
  LostLog lost_log = LostLog::refuse;
  /// Told before each step to a newer schema, which takes minutes where there are millions of rows.
  std::function<void(std::int32_t from, std::int32_t to)> migrates;
  /// Asked again and again meanwhile; true: the step is taken back, and the store is not opened.
  std::function<bool()> give_up;
};

/// SQLite in WAL mode at `path`, made when it is not there, brought to the newest schema when it is older.
/// Errors: io; unsupported: a schema of a later version, another program's file; corrupt: it was cut off, is
/// damaged, or has lost its log; ended: it was given up.
result<std::unique_ptr<Store>> open_sqlite(const std::string& path, const Opening& opening = {});

}  // namespace camfleet::store
