#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "actors/base/error.hpp"
#include "actors/base/time.hpp"
#include "actors/plan/roster.hpp"
#include "actors/spec/spec_fields.hpp"

namespace camfleet::sim {

/// A node of a scenario.
struct ScenarioNode {
  std::string id;
  std::string region;
  std::uint32_t acu = 2;
  /// When it begins: drawn from the first to the last; none: it is there from the beginning.
  std::optional<std::pair<Instant, Instant>> joins{};
  /// The schemes of the devices that it reaches, and its algorithms; none: all.
  std::optional<std::vector<std::string>> schemes{};
  std::optional<std::vector<std::string>> algorithms{};
};

/// Reads the field `nodes` behind those that are there. Errors: invalid_field, limit.
result<void> read_nodes(const Fields& fields, std::vector<ScenarioNode>& nodes);

/// When each begins: `from` at the earliest, and never where that is at `until` or later.
std::vector<Instant> draw_joins(const std::vector<ScenarioNode>& nodes, std::uint64_t seed, Instant from,
                                Instant until);

/// Errors: invalid_field: what only one of several nodes can have.
result<void> check_nodes(const std::vector<ScenarioNode>& nodes);

/// Has the nodes in a roster that has its algorithms and devices. Errors: unknown_id (an algorithm), limit.
result<void> add_nodes(const std::vector<ScenarioNode>& nodes, Roster& roster);

}  // namespace camfleet::sim
