#include "runtime/caf/types.hpp"

#include <caf/all.hpp>

#include "runtime/caf/inspect.hpp"

namespace camfleet::shells {

void add_message_types(caf::actor_system_config& config) {
  config.add_message_type<TimerFired>("TimerFired")
      .add_message_type<AddInstance>("AddInstance")
      .add_message_type<RemoveInstance>("RemoveInstance")
      .add_message_type<WindowsDone>("WindowsDone")
      .add_message_type<OpenWindow>("OpenWindow")
      .add_message_type<StopInstance>("StopInstance")
      .add_message_type<RecallSlice>("RecallSlice")
      .add_message_type<SwitchDevice>("SwitchDevice")
      .add_message_type<SliceAccount>("SliceAccount")
      .add_message_type<SliceDone>("SliceDone")
      .add_message_type<Prepare>("Prepare")
      .add_message_type<BeginSlice>("BeginSlice")
      .add_message_type<CancelSlice>("CancelSlice")
      .add_message_type<StreamOpened>("StreamOpened")
      .add_message_type<StreamMeasured>("StreamMeasured")
      .add_message_type<DeviceReleased>("DeviceReleased")
      .add_message_type<StreamFailed>("StreamFailed")
      .add_message_type<FrameReady>("FrameReady")
      .add_message_type<ReadFailed>("ReadFailed")
      .add_message_type<SampleDone>("SampleDone")
      .add_message_type<Sample>("Sample")
      .add_message_type<AnalysisDone>("AnalysisDone")
      .add_message_type<PlaceInstance>("PlaceInstance")
      .add_message_type<NodeAdmitted>("NodeAdmitted")
      .add_message_type<NodeJoined>("NodeJoined")
      .add_message_type<Heartbeat>("Heartbeat")
      .add_message_type<NodeGone>("NodeGone")
      .add_message_type<StartNode>("StartNode")
      .add_message_type<HeartbeatSeen>("HeartbeatSeen")
      .add_message_type<CarryDevice>("CarryDevice")
      .add_message_type<StopNode>("StopNode")
      .add_message_type<DevicePlaced>("DevicePlaced")
      .add_message_type<NodeLost>("NodeLost")
      .add_message_type<SliceProgress>("SliceProgress")
      .add_message_type<Fence>("Fence")
      .add_message_type<AwaitNode>("AwaitNode")
      .add_message_type<KeptDevice>("KeptDevice")
      .add_message_type<KeptTold>("KeptTold")
      .add_message_type<Disconnected>("Disconnected")
      .add_message_type<KeptSlice>("KeptSlice")
      .add_message_type<RenameSlice>("RenameSlice")
      .add_message_type<SliceStored>("SliceStored")
      .add_message_type<DrainNode>("DrainNode")
      .add_message_type<LeaveCluster>("LeaveCluster")
      .add_message_type<DrainSeen>("DrainSeen")
      .add_message_type<NodeDrains>("NodeDrains")
      .add_message_type<LeaveSlice>("LeaveSlice")
      .add_message_type<LeaveStream>("LeaveStream")
      .add_message_type<SamplesWait>("SamplesWait");
}

}  // namespace camfleet::shells
