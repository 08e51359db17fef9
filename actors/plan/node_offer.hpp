#pragma once

#include <cstdint>

#include "actors/base/id_set.hpp"
#include "actors/base/ids.hpp"

namespace camfleet {

/// What a node offers, as it says whenever it joins.
struct NodeOffer {
  RegionIx region{};                                 ///< of the Roster's, which begin with that of no name
  std::uint32_t acu = 2;                             ///< cores that it keeps busy
  IdSet<SchemeIx> schemes = IdSet<SchemeIx>::all();  ///< of the devices that it reaches
  IdSet<AlgorithmIx> algorithms = IdSet<AlgorithmIx>::all();  ///< that it can run
  friend constexpr bool operator==(const NodeOffer&, const NodeOffer&) = default;
};

}  // namespace camfleet
