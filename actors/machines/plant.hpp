#pragma once

#include <concepts>
#include <cstdint>

#include "actors/base/time.hpp"
#include "actors/ledger/ledger.hpp"
#include "actors/machines/protocol.hpp"

namespace camfleet {

/// One frame that a device asks of a stream.
struct ReadRequest {
  StreamIx stream;
  SliceSlot slot;
  std::uint32_t sample = 0;
  Duration target{
      0};  ///< media time: the first frame at or after target − ½ frame; live: offset from `not_before`
  Instant not_before{};  ///< the answer comes no earlier
  bool every_frame =
      false;  ///< the next frame, whatever its time; `target` is where the slice's media begins
};

/// What an actor may do to the world: streams, models, the ledger. Always asynchronous, the answer comes back
/// as a message to the caller: open → StreamOpened or StreamFailed, read → FrameReady or ReadFailed, analyse
/// → AnalysisDone. After close no answer is owed. A frame has one reference when it is delivered; retain adds
/// one, release gives one back. slice_due and slice_ended write the ledger, in the order of the calls, and
/// wait for nothing; slice_due is false where there is no room to write down what comes of a further slice:
/// then it has done nothing, and the slice is asked for again later.
///
/// It is told in which process a slice runs, what was accounted for when it ended there or went on elsewhere,
/// and then what of it is over, which slice_so_far answers to a process that goes on from the store (null:
/// nothing is known), when nothing of a removed instance is under way any more, and when a process has said
/// something of a slice that it does not have: it comes too late, or the process is not to be trusted.
template <class P>
concept Plant = requires(P& plant, DeviceIx device, AnalyzerIx analyzer, StreamIx stream,
                         std::uint32_t number, const ReadRequest& request, FrameIx frame,
                         const Sample& sample, const SliceKey& key, Duration span, const SliceRow& row,
                         Place place, const SampleCount& samples, InstanceIx instance,
                         const SliceSoFar& so_far) {
  plant.open(device, stream, number);  // number: seconds per frame, which spaces pictures
  plant.read(device, request);
  plant.close(device, stream);
  plant.retain(frame);
  plant.release(frame);
  plant.analyse(analyzer, number, sample);  // number: the ticket of the answer; see worker_of
  { plant.slice_due(key, span) } -> std::same_as<bool>;
  plant.slice_ended(row);
  plant.slice_runs(key, place);
  plant.slice_left(key, place, samples);
  plant.slice_moved(key, so_far);
  { plant.slice_so_far(key) } -> std::same_as<const SliceSoFar*>;
  plant.instance_ended(instance);
  plant.answer_dropped(place);
};

/// For a plant that makes nothing of what it is told.
class InattentivePlant {
 public:
  void slice_runs(const SliceKey& /*key*/, Place /*place*/) {}
  void slice_left(const SliceKey& /*key*/, Place /*place*/, const SampleCount& /*samples*/) {}
  void slice_moved(const SliceKey& /*key*/, const SliceSoFar& /*so_far*/) {}
  [[nodiscard]] const SliceSoFar* slice_so_far(const SliceKey& /*key*/) const { return nullptr; }
  void instance_ended(InstanceIx /*instance*/) {}
  void answer_dropped(Place /*from*/) {}
};

}  // namespace camfleet
