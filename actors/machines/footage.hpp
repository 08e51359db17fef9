#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "actors/base/ids.hpp"
#include "actors/base/slots.hpp"
#include "actors/base/time.hpp"
#include "actors/machines/device_settings.hpp"
#include "actors/machines/device_slice.hpp"
#include "actors/machines/plant.hpp"
#include "actors/machines/protocol.hpp"

namespace camfleet {

/// A device of recorded footage or pictures: opened once for each slice and read at the slice's own media
/// time. It waits for the analyzer, nothing gives way; a stream that fails ends its slice.
class Footage {
 public:
  /// `settings` outlive it.
  Footage(DeviceIx self, ActorId analyzer, const DeviceSettings& settings)
      : settings_(&settings), self_(self), analyzer_(analyzer) {}

  template <class Context>
  void on(const BeginSlice& message, Context& context) {
    // Taken before the plant is asked: should that fail, the slice is known and ends in start_over.
    const std::uint32_t slot = slices_.take(Slice(message));
    Slice& slice = slices_[slot];
    slice.stream = StreamIx{next_stream_++};
    context.plant().open(self_, slice.stream, message.spf_s);
  }

  template <class Context>
  void on(const CancelSlice& message, Context& context) {
    slices_.for_each([&](std::uint32_t slot, Slice& slice) {
      if (!slice.is(message)) return;
      slice.end_endless(context.now());
      end(slot, Reason::cancelled, context);
    });
  }

  template <class Context>
  void on(const LeaveSlice& message, Context& context) {
    slices_.for_each([&](std::uint32_t slot, Slice& slice) {
      if (!slice.is(message) || slice.has_ended) return;
      slice.is_leaving = true;
      if (slice.can_leave()) leave(slot, context);
    });
  }

  template <class Context>
  void on(const RenameSlice& message, Context& /*context*/) {
    slices_.for_each([&](std::uint32_t /*slot*/, Slice& slice) { slice.rename(message); });
  }

  template <class Context>
  void on(const StreamOpened& message, Context& context) {
    slices_.for_each([&](std::uint32_t slot, Slice& slice) {
      if (slice.stream != message.stream) return;
      slice.is_open = true;
      slice.frame_interval = message.frame_interval;
      ask(slot, context);
    });
  }

  template <class Context>
  void on(const StreamFailed& message, Context& context) {
    slices_.for_each([&](std::uint32_t slot, const Slice& slice) {
      if (slice.stream == message.stream) end(slot, message.reason, context);
    });
  }

  template <class Context>
  void on(const FrameReady& message, Context& context) {
    Slice* slice = find(message.slot);
    if (slice == nullptr || slice->has_ended || slice->is_leaving || !slice->awaits(message.sample))
      return context.plant().release(message.frame);
    slice->is_reading = false;
    const Duration offset = message.media_time - slice->plan.media_from();
    if (!slice->take(offset, slice->frame_interval, message.media_time, context.now())) {
      context.plant().release(message.frame);
      return end(message.slot.slot, Reason::none, context);
    }
    // Its place in the footage, also when that is analysed again.
    const Instant at = slice->plan.is_every_frame() ? slice->plan.at_media(message.media_time)
                                                    : slice->plan.at(message.sample);
    send_samples(*slice,
                 {.instance = slice->instance,
                  .device = self_,
                  .slot = message.slot,
                  .sample = message.sample,
                  .frame = message.frame,
                  .algorithm = 0,
                  .may_give_way = false,
                  .due_at = slice->slice_due_at,
                  .at = at,
                  .frame_at = at},
                 analyzer_, context);
    ask(message.slot.slot, context);
  }

  template <class Context>
  void on(const ReadFailed& message, Context& context) {
    Slice* slice = find(message.slot);
    if (slice == nullptr || slice->has_ended || !slice->awaits(message.sample)) return;
    slice->is_reading = false;
    if (message.loss != ReadLoss::lost) return end(message.slot.slot, message.reason, context);
    slice->lose_next(message.reason);
    tell_progress(*slice, context);
    ask(message.slot.slot, context);
  }

