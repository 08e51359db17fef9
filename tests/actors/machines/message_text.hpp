#pragma once

#include <array>
#include <string>
#include <string_view>
#include <variant>

#include "actors/base/error.hpp"
#include "actors/base/time.hpp"
#include "actors/machines/protocol.hpp"

namespace camfleet::testing {

/// The names of messages, in the order of Message.
inline constexpr std::array<std::string_view, std::variant_size_v<Message>> message_names{
    "TimerFired",    "AddInstance",   "RemoveInstance", "WindowsDone",    "OpenWindow",   "StopInstance",
    "RecallSlice",   "SwitchDevice",  "SliceAccount",   "SliceDone",      "Prepare",      "BeginSlice",
    "CancelSlice",   "StreamOpened",  "StreamFailed",   "FrameReady",     "ReadFailed",   "SampleDone",
    "Sample",        "AnalysisDone",  "PlaceInstance",  "NodeJoined",     "Heartbeat",    "NodeGone",
    "StartNode",     "HeartbeatSeen", "CarryDevice",    "StopNode",       "DevicePlaced", "NodeLost",
    "SliceProgress", "Fence",         "StreamMeasured", "DeviceReleased", "NodeAdmitted", "AwaitNode",
    "KeptDevice",    "KeptTold",      "Disconnected",   "KeptSlice",      "RenameSlice",  "SliceStored",
    "DrainNode",     "LeaveCluster",  "DrainSeen",      "NodeDrains",     "LeaveSlice",   "LeaveStream"};

/// The instant that stories call 0.
Instant story_start();

/// Seconds since story_start(), with as many decimals as they need; "never" and "ever" for the latest and the
/// earliest.
std::string to_text(Instant at);
std::string to_text(Duration span);

/// "instance 3"; "device 0 at node 1".
std::string to_text(ActorId actor);

/// "BeginSlice due=0 ends=10": the fields that are not as in a message of zeros.
std::string to_text(const Message& message);

/// Reads what to_text writes. Errors: invalid_field: no such message or field, or no such value.
result<Message> parse_message(std::string_view text);

/// Reads seconds. Errors: invalid_field.
result<Instant> parse_story_time(std::string_view text);

}  // namespace camfleet::testing
