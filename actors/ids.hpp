#pragma once

#include <compare>
#include <cstdint>
#include <functional>

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
using NodeIx = Id<struct NodeTag>;    ///< a process that carries devices; row of the fleet's node table
using SliceIx = Id<struct SliceTag>;  ///< a running slice, as its instance numbers them

}  // namespace camfleet
