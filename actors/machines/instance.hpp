#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "actors/base/slots.hpp"
#include "actors/ledger/ledger.hpp"
#include "actors/machines/account_message.hpp"
#include "actors/machines/executor.hpp"
#include "actors/machines/plant.hpp"
#include "actors/machines/protocol.hpp"
#include "actors/machines/running_slice.hpp"
#include "actors/plan/lead.hpp"
#include "actors/plan/roster.hpp"
#include "actors/plan/rounds.hpp"
#include "actors/plan/window_plan.hpp"

namespace camfleet {

/// The row of a slice of which no sample was delivered: every due one was dropped for one reason, `now`.
SliceRow row_without_samples(const Roster& roster, const SliceKey& key, Duration planned, Reason reason,
                             Instant now, std::string_view node);

/// One compute instance: walks the rounds of its open window, begins each slice at its device when it is due,
/// and writes one ledger row for every slice that was due. It begins each slice where the device is: at home,
/// or in a cluster where the placement has put it. When that node is lost the slice goes on elsewhere;
/// while there is no node, slices wait until they would have ended.
class Instance {
 public:
  /// `node` is the name of this process in the ledger, for slices that run in it.
  /// `reign` tells this process of the scheduler's from those before and after it: its slices have other
  /// names.
  /// How long nodes take to join again after a restart of the scheduler, where time passes as it does.
  static constexpr Duration usual_joining = seconds(10);

  Instance(InstanceIx self, const Roster& roster, std::string_view node, std::uint64_t reign = 0,
           Duration joining = usual_joining);

  template <class Context>
  void on(const OpenWindow& message, Context& context);
  template <class Context>
  void on(const TimerFired& message, Context& context);
  template <class Context>
  void on(const SliceAccount& message, Context& context);
  template <class Context>
  void on(const SliceDone& message, Context& context);
  template <class Context>
  void on(const SliceProgress& message, Context& context);
  template <class Context>
  void on(const StopInstance& message, Context& context);
  template <class Context>
  void on(const RecallSlice& message, Context& context);
  template <class Context>
  void on(const SwitchDevice& message, Context& context);
  template <class Context>
  void on(const DevicePlaced& message, Context& context);
  template <class Context>
  void on(const NodeLost& message, Context& context);
  template <class Context>
  void on(const NodeDrains& message, Context& context);
  template <class Context>
  void on(const KeptSlice& message, Context& context);

  /// After a handler failed: the slices that run go on, the next ones begin as planned.
  template <class Context>
  void start_over(Context& context);

  [[nodiscard]] std::size_t running() const { return running_.size(); }
  /// A slice without an outcome: who runs it, and under which name.
  struct Wait {
    SliceKey key;
    std::optional<Place> place;  ///< none: it waits for a node
    CancelSlice name;
  };
  [[nodiscard]] std::vector<Wait> waits() const;

 private:
  /// A window whose slices are being begun. Two at once when the lead of one reaches into the one before.
  struct Walk {
    RoundCursor cursor;
    RoundCursor ahead;        ///< runs before `cursor` by the longest lead …
    bool prepares;            ///< … where there are live devices
    bool whole;               ///< a `once` without times and without polling
    Instant accounted_until;  ///< see OpenWindow; this and the next three
    Instant down_until;
    Instant settled_from;
    Instant settled_to;
    bool is_declaring = false;  ///< the slice that the cursor is at
    /// Of the slice that the cursor is at.
    [[nodiscard]] bool is_accounted_for() const {
      const PlannedSlice& slice = *cursor.peek();
      return slice.begins < accounted_until || (slice.begins >= settled_from && slice.ends <= settled_to);
    }
    [[nodiscard]] Instant opens() const { return cursor.plan().window.opens; }
    [[nodiscard]] Instant until() const { return cursor.plan().until; }
  };
  /// How soon it is asked again whether there is room for what is due.
  static constexpr Duration held_retry = seconds(1);
  /// What its messages call a slice: the slot and, above it, how often it was used: answers of a node that
  /// was given up are recognised.
  static constexpr std::uint32_t slot_bits = 20;
  /// The highest bit is for names that nodes give, see KeptSlices.
  static constexpr std::uint32_t name_mask = (1U << 31U) - 1;
  [[nodiscard]] SliceIx name_of(std::uint32_t slot) const {
    return {(((running_.use(slot) + first_use_) << slot_bits) | slot) & name_mask};
  }
  /// Null for a slice that has ended, goes on elsewhere, or was never begun there.
  [[nodiscard]] RunningSlice* find(SliceIx slice, Place from);

