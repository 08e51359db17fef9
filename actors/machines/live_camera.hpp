#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "actors/base/ids.hpp"
#include "actors/base/slots.hpp"
#include "actors/base/time.hpp"
#include "actors/ledger/outcome.hpp"
#include "actors/machines/device_settings.hpp"
#include "actors/machines/device_slice.hpp"
#include "actors/machines/executor.hpp"
#include "actors/machines/plant.hpp"
#include "actors/machines/protocol.hpp"
#include "actors/plan/lead.hpp"

namespace camfleet {

/// A live camera: one stream, shared by all slices, which is opened again with back-off when it fails. What
/// passes meanwhile is lost, and each slice ends at its deadline.
///
/// A stream shows nothing before its first key frame. A camera remembers how far its key frames are apart,
/// and tells with each slice how early it should connect for the next one.
class LiveCamera {
 public:
  /// `settings` outlive it.
  LiveCamera(DeviceIx self, ActorId analyzer, const DeviceSettings& settings)
      : settings_(&settings), self_(self), analyzer_(analyzer) {}

  template <class Context>
  void on(const Prepare& message, Context& context);
  template <class Context>
  void on(const BeginSlice& message, Context& context);
  template <class Context>
  void on(const CancelSlice& message, Context& context);
  template <class Context>
  void on(const LeaveSlice& message, Context& context);
  template <class Context>
  void on(const LeaveStream& message, Context& context);
  template <class Context>
  void on(const RenameSlice& message, Context& /*context*/) {
    slices_.for_each([&](std::uint32_t /*slot*/, Slice& slice) { slice.rename(message); });
  }
  template <class Context>
  void on(const StreamOpened& message, Context& context);
  template <class Context>
  void on(const StreamMeasured& message, Context& context);
  template <class Context>
  void on(const StreamFailed& message, Context& context);
  template <class Context>
  void on(const FrameReady& message, Context& context);
  template <class Context>
  void on(const ReadFailed& message, Context& context);
  template <class Context>
  void on(const SampleDone& message, Context& context);
  template <class Context>
  void on(const TimerFired& message, Context& context);
  template <class Context>
  void on(const Fence& message, Context& context);
  template <class Context>
  void on(const DeviceReleased& /*message*/, Context& context) {
    close_stream(context);
    key_frames_.reset();
  }
  template <class Context>
  void start_over(Context& context);

  [[nodiscard]] DeviceIx self() const { return self_; }
  [[nodiscard]] std::size_t running() const { return slices_.size(); }
  /// What a slice waits for here, in words; nothing where there is none.
  [[nodiscard]] std::optional<std::string> wait_of(const CancelSlice& slice) const;

 private:
  enum class Phase : std::uint8_t { closed, opening, open, waiting };
  enum class Timer : std::uint8_t { retry, linger, deadline, hung_up };

  struct Stream {
    StreamIx id;
    std::uint32_t users = 0;
    std::uint32_t use = 0;  ///< how often it was given up, so that late timers are recognised
    Phase phase = Phase::closed;
    bool failed_before_open : 1 = false;  ///< the last time that it was opened took more than one try
    bool is_given_up : 1 = false;         ///< another node waits until it is closed
    Reason fault = Reason::camera_offline;
    std::uint8_t failures = 0;  ///< in a row, as far as they make a difference
    Duration frame_interval{0};
    Instant keep_until = Instant::min();  ///< without users, of the steady time

    [[nodiscard]] bool is(StreamIx other) const { return phase != Phase::closed && id == other; }
  };
  struct Slice : DeviceSlice {
    Slice() = default;
    explicit Slice(const BeginSlice& begun) : DeviceSlice(begun) {}
    bool has_stream = false;
    bool is_overdue = false;  ///< its end has passed, what it still waits for gets answer_grace
    bool missed_key = false;  ///< samples passed before a key frame came
    TimerId deadline = no_timer;
  };

  /// What most cameras tell nothing of: a pointer is all that it costs the others.
  struct KeyFrames {
    Duration distance{0};  ///< of the last stream that showed it
    /// Between these the stream that is open could not be decoded.
    Instant blind_from = end_of_time;
    Instant blind_until = end_of_time;
  };

  [[nodiscard]] Slice* find(const SliceSlot& slot) {
    return slices_.holds(slot.slot, slot.use) ? &slices_[slot.slot] : nullptr;
  }
  [[nodiscard]] SliceSlot slot_of(std::uint32_t slot) const { return {slot, slices_.use(slot)}; }
  [[nodiscard]] TimerTag stream_timer(Timer timer) const { return timer_tag(timer, 0, stream_.use); }
  /// Why samples have passed without a frame: the stream's fault, unless it had none and the slice began late
  /// for a reason of its own.
  [[nodiscard]] Reason passed_reason(const Slice& slice) const;
  /// True when the sample that is read next passed while the stream could not be decoded; the slice keeps
  /// that it missed one so.
  bool note_blind(Slice& slice) const;
  /// A slice lost samples by key frames that are further apart than was known.
  void learn_distance(const Slice& slice, Instant now);
  void note_measured(const StreamMeasured& message, Instant now);
  [[nodiscard]] std::uint8_t lead_s() const { return key_frames_ ? lead_seconds(key_frames_->distance) : 0; }
  /// How long before it is opened again; counts the failure. `chance` draws below a bound.
  template <class Chance>
  Duration pause_before_retry(const Chance& chance);

  /// Drops the samples whose whole span has passed: a live stream is never caught up.
  static void drop_passed(Slice& slice, Instant now, Reason reason);
  /// Drops the samples whose whole span had passed when the frame came: they had none.
  void skip_to_frame(Slice& slice, Instant came) const;
  /// Why nothing of a slice was delivered, where no sample tells.
  [[nodiscard]] Reason reason_of(const Slice& slice) const;
  /// Whether what it waits for may still come after its end.
  [[nodiscard]] bool may_come(const Slice& slice) const;

  template <class Context>
  void open_stream(Context& context, std::uint32_t spf_s = 1);
  template <class Context>
  void leave_stream(Context& context);
  template <class Context>
  void close_stream(Context& context);
  template <class Context>
  void stream_failed(Reason fault, Context& context);
  template <class Context>
  void ask(std::uint32_t slot, Context& context);
  template <class Context>
  void end(std::uint32_t slot, Reason why, Context& context);
  template <class Context>
  void finish_if_through(std::uint32_t slot, Context& context);
  template <class Context>
  void finish(std::uint32_t slot, Context& context);
  /// Another node goes on with it.
  template <class Context>
  void leave(std::uint32_t slot, Context& context);
  /// Closes a stream that is given up once all its slices wait for that alone. One that was begun since then
  /// keeps it open, and the others leave soon all the same.
  template <class Context>
  void hang_up(Context& context);
  /// It is given up no longer, unless a slice waits to leave.
  void want_stream();
  template <class Context>
  void tell_left(std::uint32_t slot, Context& context);
  template <class Context>
  void drop(std::uint32_t slot, Context& context);
  template <class Context>
  void slice_overdue(std::uint32_t slot, Context& context);

  const DeviceSettings* settings_;
  DeviceIx self_;
  ActorId analyzer_;
  std::uint32_t next_stream_ = 0;
  Stream stream_;
  Slots<Slice> slices_;
  std::unique_ptr<KeyFrames> key_frames_;
};

}  // namespace camfleet

#include "actors/machines/live_camera_impl.hpp"
