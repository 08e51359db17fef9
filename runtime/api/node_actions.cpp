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
  item["State"] = node.is_up ? "UP" : "AWAY";
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
  };
}

}  // namespace camfleet::api
