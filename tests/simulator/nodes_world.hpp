#pragma once

#include <chrono>
#include <string>

#include <gtest/gtest.h>

#include "tests/simulator/modelled_world.hpp"

namespace camfleet::sim {

inline Fault node_fault(FaultKind kind, std::uint32_t node, Instant from, Instant to) {
  return {.device = DeviceIx{0},
          .kind = kind,
          .from = from,
          .to = to,
          .by = milliseconds(400),
          .node = NodeIx{node},
          .times = 3};
}

inline Fault node_fault(FaultKind kind, const std::string& from, const std::string& to) {
  return node_fault(kind, 0, ModelledWorld::at(from), ModelledWorld::at(to));
}

/// One camera and one tape, both on the first of two nodes once its turn comes.
inline ModelledWorld two_nodes() {
  ModelledWorld world;
  world.nodes = 2;
  world.cameras = 2;
  world.tapes = 2;
  world.fields = {{"ComputePictureValue", 1}};
  return world;
}

inline const nlohmann::json& row_of(const ModelledWorld::Run& run, const std::string& device) {
  for (const nlohmann::json& row : run.rows) {
    if (row["device"] == device) return row;
  }
  ADD_FAILURE() << device << " has no row";
  return run.rows.front();
}

inline double between(const nlohmann::json& part) {
  return std::chrono::duration<double>(parse_iso(part["to"].get<std::string>()).value() -
                                       parse_iso(part["from"].get<std::string>()).value())
      .count();
}

}  // namespace camfleet::sim