  [[nodiscard]] const InstanceEntry& entry() const { return (*roster_)[self_]; }
  /// The cursor's slice with the end that its device gives it: a `once` without times lasts as long as its
  /// footage.
  [[nodiscard]] PlannedSlice fitted(const Walk& walk) const;
  [[nodiscard]] Duration media_from(const Walk& walk, const PlannedSlice& slice) const;
  /// As SwitchDevice said last, else as the spec says.
  [[nodiscard]] DeviceMode mode_of(std::uint32_t position) const;
  /// Has a slice end where it runs; one that waits for a node ends here.
  template <class Context>
  void cancel(std::uint32_t slot, Context& context);

  template <class Context>
  void pump(Context& context);
  /// Begins the slices whose instant has come.
  template <class Context>
  void begin_due(Walk& walk, Context& context);
  [[nodiscard]] Instant wake_of(const Walk& walk) const;
  /// How early devices connect for a slice: the longest of all, and one by its position.
  [[nodiscard]] Duration lead() const { return rare_ ? lead_of(rare_->longest_lead_s) : live_lead; }
  [[nodiscard]] Duration lead_at(std::uint32_t position) const;
  void keep_lead(std::uint32_t position, std::uint8_t lead_s);
  /// Has the devices connect whose slices are due within their own lead.
  template <class Context>
  void prepare_ahead(Walk& walk, Context& context);
  /// A cluster that has just begun has lost no node: its devices are placed for the first time.
  [[nodiscard]] bool has_just_begun(Instant now) const { return now < entry().created + live_lead; }
  /// The placement has waited for nodes that may have what runs.
  template <class Context>
  void end_asking(std::uint32_t position, Context& context);
  /// A device has another place: has it connect there for what is due within its lead.
  template <class Context>
  void prepare_moved(std::uint32_t position, Context& context);
  /// The same, once its former node has closed it.
  void prepare_later(std::uint32_t position, Instant at);
  /// Has a device connect for a slice that is due soon.
  template <class Context>
  void prepare(const PlannedSlice& slice, Context& context);
  /// Sets the timer for what comes next.
  template <class Context>
  void arm(Context& context);
  /// A slice is due; false: see slice_due of Plant.
  template <class Context>
  bool declare(Walk& walk, const PlannedSlice& planned, Context& context);
  /// Runs a slice, or writes it off; `late` is why its time has passed already, in whole or in part;
  /// `is_recalled`: it had begun before the scheduler did.
  template <class Context>
  void begin(const PlannedSlice& planned, Duration media_from, Reason late, bool is_recalled,
             Context& context);
  /// What its device is to do of a slice.
  [[nodiscard]] BeginSlice begin_message(std::uint32_t slot) const;
  [[nodiscard]] Cadence cadence_of(std::uint32_t position) const;
  /// Its device was removed before it was due.
  [[nodiscard]] bool is_gone(const PlannedSlice& planned) const;
  /// Why a slice begins later than it was due.
  [[nodiscard]] Reason late_reason(const Walk& walk, const PlannedSlice& planned) const;
  /// There was no room for what is due: it is asked for again soon.
  void hold(Instant now);
  /// Before what is due is asked for (again): where there was no room for it, it is late for that.
  void end_hold(Instant now);
  void drop_finished_walks();
  /// A handler that failed while it declared a slice does not come to it again.
  void skip_what_failed();
  /// Whether a slice that was recalled, and is forgotten now, has its row; none for one that nobody named.
  std::optional<bool> take_recalled(const PlannedSlice& planned);
  /// Has what is left of a slice run where its device is, or wait.
  template <class Context>
  void dispatch(std::uint32_t slot, Context& context);
  /// A slice that waits for a node goes on where it runs since before the scheduler began anew.
  template <class Context>
  void adopt(std::uint32_t slot, const KeptSlice& kept, Context& context);
  /// Whether a node may have this slice, which waits: of a part that was given up before, what it came to is
  /// counted already.
  [[nodiscard]] bool can_be(const KeptSlice& kept, const RunningSlice& slice) const;
  /// The slot of a slice that has no outcome yet.
  [[nodiscard]] std::optional<std::uint32_t> slot_of(DeviceIx device, Instant due_at) const;
  /// Where a device is placed now, if that is another node than this one.
  [[nodiscard]] std::optional<Place> other_place(std::uint32_t position, Place than) const;
  /// A camera that takes one connection alone is to be connected at `next`: what runs of it elsewhere leaves
  /// at once, and its stream there is closed, before that node opens one.
  template <class Context>
  void give_up_connection(std::uint32_t position, Place next, Context& context);
  /// Within it the former node has closed the stream: see DeviceSettings::hang_up, and the way there.
  static constexpr Duration until_closed = milliseconds(500);
  /// What a slice has come to on a node that it is on no longer is counted, and the rest of it goes on
  /// elsewhere.
  template <class Context>
  void move_on(std::uint32_t slot, const char* why, Context& context);
  template <class Context>
  void end_leaving(Context& context);
  /// Ends the slices that have waited for a node in vain.
  template <class Context>
  void end_waiting(Context& context);
  /// Writes the row of a slice that has ended; `last` is the account of its last part.
  template <class Context>
  void write(std::uint32_t slot, SliceRow last, Context& context);
  template <class Context>
  void drop_rest(std::uint32_t slot, Reason reason, Context& context);
  template <class Context>
  void report_if_through(Context& context);

