#include <string>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "runtime/api/api_client.hpp"
#include "tools/camfleet/cli/options.hpp"
#include "tools/camfleet/cli/output.hpp"
#include "tools/camfleet/cli/table.hpp"
#include "tools/camfleet/commands/answer_text.hpp"
#include "tools/camfleet/commands/client_connection.hpp"
#include "tools/camfleet/commands/commands.hpp"

namespace camfleet::cli {
namespace {

using nlohmann::ordered_json;

/// Nothing is known of how it does now.
bool is_away(const ordered_json& node) {
  const std::string state = text_of(node, "State");
  return state == "AWAY" || state == "SILENT";
}

/// "1.4 of 4": how many of its cores a node keeps busy.
std::string load_of(const ordered_json& node) {
  const auto busy = node.find("BusyCores");
  if (is_away(node) || busy == node.end() || !busy->is_number()) return "-";
  return fmt::format("{:.2f} of {}", busy->get<double>(), text_of(node, "Acu"));
}

/// An instant without its fraction of a second.
std::string second_of(const std::string& instant) {
  const std::size_t point = instant.find('.');
  return point == std::string::npos ? instant : instant.substr(0, point) + "Z";
}

std::string round_trip_of(const ordered_json& node) {
  const auto seconds = node.find("RoundTripSeconds");
  if (is_away(node) || seconds == node.end() || !seconds->is_number()) return "-";
  constexpr double thousand = 1000;
  return fmt::format("{:.1f} ms", seconds->get<double>() * thousand);
}

/// A figure of a node that is there.
std::string figure(const ordered_json& node, const char* name) {
  return is_away(node) ? "-" : text_of(node, name);
}

/// Findings and pictures that had no room at the node.
std::string lost_of(const ordered_json& node) {
  const std::string findings = figure(node, "FindingsLost");
  const std::string pictures = figure(node, "PicturesLost");
  return findings == pictures ? findings : findings + " + " + pictures;
}

result<ExitCode> nodes(const Values& values, Output& out) {
  CAMFLEET_TRY(const api::ApiClient client, client_of(values));
  if (values.has("drain")) {
    CAMFLEET_CHECK(client.call("DrainNode", {{"Name", values.text("drain")}}));
    out.write(values.text("drain") + " is being drained, and ends\n");
    return ExitCode::fine;
  }
  CAMFLEET_TRY(const ordered_json answer, client.call("DescribeNodes", {}));
  if (values.flag("json")) {
    write_json(answer, out);
    return ExitCode::fine;
  }
  const ordered_json items = list_of(object_of(answer, "Data"), "Nodes");
  Table table({{"node"},
               {"state"},
               {"since"},
               {"region"},
               {"busy cores", Align::right},
               {"devices", Align::right},
               {"slices", Align::right},
               {"spooled", Align::right},
               {"lost", Align::right},
               {"round trip", Align::right}});
  for (const ordered_json& node : items)
    table.add({text_of(node, "Name"), text_of(node, "State"), second_of(text_of(node, "Since")),
               text_of(node, "Region"), load_of(node), figure(node, "Devices"), figure(node, "Slices"),
               figure(node, "SpooledFindings"), lost_of(node), round_trip_of(node)});
  std::string text;
  table.flush(text);
  out.write(items.empty() ? "no node has ever come\n" : text);
  return ExitCode::fine;
}

}  // namespace

Command nodes_command() {
  return {
      .name = "nodes",
      .summary = "list the nodes of a server",
      .about =
          "Calls DescribeNodes of a `camfleet serve` with --cluster-listen: who is there, and how they do "
          "now. With --drain, calls DrainNode in its place.",
      .options =
          with_connection({{.name = "drain",
                            .argument = "NAME",
                            .help = "have nothing begin on this node any more, and what runs there go on "
                                    "elsewhere; then its process ends, after 30 s at the latest"}}),
      .examples = {{"camfleet nodes", "state, load, devices and slices of each node"},
                   {"camfleet nodes --drain north-1", "north-1 gives up what it has, and ends"}},
      .run = nodes,
  };
}

}  // namespace camfleet::cli
