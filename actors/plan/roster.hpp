#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "actors/base/error.hpp"
#include "actors/base/grow_only.hpp"
#include "actors/base/id_index.hpp"
#include "actors/base/ids.hpp"
#include "actors/base/time.hpp"
#include "actors/plan/calendar.hpp"
#include "actors/plan/node_offer.hpp"
#include "actors/plan/phase.hpp"
#include "actors/spec/spec.hpp"

namespace camfleet {

/// What a device is pulled from; decides how its slices are read and whether they can be caught up.
enum class DeviceKind : std::uint8_t { live, recorded, pictures };

/// One camera of the fleet.
struct DeviceEntry {
  std::string id;
  std::string region;
  std::string source;  ///< URL
  DeviceKind kind = DeviceKind::live;
  Duration length{0};          ///< recorded: of the media, once through; 0 = unknown
  std::uint32_t pictures = 0;  ///< pictures: how many there are; 0 = unknown
  bool loops = false;          ///< begins again at its end
  SchemeIx scheme{};           ///< of its source, as the roster numbers it; beyond the last: max_schemes
  bool takes_one_connection = false;  ///< a live one, by its source
};

/// A process of a cluster that carries devices and their analyzer.
struct NodeEntry {
  std::string id;
  NodeOffer offer{};  ///< as it was known beforehand: what the node says when it joins counts
};

inline constexpr std::size_t max_nodes = 500;
inline constexpr std::size_t max_regions = 1000;  ///< of nodes
/// Of a cluster's catalogue, as nodes tell by bits which they have.
inline constexpr std::size_t max_cluster_algorithms = IdSet<AlgorithmIx>::max_ids;
inline constexpr std::size_t max_schemes = IdSet<SchemeIx>::max_ids;

/// Of a URL: what stands before "://", in lower case; `file` where nothing does.
std::string scheme_of(std::string_view url);

/// Whether a URL says `#connections=1`: the camera refuses a second one.
bool takes_one_connection(std::string_view url);

/// How long a `once` without times and without polling looks at this device: as long as its footage or
/// pictures last (one sample where that is not known), nothing for a live one, which has no end.
Duration whole_length(const DeviceEntry& device, int spf);

/// Where the device's footage or pictures (one per `spf`) end in media time; 0 = never, or not known.
Duration media_end(const DeviceEntry& device, int spf);

/// One instance with everything that the actors derive from its spec once, at creation.
struct InstanceEntry {
  std::string id;           ///< its name in the ledger
  std::int64_t number = 0;  ///< that name, where it is a number from 1 on
  WorkSpec spec;
  Calendar calendar;                    ///< with its schedule
  std::vector<DeviceIx> devices;        ///< in the order of spec.devices
  std::vector<AlgorithmIx> algorithms;  ///< in the order of spec.algorithms
  std::vector<Duration> phases;         ///< φ, one per listed window
  Instant created{};
  /// Of a `once` without times and without polling, by device: how long it is looked at, as it was known when
  /// the instance was added.
  std::unique_ptr<const std::vector<Duration>> lengths{};
};

/// The tables of texts and settings that the messages' dense ids point into. Entries never move; what was
/// released makes room for others under the same number. One writer (whoever creates instances), readers see
/// an entry only after they were told of its id.
class Roster {
 public:
  Roster();

  /// Errors: invalid_field when the id is there already; limit.
  result<DeviceIx> add_device(DeviceEntry device);
  /// Errors: limit: so many further devices would be more than there can be.
  [[nodiscard]] result<void> has_room_for(std::size_t devices) const;
  /// How much footage or how many pictures a device has, as it is known now: of instances that are added from
  /// now on. Only who writes to the roster reads these fields, in a process with many threads.
  void set_footage(DeviceIx device, const DeviceEntry& measured) {
    DeviceEntry& entry = devices_[device.value];
    entry.length = measured.length;
    entry.pictures = measured.pictures;
    entry.loops = measured.loops;
  }
  /// A device is no longer known by its id, which another may have from now on; whoever has its number goes
  /// on with it.
  void forget_device(std::string_view id);
  /// Nobody has the number of a forgotten device any more, nor will: another of its kind may get it.
  void release_device(DeviceIx device);
  /// Errors: invalid_field when the id is there already.
  result<AlgorithmIx> add_algorithm(std::string id);

