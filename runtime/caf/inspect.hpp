#pragma once

// CAF wants to know how it would read and write each message; see actors/machines/protocol.hpp. Within a
// process it never does: what goes to another one is a record of runtime/cluster/records.hpp.

#include "actors/machines/protocol.hpp"

namespace camfleet::shells {

/// To an analyzer's shell: samples wait on the bus.
struct SamplesWait {};

template <class F>
auto inspect(F& /*f*/, SamplesWait& /*x*/) {
  return caf::error{};
}

}  // namespace camfleet::shells

namespace camfleet {

template <class F, class Tag>
auto inspect(F& f, Id<Tag>& x) {
  return f(x.value);
}
template <class F>
auto inspect(F& f, SliceSlot& x) {
  return f(x.slot, x.use);
}
template <class F>
auto inspect(F& f, TimerTag& x) {
  return f(x.number, x.use, x.kind);
}
template <class F>
auto inspect(F& f, TimerFired& x) {
  return f(x.tag);
}
template <class F>
auto inspect(F& f, AddInstance& x) {
  return f(x.instance, x.accounted_until, x.reopened_from, x.down_until, x.settled_from, x.settled_to);
}
template <class F>
auto inspect(F& f, RemoveInstance& x) {
  return f(x.instance);
}
template <class F>
auto inspect(F& f, WindowsDone& x) {
  return f(x.instance, x.count, x.lead_s, x.has_ended);
}
template <class F>
auto inspect(F& f, OpenWindow& x) {
  return f(x.opens, x.closes, x.until, x.listed, x.accounted_until, x.down_until, x.settled_from,
           x.settled_to);
}
template <class F>
auto inspect(F& f, RecallSlice& x) {
  return f(x.device, x.due_at, x.has_row);
}
template <class F>
auto inspect(F& f, SwitchDevice& x) {
  return f(x.device, x.mode);
}
template <class F>
auto inspect(F& /*f*/, StopInstance& /*x*/) {
  return caf::error{};
}
template <class F>
auto inspect(F& /*f*/, DeviceReleased& /*x*/) {
  return caf::error{};
}
template <class F>
auto inspect(F& f, SliceAccount& x) {
  return f(x.slice, x.algorithm, x.goes_on, x.due, x.analysed, x.gated, x.reasons, x.dropped);
}
template <class F>
auto inspect(F& f, SliceDone& x) {
  return f(x.slice, x.fault, x.started, x.lead_s, x.started_at, x.ended_at, x.planned, x.observed,
           x.open_from);
}
template <class F>
auto inspect(F& f, Prepare& x) {
  return f(x.instance, x.due_at, x.ends_at);
}
template <class F>
auto inspect(F& f, BeginSlice& x) {
  return f(x.instance, x.slice, x.slice_due_at, x.due_at, x.ends_at, x.media_from, x.spf_s, x.algorithms,
           x.every_frame, x.progress, x.late);
}
template <class F>
auto inspect(F& f, CancelSlice& x) {
  return f(x.instance, x.slice);
}
template <class F>
auto inspect(F& f, StreamOpened& x) {
  return f(x.stream, x.frame_interval);
}
template <class F>
auto inspect(F& f, StreamMeasured& x) {
  return f(x.stream, x.waits_for_key, x.frame_interval, x.key_distance);
}
template <class F>
auto inspect(F& f, StreamFailed& x) {
  return f(x.stream, x.reason);
}
template <class F>
auto inspect(F& f, FrameReady& x) {
  return f(x.stream, x.slot, x.sample, x.frame, x.media_time, x.at);
}
template <class F>
auto inspect(F& f, ReadFailed& x) {
  return f(x.stream, x.slot, x.sample, x.loss, x.reason);
}
template <class F>
auto inspect(F& f, PlaceInstance& x) {
  return f(x.instance);
}
template <class F>
auto inspect(F& f, NodeAdmitted& x) {
  return f(x.node);
}
template <class F>
auto inspect(F& f, NodeJoined& x) {
  return f(x.node, x.term, x.sent_at, x.keeps);
}
template <class F>
auto inspect(F& f, Heartbeat& x) {
  return f(x.node, x.term, x.sent_at);
}
template <class F>
auto inspect(F& f, NodeGone& x) {
  return f(x.node);
}
template <class F>
auto inspect(F& f, HeartbeatSeen& x) {
  return f(x.term, x.sent_at, x.reign);
}
template <class F>
auto inspect(F& f, CarryDevice& x) {
  return f(x.device);
}
template <class F>
auto inspect(F& f, DevicePlaced& x) {
  return f(x.position);
}
template <class F>
auto inspect(F& f, NodeLost& x) {
  return f(x.node);
}
template <class F>
auto inspect(F& f, AwaitNode& x) {
  return f(x.node);
}
template <class F>
auto inspect(F& f, KeptDevice& x) {
  return f(x.node, x.device);
}
template <class F>
auto inspect(F& f, KeptTold& x) {
  return f(x.node, x.has_kept);
}
template <class F>
auto inspect(F& f, Disconnected& x) {
  return f(x.term, x.is_refused);
}
template <class F>
auto inspect(F& f, KeptSlice& x) {
  return f(x.instance, x.device, x.slice_due_at, x.due_at, x.slice);
}
template <class F>
auto inspect(F& f, RenameSlice& x) {
  return f(x.instance, x.slice_due_at, x.was, x.slice);
}
template <class F>
auto inspect(F& f, SliceStored& x) {
  return f(x.instance, x.device, x.due_at);
}
template <class F>
auto inspect(F& f, SliceProgress& x) {
  return f(x.slice, x.started, x.has_left, x.started_at, x.observed);
}
template <class F>
auto inspect(F& f, DrainNode& x) {
  return f(x.node);
}
template <class F>
auto inspect(F& /*f*/, LeaveCluster& /*x*/) {
  return caf::error{};
}
template <class F>
auto inspect(F& /*f*/, DrainSeen& /*x*/) {
  return caf::error{};
}
template <class F>
auto inspect(F& f, NodeDrains& x) {
  return f(x.node);
}
template <class F>
auto inspect(F& f, LeaveSlice& x) {
  return f(x.instance, x.slice);
}
template <class F>
auto inspect(F& f, LeaveStream& x) {
  return f(x.instance);
}
template <class F>
auto inspect(F& /*f*/, StartNode& /*x*/) {
  return caf::error{};
}
template <class F>
auto inspect(F& /*f*/, StopNode& /*x*/) {
  return caf::error{};
}
template <class F>
auto inspect(F& /*f*/, Fence& /*x*/) {
  return caf::error{};
}
template <class F>
auto inspect(F& f, SampleDone& x) {
  return f(x.slot, x.sample, x.algorithm, x.verdict);
}
template <class F>
auto inspect(F& f, Sample& x) {
  return f(x.instance, x.device, x.slot, x.sample, x.frame, x.algorithm, x.may_give_way, x.due_at, x.at);
}
template <class F>
auto inspect(F& f, AnalysisDone& x) {
  return f(x.ticket, x.verdict);
}

}  // namespace camfleet
