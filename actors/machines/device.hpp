#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "actors/base/prefetch.hpp"
#include "actors/base/slots.hpp"
#include "actors/ledger/account_list.hpp"
#include "actors/ledger/outcome.hpp"
#include "actors/machines/account_message.hpp"
#include "actors/machines/executor.hpp"
#include "actors/machines/plant.hpp"
#include "actors/machines/protocol.hpp"
#include "actors/plan/lead.hpp"
#include "actors/plan/roster.hpp"

namespace camfleet {

/// How a device treats its streams.
struct DeviceSettings {
  Duration retry_first = seconds(1);    ///< pause before the first reconnect; doubles with each failure …
  Duration retry_most = seconds(30);    ///< … up to this; a quarter of jitter either way
  Duration answer_grace = seconds(10);  ///< live: a slice waits this long after its end for open samples
  Duration linger = seconds(10);        ///< live: a prepared stream is kept this long after the slice was due
  std::uint32_t credit = 2;             ///< live: samples of one slice that may wait for analysis at once
  std::uint32_t recorded_credit = 1;    ///< the same of recorded footage and pictures
};

inline constexpr DeviceSettings usual_device_settings;

/// A camera: opens streams, reads the samples that its slices owe and has them analysed, and accounts for
/// each.
///
/// A live camera has one stream, shared by all slices, which is opened again with back-off when it fails.
/// Recorded footage and pictures are opened once per slice and read at the slice's own media time; they wait
/// for the analyzer, nothing gives way.
///
/// A live stream shows nothing before its first key frame. A camera remembers how far its key frames are
/// apart, and tells with each slice how early it should connect for the next one.
///
/// What each sample of a camera with one slice and one stream needs lies in three cache lines: the order of
/// the members here and in Slots and AccountList is theirs.
class alignas(64) Device {
 public:
  /// In the process `place`, as its analyzer is. `settings` outlive it.
  Device(DeviceIx self, DeviceKind kind, AnalyzerIx analyzer,
         const DeviceSettings& settings = usual_device_settings, std::uint16_t place = 0)
      : settings_(&settings), self_(self), analyzer_(analyzer), place_(place), kind_(kind) {}

  template <class Context>
  void on(const Prepare& message, Context& context);
  template <class Context>
  void on(const BeginSlice& message, Context& context);
  template <class Context>
  void on(const CancelSlice& message, Context& context);
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
    close_streams(context);
    key_frames_.reset();
  }

  /// After a handler failed: what runs ends here as node_lost, all streams are closed, and the actor goes on
  /// as if new.
  template <class Context>
  void start_over(Context& context);

  [[nodiscard]] std::size_t running() const { return slices_.size(); }

  /// A sample of it will be handled soon: has what that needs on its way to the processor.
  void prefetch() const {
    prefetch_line(this);
    prefetch_line(reinterpret_cast<const char*>(this) + 64);
    prefetch_line(&streams_);
  }

 private:
  enum class Phase : std::uint8_t { opening, open, waiting };
  static constexpr std::uint32_t no_stream = UINT32_MAX;
  enum class Timer : std::uint8_t { retry, linger, deadline };

  struct Stream {
    StreamIx id;
    std::uint32_t users = 0;
    Phase phase = Phase::opening;
    bool failed_before_open = false;  ///< the last time that it was opened took more than one try
    Reason fault = Reason::camera_offline;
    std::uint8_t failures = 0;  ///< in a row, as far as they make a difference
    Duration frame_interval{0};
    Instant keep_until = Instant::min();  ///< without users, of the steady time
  };
  struct Slice {
    BeginSlice begun;
    std::uint32_t stream = no_stream;
    std::uint32_t next = 0;         ///< the sample that is read next
    std::uint32_t total = 0;        ///< samples owed; every-frame and endless slices: without bound
    std::uint32_t outstanding = 0;  ///< answers that the analyzer owes
    bool reading = false;
    bool held_back = false;   ///< the analyzer's answers are awaited before the next read
    bool asked_late = false;  ///< the read under way was held back beyond its sample's instant
    bool ended = false;       ///< nothing more is read; `fault` says why when samples are open
    bool started = false;
    bool is_overdue = false;  ///< its end has passed, what it still waits for gets answer_grace
    bool missed_key = false;  ///< samples passed before a key frame came
    Reason fault = Reason::none;
    Duration observed{0};
    AccountList accounts;
    Instant started_at{};
    Duration last_media{0};  ///< every-frame slices: of the frame that was read last
    TimerId deadline = no_timer;
    Instant told_at = Instant::min();  ///< when its progress was told last, of the steady time
  };