  const Roster* roster_;
  InstanceIx self_;
  std::string_view node_;
  Duration joining_;
  std::uint32_t first_use_;
  std::uint32_t opened_ = 0;  ///< windows not yet reported as done
  bool is_stopped_ = false;   ///< and its end not yet reported
  std::vector<Walk> walks_;
  TimerId timer_ = no_timer;
  Slots<RunningSlice> running_;
  /// Where a device is, and since when it is there instead of elsewhere.
  struct Placed {
    std::optional<Place> place;
    std::optional<Place> former{};  ///< where it was last
    bool was_placed = false;
    bool is_told = false;  ///< the placement has said so
    Instant since = Instant::min();
    /// Where it was before, of nodes that are there: a camera is connected there for what is due until then.
    std::vector<std::pair<Place, Instant>> before{};
  };
  /// A device that is to connect later than `ahead` came to its slice.
  struct Early {
    Instant at;
    PlannedSlice slice;
    friend bool operator>(const Early& a, const Early& b) { return a.at > b.at; }
  };
  /// A slice of a camera that goes on elsewhere once that has had time to connect there.
  struct Leaving {
    Instant at;
    std::uint32_t slot;
    std::uint32_t use;
  };
  /// What most instances have none of: a pointer is all that it costs them.
  struct Rare {
    /// That no window has come to yet; whether it has its row.
    std::map<std::pair<Instant, DeviceIx>, bool> recalled;
    /// What nodes have of slices that no window has come to yet.
    std::map<std::pair<Instant, DeviceIx>, KeptSlice> kept;
    std::vector<Placed> places;         ///< in a cluster
    std::vector<Leaving> leaving;       ///< on nodes that are drained …
    std::set<Place> drained;            ///< … which are these
    std::vector<DeviceMode> modes;      ///< by position in the spec; empty: as the spec says
    std::vector<std::uint8_t> leads_s;  ///< by position, see SliceDone; empty: all as usual
    std::uint8_t longest_lead_s = 0;
    std::vector<Early> early;  ///< a heap, the earliest first: those with a shorter lead than the longest
    /// There was no room to write down what comes of a slice that is due: nothing further is begun.
    bool is_held = false;
    Instant asks_again_at{};
    Instant held_until = Instant::min();          ///< what was due until then was held
    Instant stopped_at = end_of_time;             ///< while it was held
    std::map<std::uint32_t, Instant> removed_at;  ///< devices, by position, while it was held
  };
  /// How long a slice waits for a node: until it would have ended; footage, which loses nothing by it, also
  /// so long that nodes can join again after a restart of the scheduler.
  [[nodiscard]] Instant waits_until(const RunningSlice& slice) const;
  /// By position, for what is due at an instant; the name of a process in the ledger, which outlives the row.
  [[nodiscard]] Placed placed_at(std::uint32_t position, Instant due_at) const;
  [[nodiscard]] std::string_view process_at(Place place) const;
  [[nodiscard]] const Rare& rare() const;
  Rare& make_rare();
  std::unique_ptr<Rare> rare_;
  std::uint32_t waiting_ = 0;  ///< slices without a node
};

}  // namespace camfleet

#include "actors/machines/instance_impl.hpp"
#include "actors/machines/instance_nodes_impl.hpp"
