#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "actors/base/error.hpp"
#include "actors/machines/protocol.hpp"
#include "actors/plan/roster.hpp"

/// What the processes of a cluster say to each other. Numbers are the scheduler's: a node has its own, and
/// translates. Records that are on their way to one peer share an envelope: they follow each other in its
/// bytes.
namespace camfleet::cluster {

/// Changes with every change of a record: processes of two versions do not understand each other.
inline constexpr std::uint32_t protocol_version = 5;

/// An algorithm that a node can run.
struct AlgorithmOffer {
  std::string id;
  std::string model;  ///< SHA-256 of its model's files, in hexadecimal digits; empty: it has none
  friend bool operator==(const AlgorithmOffer&, const AlgorithmOffer&) = default;
};

/// What a node measures of itself.
struct NodeLoad {
  std::uint32_t cpu = 0;      ///< of its process, in thousandths of a core, over the last seconds
  std::uint32_t streams = 0;  ///< open
  std::uint32_t slices = 0;   ///< that run there
  std::uint64_t spooled = 0;  ///< findings that the scheduler does not have yet
  std::uint64_t spooled_bytes = 0;
  std::uint64_t findings_lost = 0;  ///< for want of room in the spool, since its process began
  std::uint64_t pictures_lost = 0;
  Duration round_trip{0};  ///< of its last heartbeat that was answered
};

/// From a node, first: what it is.
struct Hello {
  std::uint32_t version = protocol_version;
  std::uint32_t acu = 0;             ///< cores that it keeps busy, ≥ 1
  std::string region;                ///< empty: none
  std::vector<std::string> schemes;  ///< of the devices that it reaches
  std::vector<AlgorithmOffer> algorithms;
  std::uint64_t spool = 0;  ///< what its results are numbered by, see ResultSpool::id
  NodeLoad load{};
};
/// The scheduler's answer: the node belongs to its fleet until the connection ends.
struct Welcome {
  Instant now{};                   ///< the scheduler's time
  std::uint64_t millionths = 0;    ///< how fast it passes, of real time
  Duration held{0};                ///< of real time, for which the hello had to wait
  std::uint16_t results_port = 0;  ///< where results go, on the same host
  std::uint64_t fleet = 0;         ///< whose findings a spool may have: of a store, or of a run
  bool draws_pictures = false;     ///< of each finding as it is kept, with its boxes; else as it was seen,
                                   ///< of a device's best so far
};
/// The scheduler's answer to a node that it does not take; the connection ends.
struct Refusal {
  std::string why;
  bool is_final = false;  ///< it will not take it later either, as it is
};

/// From the scheduler, before the first message that names it: a device, in the place of whatever had its
/// number before.
struct DeviceText {
  DeviceIx device;
  std::string id;
  std::string source;  ///< URL
  DeviceKind kind = DeviceKind::live;
  Duration length{0};
  std::uint32_t pictures = 0;
  bool loops = false;
};
/// The same of an instance, as far as its samples want it.
struct InstanceText {
  InstanceIx instance;
  std::string id;
  Instant created{};
  std::vector<std::string> algorithms;  ///< their ids
};
/// An instance has ended: nothing that names it follows.
struct InstanceGone {
  InstanceIx instance;
};

/// From the scheduler to a device.
template <class M>
struct ToDevice {
  DeviceIx device;
  M message;
};
/// From the scheduler to a node's agent, see CarryDevice.
struct Carry {
  DeviceIx device;
};
/// From the scheduler to a node's agent; its time, as it sends this.
struct Heard {
  HeartbeatSeen message;
  Instant now{};
};

/// From a node to an instance.
template <class M>
struct ToInstance {
  InstanceIx instance;
  M message;
};
/// From a node to the membership: its offer is that of its hello.
struct Joined {
  Instant term{};
  Instant sent_at{};
};
struct Beat {
  Instant term{};
  Instant sent_at{};
  NodeLoad load;
};
/// From a node: what went wrong with a device, or with none, which it has logged.
struct NodeTrouble {
  static constexpr std::size_t most_text = 1000;
  bool of_device = false;
  DeviceIx device{};
  Reason reason = Reason::none;  ///< that the ledger gives for it
  bool ends_stream = false;
  Instant at{};  ///< of what is of a device: when that was
  Errc code = Errc::io;
  std::string where{};
  std::string what{};
};

/// From a node: the stream of a device is open now, or is tried again after it failed.
struct StreamNews {
  DeviceIx device;
  bool is_up = false;
};

/// From a node that has joined a scheduler that has begun since, by names, as numbers are that scheduler's to
/// give: see KeptDevice, KeptSlice and KeptTold.
struct KeptDeviceName {
  std::string device;
};
struct KeptSliceName {
  std::string instance;
  std::string device;
  Instant slice_due_at{};
  Instant due_at{};
  SliceIx slice{};
};
struct AllKept {};
/// From a node: see DrainNode.
struct Drain {};
/// From the scheduler: it has no such slice.
struct Unwanted {
  std::string instance;
  std::string device;
  Instant slice_due_at{};
};

using Record = std::variant<Hello, Welcome, Refusal, DeviceText, InstanceText, InstanceGone,
                            ToDevice<Prepare>, ToDevice<BeginSlice>, ToDevice<CancelSlice>,
                            ToDevice<DeviceReleased>, Carry, Heard, StopNode, ToInstance<SliceAccount>,
                            ToInstance<SliceProgress>, ToInstance<SliceDone>, Joined, Beat, NodeTrouble,
                            StreamNews, ToDevice<RenameSlice>, SliceStored, KeptDeviceName, KeptSliceName,
                            AllKept, Unwanted, Drain, DrainSeen, ToDevice<LeaveSlice>, ToDevice<LeaveStream>>;

/// Appends a record to an envelope. Its texts and lists are within the bounds of wire.hpp.
void append(std::string& envelope, const Record& record);

/// Takes the records of an envelope in their order. Errors: corrupt: bytes that are none; nothing of the
/// envelope is to be believed then.
result<std::vector<Record>> read_envelope(std::string_view envelope);

}  // namespace camfleet::cluster