  template <class Context>
  void on(const SampleDone& message, Context& context) {
    Slice* slice = find(message.slot);
    if (slice == nullptr) return;
    slice->count(message);
    if (slice->can_leave()) return leave(message.slot.slot, context);
    tell_progress(*slice, context);
    ask(message.slot.slot, context);
  }

  template <class Context>
  void on(const Fence& /*message*/, Context& context) {
    slices_.for_each([&](std::uint32_t slot, const Slice&) { drop(slot, context); });
  }

  template <class Context>
  void start_over(Context& context) {
    slices_.for_each([&](std::uint32_t slot, Slice& slice) {
      slice.end_endless(context.now());
      slice.end(Reason::node_lost);
      finish(slot, context);
    });
  }

  [[nodiscard]] DeviceIx self() const { return self_; }
  [[nodiscard]] std::size_t running() const { return slices_.size(); }
  /// What a slice waits for here, in words; nothing where there is none.
  [[nodiscard]] std::optional<std::string> wait_of(const CancelSlice& slice) const;

 private:
  struct Slice : DeviceSlice {
    Slice() = default;
    explicit Slice(const BeginSlice& begun) : DeviceSlice(begun) {}
    StreamIx stream;
    bool is_open = false;
    Duration frame_interval{0};
  };

  [[nodiscard]] Slice* find(const SliceSlot& slot) {
    return slices_.holds(slot.slot, slot.use) ? &slices_[slot.slot] : nullptr;
  }

  /// Footage goes on elsewhere at one sample for all algorithms.
  template <class Context>
  void tell_progress(Slice& slice, Context& context) const {
    if (slice.outstanding == 0) slice.tell_progress(analyzer_.place(), context);
  }

  template <class Context>
  void ask(std::uint32_t slot, Context& context) {
    Slice& slice = slices_[slot];
    if (slice.is_reading || (slice.is_leaving && !slice.has_ended)) return;
    if (slice.is_done()) return finish_if_through(slot, context);
    if (!slice.is_open || !slice.has_credit(settings_->recorded_credit)) return;
    slice.is_reading = true;
    context.plant().read(self_, {.stream = slice.stream,
                                 .slot = {slot, slices_.use(slot)},
                                 .sample = slice.plan.next(),
                                 .target = slice.plan.target(),
                                 .not_before = slice.plan.not_before(slice.frame_interval),
                                 .every_frame = slice.plan.is_every_frame()});
  }

  template <class Context>
  void end(std::uint32_t slot, Reason why, Context& context) {
    Slice& slice = slices_[slot];
    if (slice.has_ended) return;
    slice.end(why);
    finish_if_through(slot, context);
  }

  template <class Context>
  void finish_if_through(std::uint32_t slot, Context& context) {
    if (slices_[slot].is_through()) finish(slot, context);
  }

  template <class Context>
  void finish(std::uint32_t slot, Context& context) {
    Slice& slice = slices_[slot];
    const Reason reason = slice.fault != Reason::none ? slice.fault : slice.late_or(Reason::camera_offline);
    const SliceDone done = slice.close(reason, 0, analyzer_.place(), context.now());
    slice.tell_accounts(analyzer_.place(), context);
    context.send(actor(slice.instance), done);
    drop(slot, context);
  }

  /// Another node goes on with it.
  template <class Context>
  void leave(std::uint32_t slot, Context& context) {
    slices_[slot].tell_left(analyzer_.place(), context);
    drop(slot, context);
  }

  template <class Context>
  void drop(std::uint32_t slot, Context& context) {
    const StreamIx stream = slices_[slot].stream;
    slices_.give_back(slot);
    context.plant().close(self_, stream);
  }

  const DeviceSettings* settings_;
  DeviceIx self_;
  ActorId analyzer_;
  std::uint32_t next_stream_ = 0;
  Slots<Slice> slices_;
};

}  // namespace camfleet
