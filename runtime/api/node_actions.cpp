#include "actors/base/json_text.hpp"
#include "runtime/api/action.hpp"
#include "runtime/api/envelope.hpp"

// The machines of a fleet.

namespace camfleet::api {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

ordered_json node_of(const NodeView& node) {
  ordered_json item;
  item["Name"] = node.name;
  item["State"] = node.is_silent ? "SILENT" : !node.is_up ? "AWAY" : node.is_draining ? "DRAINING" : "UP";
  item["Since"] = node.since ? json(to_iso(*node.since)) : json(nullptr);
  item["Address"] = node.address;
  item["Region"] = node.region;
  item["Acu"] = node.acu;
  item["BusyCores"] = node.cpu / 1000.0;
  item["Devices"] = node.devices;
  item["Streams"] = node.streams;
  item["Slices"] = node.slices;
  item["SpooledFindings"] = node.spooled;
  item["SpooledBytes"] = node.spooled_bytes;
  item["FindingsLost"] = node.findings_lost;
  item["PicturesLost"] = node.pictures_lost;
  item["RoundTripSeconds"] = json_seconds(node.round_trip);
  return item;
}

void describe_nodes(Backend& backend, const Call& call, const Finish& finish) {
  // Machines and addresses are not for those who may see a project alone.
  if (call.projects())
    return finish(pass(to_api({Errc::forbidden, "DescribeNodes", "is for keys that may see all projects"})));
  const auto nodes = backend.nodes();
  if (!nodes.has_value()) return finish(pass(to_api(nodes.error())));
  ordered_json answer;
  answer["Data"]["Nodes"] = ordered_json::array();
  for (const NodeView& node : nodes.value()) answer["Data"]["Nodes"].push_back(node_of(node));
  finish(json_text(answer));
}

void drain_node(Backend& backend, const Call& call, const Finish& finish) {
  if (call.projects())
    return finish(pass(to_api({Errc::forbidden, "DrainNode", "is for keys that may see all projects"})));
  const auto drained = backend.drain_node(call.text("Name"));
  if (!drained.has_value()) return finish(pass(to_api(drained.error())));
  finish("{}");
}

}  // namespace

std::vector<Action> node_actions() {
  return {
      {.name = "DescribeNodes",
       .about = "Lists the nodes of a server with --cluster-listen, as they are now.",
       .is_extension = true,
       .effect = Effect::reads,
       .fields = {},
       .example = "",
       .run = describe_nodes},
      {.name = "DrainNode",
       .about = "Has nothing begin on a node any more, and what runs there go on elsewhere; then its process "
                "ends, after 30 s at the latest.",
       .is_extension = true,
       .effect = Effect::changes,
       .fields = {{.name = "Name", .required = true, .about = "as DescribeNodes has it", .longest = 64}},
       .example = "Name=north-1",
       .run = drain_node},
  };
}

}  // namespace camfleet::api
