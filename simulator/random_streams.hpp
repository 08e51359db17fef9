#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "actors/base/ids.hpp"
#include "actors/base/random.hpp"

namespace camfleet::sim {

/// A random stream for each actor, made when it is asked for.
class RandomStreams {
 public:
  explicit RandomStreams(std::uint64_t seed) : seed_(seed) {}

  Random& of(ActorId id) {
    auto& streams = streams_[static_cast<std::size_t>(id.kind)];
    while (streams.size() <= id.number) {
      const auto number = static_cast<std::uint32_t>(streams.size());
      streams.push_back(Random::of(seed_, {id.kind, home_place, number}));
    }
    return streams[id.number];
  }

 private:
  std::uint64_t seed_;
  std::array<std::vector<Random>, actor_kinds> streams_;
};

}  // namespace camfleet::sim
