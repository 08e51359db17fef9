#pragma once

#include <caf/all.hpp>

#include "actors/machines/analyzer.hpp"
#include "actors/machines/device.hpp"
#include "actors/machines/instance.hpp"
#include "actors/machines/membership.hpp"
#include "actors/machines/node_agent.hpp"
#include "actors/machines/placement.hpp"
#include "actors/machines/protocol.hpp"
#include "actors/machines/scheduler.hpp"
#include "runtime/caf/inspect.hpp"

namespace camfleet::shells {

/// Each message comes with the number of the machine that it is for.
template <class... Messages>
struct MessageList {
  using Actor = caf::typed_actor<caf::reacts_to<std::uint32_t, Messages>...>;
  template <class M>
  static constexpr bool has = (std::is_same_v<M, Messages> || ...);
};

/// What each machine receives, as a typed interface of CAF; the sentences stand in
/// actors/machines/protocol.hpp. Nothing is a request: who waits for something sets a timer of its own.
template <class Machine>
struct MessagesOf;

/// Follows the calendars of all instances and opens their windows.
template <>
struct MessagesOf<Scheduler> : MessageList<TimerFired, AddInstance, RemoveInstance, WindowsDone> {};

/// Walks the rounds of its windows, begins slices, and writes a row for each.
template <>
struct MessagesOf<Instance>
    : MessageList<TimerFired, OpenWindow, StopInstance, RecallSlice, SwitchDevice, SliceAccount,
                  SliceProgress, SliceDone, DevicePlaced, NodeLost, NodeDrains, KeptSlice> {};

/// Opens and reads the streams of one camera, and accounts for each sample.
template <>
struct MessagesOf<Device> : MessageList<TimerFired, Prepare, BeginSlice, CancelSlice, LeaveSlice, LeaveStream,
                                        RenameSlice, StreamOpened, StreamMeasured, StreamFailed, FrameReady,
                                        ReadFailed, SampleDone, DeviceReleased, Fence> {};

/// Has samples analysed, a bounded number at once.
template <>
struct MessagesOf<Analyzer> : MessageList<TimerFired, Sample, AnalysisDone, SamplesWait> {};

/// Gives devices their nodes.
template <>
struct MessagesOf<Placement> : MessageList<TimerFired, PlaceInstance, RemoveInstance, NodeAdmitted, NodeLost,
                                           AwaitNode, KeptDevice, KeptSlice, KeptTold, DrainNode> {};

/// Knows which nodes are there.
template <>
struct MessagesOf<Membership> : MessageList<TimerFired, NodeJoined, Heartbeat, NodeGone, StopNode> {};

/// Keeps its node's lease.
template <>
struct MessagesOf<NodeAgent> : MessageList<TimerFired, StartNode, HeartbeatSeen, CarryDevice, StopNode,
                                           Disconnected, SliceStored, LeaveCluster, DrainSeen> {};

template <class Machine>
using ActorOf = typename MessagesOf<Machine>::Actor;

}  // namespace camfleet::shells
