#pragma once

#include <bit>
#include <cassert>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <tuple>

namespace camfleet {

/// A dense index of one kind: ids of different kinds do not mix. Texts (names, URLs) live in tables beside
/// them.
template <class Tag>
struct Id {
  std::uint32_t value = 0;
  friend constexpr auto operator<=>(const Id&, const Id&) = default;
};

using DeviceIx = Id<struct DeviceTag>;        ///< row of the fleet's device table
using InstanceIx = Id<struct InstanceTag>;    ///< row of the table of instances, in order of creation
using AlgorithmIx = Id<struct AlgorithmTag>;  ///< row of the catalogue
using AnalyzerIx = Id<struct AnalyzerTag>;    ///< an analyzer
using StreamIx = Id<struct StreamTag>;        ///< an open stream; the device that opened it chose the number
using FrameIx = Id<struct FrameTag>;          ///< slot of a frame in the plant's pool
using NodeIx = Id<struct NodeTag>;            ///< a process that carries devices; row of the table of nodes
using RegionIx = Id<struct RegionTag>;        ///< a region that nodes are in
using SchemeIx = Id<struct SchemeTag>;        ///< a scheme of the URLs that devices are pulled from
using SliceIx = Id<struct SliceTag>;          ///< a running slice, as its instance numbers them

/// A process: the scheduler's own, or a node.
struct Place {
  std::uint16_t number = 0;  ///< 0: the scheduler's; else that of a node plus one
  friend constexpr auto operator<=>(const Place&, const Place&) = default;
};
inline constexpr Place home_place{};
constexpr Place place_of(NodeIx node) {
  return {static_cast<std::uint16_t>(node.value + 1)};
}
/// The node at a place that is not home.
constexpr NodeIx node_at(Place place) {
  assert(place != home_place);
  return {place.number - 1U};
}

/// From `plant` on: those that a run does not wait for.
enum class ActorKind : std::uint8_t {
  scheduler,
  instance,
  device,
  analyzer,
  plant,
  placement,
  node,
  membership
};

/// Who sends or receives: a kind, the process where it is, and a dense number of that kind. In 32 bits, which
/// sort as the three do.
struct ActorId {
  static constexpr unsigned number_bits = 20;
  static constexpr unsigned place_bits = 9;

  constexpr ActorId() = default;
  constexpr ActorId(ActorKind of_kind, Place at_place, std::uint32_t dense_number)
      : number(dense_number), place_number(at_place.number), kind(of_kind) {
    assert(dense_number >> number_bits == 0 && at_place.number >> place_bits == 0);
  }
  [[nodiscard]] constexpr Place place() const { return {place_number}; }
  [[nodiscard]] std::uint32_t bits() const { return std::bit_cast<std::uint32_t>(*this); }
  friend constexpr auto operator<=>(const ActorId& a, const ActorId& b) {
    return std::tuple(a.kind, a.place(), a.number) <=> std::tuple(b.kind, b.place(), b.number);
  }
  friend constexpr bool operator==(const ActorId&, const ActorId&) = default;

  std::uint32_t number : number_bits = 0;
  std::uint16_t place_number : place_bits = 0;  ///< see Place
  ActorKind kind : 3 = ActorKind::scheduler;
};
static_assert(sizeof(ActorId) == sizeof(std::uint32_t));

constexpr ActorId actor(InstanceIx ix) {
  return {ActorKind::instance, home_place, ix.value};
}
constexpr ActorId actor(DeviceIx ix) {
  return {ActorKind::device, home_place, ix.value};
}
constexpr ActorId actor(AnalyzerIx ix) {
  return {ActorKind::analyzer, home_place, ix.value};
}
/// A node has one agent, which stands for it.
constexpr ActorId actor(NodeIx ix) {
  return {ActorKind::node, place_of(ix), ix.value};
}
/// A node's number for itself.
inline constexpr NodeIx own_node{0};
/// The same actor in another process.
constexpr ActorId at_place(Place place, ActorId id) {
  return {id.kind, place, id.number};
}
inline constexpr ActorId the_scheduler{ActorKind::scheduler, home_place, 0};
inline constexpr ActorId the_placement{ActorKind::placement, home_place, 0};
inline constexpr ActorId the_membership{ActorKind::membership, home_place, 0};
inline constexpr std::size_t actor_kinds = 8;

}  // namespace camfleet
