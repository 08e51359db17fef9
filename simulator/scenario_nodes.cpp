#include "simulator/scenario_nodes.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "actors/base/hash.hpp"
#include "actors/base/random.hpp"
#include "actors/base/text.hpp"

namespace camfleet::sim {
namespace {

constexpr std::array<std::string_view, 6> node_fields{"id",    "acu",     "region",
                                                      "joins", "schemes", "algorithms"};
constexpr std::int64_t most_acu = 60'000;

std::string path_of(std::size_t i) {
  return "nodes[" + std::to_string(i) + "]";
}

/// A list of texts, or none.
result<std::optional<std::vector<std::string>>> texts(const Fields& node, std::string_view name,
                                                      std::size_t most) {
  if (!node.has(name)) return std::nullopt;
  CAMFLEET_TRY(const nlohmann::json list, node.required_list(name));
  if (list.size() > most)
    return fail(Errc::limit, node.path(name), "more than " + std::to_string(most) + " of them");
  std::vector<std::string> texts;
  for (const nlohmann::json& one : list) {
    if (!one.is_string() && !one.is_number_integer())
      return fail(Errc::invalid_field, node.path(name), one.dump() + " is not a text");
    texts.push_back(one.is_string() ? one.get<std::string>() : one.dump());
  }
  return std::optional(std::move(texts));
}

/// An instant, or a list of two.
result<std::optional<std::pair<Instant, Instant>>> read_joins(const Fields& node) {
  constexpr std::string_view name = "joins";
  if (!node.has(name)) return std::nullopt;
  CAMFLEET_TRY(nlohmann::json list, node.required(name));
  if (!list.is_array()) list = nlohmann::json::array({list, list});
  std::vector<Instant> instants;
  for (const nlohmann::json& one : list) {
    const auto instant = parse_iso(one.is_string() ? one.get<std::string>() : one.dump());
    if (!instant.has_value()) return pass(within(node.path(name), instant.error()));
    instants.push_back(instant.value());
  }
  if (instants.size() != 2 || instants[1] < instants[0])
    return fail(Errc::invalid_field, node.path(name),
                list.dump() + " is no instant and no range of two; the earlier one comes first");
  return std::optional(std::pair(instants[0], instants[1]));
}

result<ScenarioNode> read_node(const Fields& node) {
  CAMFLEET_CHECK(node.refuse_unknown(node_fields, {}));
  ScenarioNode read;
  CAMFLEET_TRY(read.id, node.required_text("id"));
  CAMFLEET_TRY(const auto region, node.text("region"));
  CAMFLEET_TRY(const auto acu, node.required_whole("acu", 1, most_acu, "whole ACU"));
  CAMFLEET_TRY(read.joins, read_joins(node));
  CAMFLEET_TRY(read.schemes, texts(node, "schemes", max_schemes));
  CAMFLEET_TRY(read.algorithms, texts(node, "algorithms", max_cluster_algorithms));
  read.region = region.value_or("");
  read.acu = static_cast<std::uint32_t>(acu);
  return read;
}

}  // namespace

result<void> read_nodes(const Fields& fields, std::vector<ScenarioNode>& nodes) {
  if (!fields.has("nodes")) return success();
  CAMFLEET_TRY(const nlohmann::json list, fields.required_list("nodes"));
  if (list.size() > max_nodes)
    return fail(Errc::limit, "nodes", "more than " + std::to_string(max_nodes) + " nodes");
  for (std::size_t i = 0; i < list.size(); ++i) {
    CAMFLEET_TRY(const Fields node, Fields::of(list[i], path_of(i)));
    CAMFLEET_TRY(ScenarioNode read, read_node(node));
    if (std::ranges::any_of(nodes, [&](const ScenarioNode& one) { return one.id == read.id; }))
      return fail(Errc::invalid_field, node.path("id"),
                  quote(read.id) + " is there twice; give each node its own");
    nodes.push_back(std::move(read));
  }
  return success();
}

std::vector<Instant> draw_joins(const std::vector<ScenarioNode>& nodes, std::uint64_t seed, Instant from,
                                Instant until) {
  std::vector<Instant> instants;
  for (std::uint32_t i = 0; i < nodes.size(); ++i) {
    const auto& joins = nodes[i].joins;
    instants.push_back(from);
    if (!joins) continue;
    Random random(mix(seed ^ mix(0x101A5ULL + i)));
    const auto range = static_cast<std::uint64_t>((joins->second - joins->first).count()) + 1;
    const Instant drawn = joins->first + Duration(static_cast<std::int64_t>(random.below(range)));
    instants.back() = drawn < until ? std::max(drawn, from) : end_of_time;
  }
  return instants;
}

result<void> check_nodes(const std::vector<ScenarioNode>& nodes) {
  if (nodes.size() != 1) return success();
  const ScenarioNode& only = nodes.front();
  const char* field = only.joins        ? "joins"
                      : only.schemes    ? "schemes"
                      : only.algorithms ? "algorithms"
                                        : nullptr;
  if (field == nullptr) return success();
  return fail(
      Errc::invalid_field, "nodes",
      "node " + quote(only.id) + " has " + field +
          ", but one node alone is the scheduler's process, which is there from the beginning and carries "
          "everything; write two nodes or more");
}

result<void> add_nodes(const std::vector<ScenarioNode>& nodes, Roster& roster) {
  CAMFLEET_CHECK(roster.use_placement());
  for (const ScenarioNode& node : nodes) {
    NodeOffer offer{.acu = node.acu};
    CAMFLEET_TRY(offer.region, roster.region(node.region));
    if (node.schemes) {
      offer.schemes = {};
      for (const std::string& name : *node.schemes) {
        CAMFLEET_TRY(const SchemeIx scheme, roster.scheme(to_lower(name)));
        offer.schemes.add(scheme);
      }
    }
    if (node.algorithms) {
      offer.algorithms = {};
      for (const std::string& id : *node.algorithms) {
        const auto algorithm = roster.find_algorithm(id);
        if (!algorithm)
          return fail(
              Errc::unknown_id, "nodes",
              "node " + quote(node.id) + " has algorithm " + quote(id) + ", which is not in the catalogue");
        offer.algorithms.add(*algorithm);
      }
    }
    CAMFLEET_CHECK(roster.add_node({node.id, offer}));
  }
  return success();
}

}  // namespace camfleet::sim
