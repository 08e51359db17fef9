#pragma once

#include "actors/machines/protocol.hpp"

namespace camfleet::testing {

/// Calls `visit(name, field)` for each field of a message, by the names that stories have.
template <class V>
void visit_fields(TimerFired& /*m*/, V&& /*visit*/) {}
template <class V>
void visit_fields(AddInstance& m, V&& visit) {
  visit("instance", m.instance);
  visit("accounted_until", m.accounted_until);
  visit("reopened_from", m.reopened_from);
  visit("down_until", m.down_until);
  visit("settled_from", m.settled_from);
  visit("settled_to", m.settled_to);
}
template <class V>
void visit_fields(RemoveInstance& m, V&& visit) {
  visit("instance", m.instance);
}
template <class V>
void visit_fields(WindowsDone& m, V&& visit) {
  visit("instance", m.instance);
  visit("count", m.count);
  visit("lead_s", m.lead_s);
  visit("ended", m.has_ended);
}
template <class V>
void visit_fields(OpenWindow& m, V&& visit) {
  visit("opens", m.opens);
  visit("closes", m.closes);
  visit("until", m.until);
  visit("listed", m.listed);
  visit("accounted_until", m.accounted_until);
  visit("down_until", m.down_until);
  visit("settled_from", m.settled_from);
  visit("settled_to", m.settled_to);
}
template <class V>
void visit_fields(StopInstance& /*m*/, V&& /*visit*/) {}
template <class V>
void visit_fields(RecallSlice& m, V&& visit) {
  visit("device", m.device);
  visit("due", m.due_at);
  visit("has_row", m.has_row);
}
template <class V>
void visit_fields(SwitchDevice& m, V&& visit) {
  visit("device", m.device);
  visit("mode", m.mode);
}
template <class V>
void visit_fields(SliceAccount& m, V&& visit) {
  visit("slice", m.slice);
  visit("algorithm", m.algorithm);
  visit("goes_on", m.goes_on);
  visit("due", m.due);
  visit("analysed", m.analysed);
  visit("gated", m.gated);
  visit("from", m.from);
  for (std::size_t i = 0; i < m.reasons.size(); ++i) {
    visit("reason", m.reasons[i]);
    visit("dropped", m.dropped[i]);
  }
}
template <class V>
void visit_fields(SliceDone& m, V&& visit) {
  visit("slice", m.slice);
  visit("fault", m.fault);
  visit("started", m.started);
  visit("lead_s", m.lead_s);
  visit("from", m.from);
  visit("started_at", m.started_at);
  visit("ended_at", m.ended_at);
  visit("planned", m.planned);
  visit("observed", m.observed);
  visit("open_from", m.open_from);
}
template <class V>
void visit_fields(Prepare& m, V&& visit) {
  visit("instance", m.instance);
  visit("due", m.due_at);
  visit("ends", m.ends_at);
}
template <class V>
void visit_fields(BeginSlice& m, V&& visit) {
  visit("instance", m.instance);
  visit("slice", m.slice);
  visit("slice_due", m.slice_due_at);
  visit("due", m.due_at);
  visit("ends", m.ends_at);
  visit("media_from", m.media_from);
  visit("spf_s", m.spf_s);
  visit("algorithms", m.algorithms);
  visit("every_frame", m.every_frame);
  visit("progress", m.progress);
  visit("late", m.late);
}
template <class V>
void visit_fields(CancelSlice& m, V&& visit) {
  visit("instance", m.instance);
  visit("slice", m.slice);
}
template <class V>
void visit_fields(StreamOpened& m, V&& visit) {
  visit("stream", m.stream);
  visit("interval", m.frame_interval);
}
template <class V>
void visit_fields(StreamFailed& m, V&& visit) {
  visit("stream", m.stream);
  visit("reason", m.reason);
}
template <class V>
void visit_fields(FrameReady& m, V&& visit) {
  visit("stream", m.stream);
  visit("slot", m.slot);
  visit("sample", m.sample);
  visit("frame", m.frame);
  visit("media", m.media_time);
  visit("at", m.at);
}
template <class V>
void visit_fields(ReadFailed& m, V&& visit) {
  visit("stream", m.stream);
  visit("slot", m.slot);
  visit("sample", m.sample);
  visit("loss", m.loss);
  visit("reason", m.reason);
}
template <class V>
void visit_fields(SampleDone& m, V&& visit) {
  visit("slot", m.slot);
  visit("sample", m.sample);
  visit("algorithm", m.algorithm);
  visit("verdict", m.verdict);
}
template <class V>
void visit_fields(Sample& m, V&& visit) {
  visit("instance", m.instance);
  visit("device", m.device);
  visit("slot", m.slot);
  visit("sample", m.sample);
  visit("frame", m.frame);
  visit("algorithm", m.algorithm);
  visit("may_give_way", m.may_give_way);
  visit("due", m.due_at);
  visit("at", m.at);
  visit("frame_at", m.frame_at);
}
template <class V>
void visit_fields(AnalysisDone& m, V&& visit) {
  visit("ticket", m.ticket);
  visit("verdict", m.verdict);
}
template <class V>
void visit_fields(PlaceInstance& m, V&& visit) {
  visit("instance", m.instance);
}
template <class V>
void visit_fields(NodeOffer& m, V&& visit) {
  visit("region", m.region);
  visit("acu", m.acu);
  visit("schemes", m.schemes);
  visit("algorithms", m.algorithms);
}
template <class V>
void visit_fields(NodeJoined& m, V&& visit) {
  visit("node", m.node);
  visit("term", m.term);
  visit("sent", m.sent_at);
  visit_fields(m.offer, visit);
  visit("keeps", m.keeps);
}
template <class V>
void visit_fields(NodeAdmitted& m, V&& visit) {
  visit("node", m.node);
  visit_fields(m.offer, visit);
}
template <class V>
void visit_fields(Heartbeat& m, V&& visit) {
  visit("node", m.node);
  visit("term", m.term);
  visit("sent", m.sent_at);
}
template <class V>
void visit_fields(NodeGone& m, V&& visit) {
  visit("node", m.node);
}
template <class V>
void visit_fields(StartNode& /*m*/, V&& /*visit*/) {}
template <class V>
void visit_fields(StopNode& /*m*/, V&& /*visit*/) {}
template <class V>
void visit_fields(HeartbeatSeen& m, V&& visit) {
  visit("term", m.term);
  visit("sent", m.sent_at);
  visit("reign", m.reign);
}
template <class V>
void visit_fields(CarryDevice& m, V&& visit) {
  visit("device", m.device);
}
template <class V>
void visit_fields(DevicePlaced& m, V&& visit) {
  visit("position", m.position);
  visit("place", m.place);
}
template <class V>
void visit_fields(NodeLost& m, V&& visit) {
  visit("node", m.node);
}
template <class V>
void visit_fields(SliceProgress& m, V&& visit) {
  visit("slice", m.slice);
  visit("started", m.started);
  visit("left", m.has_left);
  visit("from", m.from);
  visit("started_at", m.started_at);
  visit("observed", m.observed);
}
template <class V>
void visit_fields(DrainNode& m, V&& visit) {
  visit("node", m.node);
}
template <class V>
void visit_fields(LeaveCluster& /*m*/, V&& /*visit*/) {}
template <class V>
void visit_fields(DrainSeen& /*m*/, V&& /*visit*/) {}
template <class V>
void visit_fields(NodeDrains& m, V&& visit) {
  visit("node", m.node);
}
template <class V>
void visit_fields(LeaveSlice& m, V&& visit) {
  visit("instance", m.instance);
  visit("slice", m.slice);
}
template <class V>
void visit_fields(LeaveStream& m, V&& visit) {
  visit("instance", m.instance);
}
template <class V>
void visit_fields(Fence& /*m*/, V&& /*visit*/) {}
template <class V>
void visit_fields(StreamMeasured& m, V&& visit) {
  visit("stream", m.stream);
  visit("waits_for_key", m.waits_for_key);
  visit("interval", m.frame_interval);
  visit("key_distance", m.key_distance);
}
template <class V>
void visit_fields(DeviceReleased& /*m*/, V&& /*visit*/) {}
template <class V>
void visit_fields(AwaitNode& m, V&& visit) {
  visit("node", m.node);
}
template <class V>
void visit_fields(KeptDevice& m, V&& visit) {
  visit("node", m.node);
  visit("device", m.device);
}
template <class V>
void visit_fields(KeptTold& m, V&& visit) {
  visit("node", m.node);
  visit("has_kept", m.has_kept);
}
template <class V>
void visit_fields(Disconnected& m, V&& visit) {
  visit("term", m.term);
  visit("refused", m.is_refused);
}
template <class V>
void visit_fields(KeptSlice& m, V&& visit) {
  visit("instance", m.instance);
  visit("device", m.device);
  visit("slice_due", m.slice_due_at);
  visit("due", m.due_at);
  visit("slice", m.slice);
  visit("from", m.from);
}
template <class V>
void visit_fields(RenameSlice& m, V&& visit) {
  visit("instance", m.instance);
  visit("slice_due", m.slice_due_at);
  visit("was", m.was);
  visit("slice", m.slice);
}
template <class V>
void visit_fields(SliceStored& m, V&& visit) {
  visit("instance", m.instance);
  visit("device", m.device);
  visit("due", m.due_at);
}

}  // namespace camfleet::testing