  /// Devices are on nodes, where a placement puts them, from the beginning; otherwise one process carries
  /// everything. All algorithms are there. Errors: limit.
  result<void> use_placement();
  /// Also while instances run. Errors: invalid_field when the id is there already; limit.
  result<NodeIx> add_node(NodeEntry node);
  [[nodiscard]] std::optional<NodeIx> find_node(std::string_view id) const;
  /// The number of a node's region; a new one for a new name. Errors: limit.
  result<RegionIx> region(std::string_view name);
  /// The number of a scheme; a new one for a new name. Errors: limit.
  result<SchemeIx> scheme(std::string_view name);
  [[nodiscard]] std::optional<AlgorithmIx> find_algorithm(std::string_view id) const;

  /// Adds an instance that is created at `created` under the name `id`, with the phases that it had before,
  /// or else chosen here. Errors: unknown_id (a device, an algorithm), invalid_field (the zone, a name that
  /// is taken), limit.
  result<InstanceIx> add_instance(std::string id, InstanceSpec spec, Instant created,
                                  std::optional<std::vector<Duration>> phases = std::nullopt);

  /// What a node has to know of an instance that the scheduler has: its name, its algorithms in their order,
  /// and when it was created. Errors: invalid_field (a name that is taken), limit.
  result<InstanceIx> add_part(std::string id, std::vector<AlgorithmIx> algorithms, Instant created);

  /// Nobody has the number of an instance that has ended any more: what it was is forgotten, and another one
  /// may get it.
  void release_instance(InstanceIx instance);

  [[nodiscard]] const DeviceEntry& operator[](DeviceIx ix) const { return devices_[ix.value]; }
  [[nodiscard]] const InstanceEntry& operator[](InstanceIx ix) const { return instances_[ix.value]; }
  [[nodiscard]] const std::string& operator[](AlgorithmIx ix) const { return algorithms_[ix.value]; }
  [[nodiscard]] const NodeEntry& operator[](NodeIx ix) const { return nodes_[ix.value]; }
  [[nodiscard]] const std::string& operator[](RegionIx ix) const { return regions_[ix.value]; }
  [[nodiscard]] const std::string& operator[](SchemeIx ix) const { return schemes_[ix.value]; }
  [[nodiscard]] std::uint32_t node_count() const { return static_cast<std::uint32_t>(nodes_.size()); }
  [[nodiscard]] bool has_placement() const { return has_placement_; }
  [[nodiscard]] std::optional<DeviceIx> find_device(std::string_view id) const;
  [[nodiscard]] std::uint32_t device_count() const { return static_cast<std::uint32_t>(devices_.size()); }
  [[nodiscard]] std::optional<InstanceIx> find_instance(std::string_view id) const;
  [[nodiscard]] std::uint32_t instance_count() const { return static_cast<std::uint32_t>(instances_.size()); }
  [[nodiscard]] const std::deque<std::string>& algorithms() const { return algorithms_; }

 private:
  GrowOnly<DeviceEntry> devices_;
  GrowOnly<InstanceEntry> instances_;
  GrowOnly<NodeEntry, max_nodes> nodes_;
  GrowOnly<std::string, max_regions> regions_;
  std::deque<std::string> schemes_;
  bool has_more_schemes_ = false;  ///< than can be numbered: only nodes ask for that
  bool has_placement_ = false;
  std::deque<std::string> algorithms_;
  IdIndex<DeviceIx> device_ids_;
  std::map<std::string, AlgorithmIx, std::less<>> algorithm_ids_;
  IdIndex<InstanceIx> instance_ids_;
  PhasePlanner phases_;
  std::vector<InstanceIx> free_instances_;
  /// By kind: what a process keeps for a device is made for one.
  std::array<std::vector<DeviceIx>, 3> free_devices_;

  /// The id of a row.
  [[nodiscard]] auto id_of() const {
    return [this](auto ix) -> std::string_view { return (*this)[ix].id; };
  }
  /// A few known devices, for the message about an unknown one.
  [[nodiscard]] std::string some_devices() const;
  result<InstanceIx> put(InstanceEntry entry);
  /// Errors: as add_instance has them: the name, limit.
  [[nodiscard]] result<void> has_room_for_instance(std::string_view id) const;
  /// The devices and algorithms of a spec. Errors: unknown_id.
  [[nodiscard]] result<std::vector<DeviceIx>> devices_of(const InstanceSpec& spec) const;
  [[nodiscard]] result<std::vector<AlgorithmIx>> algorithms_of(const InstanceSpec& spec) const;
};

}  // namespace camfleet