  /// What most cameras tell nothing of: a pointer is all that it costs the others.
  struct KeyFrames {
    Duration distance{0};  ///< of the last stream that showed it
    /// Between these the stream that is open could not be decoded.
    Instant blind_from = end_of_time;
    Instant blind_until = end_of_time;
  };

  [[nodiscard]] bool is_live() const { return kind_ == DeviceKind::live; }
  static std::uint64_t tag(Timer timer, SliceSlot slot);
  [[nodiscard]] SliceSlot slot_of(std::uint32_t slot) const { return {slot, slices_.use(slot)}; }
  [[nodiscard]] std::uint32_t find_stream(StreamIx id);
  /// Why samples have passed without a frame: the stream's fault, unless it had none and the slice began late
  /// for a reason of its own.
  [[nodiscard]] static Reason passed_reason(const Slice& slice, const Stream& stream);
  /// True when the sample that is read next passed while the stream could not be decoded; the slice keeps
  /// that it missed one so.
  bool note_blind(Slice& slice) const;
  /// A slice lost samples by key frames that are further apart than was known.
  void learn_distance(const Slice& slice, Instant now);
  [[nodiscard]] std::uint8_t lead_s() const { return key_frames_ ? lead_seconds(key_frames_->distance) : 0; }
  [[nodiscard]] Instant sample_at(const Slice& slice, std::uint32_t sample) const;

  /// Drops the samples whose whole span [at(k), at(k + 1)) has passed: a live stream is never caught up.
  void drop_passed(Slice& slice, Instant now, Reason reason);
  /// Live: drops the samples whose whole span had passed when the frame came: they had none.
  void skip_to_frame(Slice& slice, Instant came);
  /// Counts the frame as delivered; false when it lies past the slice's end.
  bool accept_frame(Slice& slice, const FrameReady& message, Instant now);
  static void bound_endless(Slice& slice, Instant now);

  template <class Context>
  std::uint32_t open_stream(std::uint32_t spf_s, Context& context);
  template <class Context>
  void ask(std::uint32_t slot, Context& context);
  template <class Context>
  void end_slice(std::uint32_t slot, Reason fault, Context& context);
  template <class Context>
  void tell_progress(std::uint32_t slot, Context& context);
  template <class Context>
  void send_accounts(const Slice& slice, Context& context);
  template <class Context>
  void close_streams(Context& context);
  template <class Context>
  void finish_if_through(std::uint32_t slot, Context& context);
  template <class Context>
  void finish(std::uint32_t slot, Context& context);
  template <class Context>
  void slice_overdue(std::uint32_t slot, Context& context);
  template <class Context>
  void stream_failed(std::uint32_t stream, Reason fault, Context& context);
  template <class Context>
  void leave_stream(std::uint32_t stream, Context& context);

  const DeviceSettings* settings_;
  DeviceIx self_;
  AnalyzerIx analyzer_;
  std::uint16_t place_;
  DeviceKind kind_;
  std::uint32_t next_stream_ = 0;
  Slots<Slice> slices_;
  std::unique_ptr<KeyFrames> key_frames_;
  alignas(64) Slots<Stream> streams_;
};

}  // namespace camfleet

#include "actors/machines/device_impl.hpp"
