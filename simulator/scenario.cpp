#include "simulator/scenario.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>

#include "actors/base/json_text.hpp"
#include "actors/base/text.hpp"
#include "actors/spec/spec_fields.hpp"
#include "simulator/expectation.hpp"
#include "simulator/scenario_score.hpp"
#include "simulator/summary.hpp"

namespace camfleet::sim {
namespace {

using nlohmann::json;

constexpr std::array<std::string_view, 11> scenario_fields{"name",      "include", "seed",  "samples",
                                                           "clock",     "costs",   "nodes", "devices",
                                                           "instances", "faults",  "expect"};
constexpr std::array<std::string_view, 2> fleet_fields{"devices", "nodes"};
constexpr std::array<std::string_view, 3> clock_fields{"from", "for", "zone"};
constexpr std::array<std::string_view, 4> device_fields{"id", "count", "region", "source"};

std::string index_path(std::string_view list, std::size_t i) {
  return std::string(list) + "[" + std::to_string(i) + "]";
}

std::string variable(const std::string& name) {
  if (const char* value = std::getenv(name.c_str())) return value;
  if (name != "CAMFLEET_DATA") return "";
  if (const char* cache = std::getenv("XDG_CACHE_HOME"); cache != nullptr && *cache != '\0')
    return std::string(cache) + "/camfleet";
  const char* home = std::getenv("HOME");
  return home == nullptr ? "" : std::string(home) + "/.cache/camfleet";
}

/// Puts environment variables in for `${NAME}`.
result<std::string> expand_variables(const std::string& text, const std::string& path) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t start = text.find("${", at);
    out += text.substr(at, start == std::string::npos ? start : start - at);
    if (start == std::string::npos) break;
    const std::size_t end = text.find('}', start);
    const std::string name = end == std::string::npos ? "" : text.substr(start + 2, end - start - 2);
    const std::string value = variable(name);
    if (value.empty())
      return fail(Errc::invalid_field, path,
                  "the environment variable " + quote(name) + " is not set; set it or write the path");
    out += value;
    at = end + 1;
  }
  return out;
}

std::string with_index(std::string text, std::int64_t i) {
  constexpr std::string_view mark = "{i}";
  for (std::size_t at = text.find(mark); at != std::string::npos; at = text.find(mark, at)) {
    text.replace(at, mark.size(), std::to_string(i));
  }
  return text;
}

result<void> read_clock(const json& clock, Scenario& scenario) {
  CAMFLEET_TRY(const Fields fields, Fields::of(clock, "clock"));
  CAMFLEET_CHECK(fields.refuse_unknown(clock_fields, {}));
  CAMFLEET_TRY(const std::string from, fields.required_text("from"));
  CAMFLEET_TRY(const std::string span, fields.required_text("for"));
  CAMFLEET_TRY(const auto zone, fields.text("zone"));
  const auto at = parse_iso(from);
  if (!at.has_value()) return pass(within("clock.from", at.error()));
  const auto length = parse_span(span);
  if (!length.has_value()) return pass(within("clock.for", length.error()));
  // What is caught up after it, and clocks that jump, need room too.
  const Instant latest = end_of_time - hours(24 * 366);
  if (at.value() >= latest || length.value() > latest - at.value())
    return fail(Errc::invalid_field, "clock.for",
                quote(span) + " from " + quote(from) + " ends after " + to_iso(latest) +
                    ", which no clock here reaches; write a shorter span, or an earlier from");
  scenario.from = at.value();
  scenario.span = length.value();
  scenario.zone = zone.value_or(scenario.zone);
  return success();
}

result<void> read_device(const json& entry, const std::string& path, Scenario& scenario) {
  CAMFLEET_TRY(const Fields fields, Fields::of(entry, path));
  CAMFLEET_CHECK(fields.refuse_unknown(device_fields, {}));
  CAMFLEET_TRY(const std::string id, fields.required_text("id"));
  CAMFLEET_TRY(const auto count,
               fields.whole("count", 1, static_cast<std::int64_t>(max_fleet), "a whole number"));
  CAMFLEET_TRY(const auto region, fields.text("region"));
  CAMFLEET_TRY(const json source, fields.required("source"));
  if (!source.is_string())
    return fail(Errc::invalid_field, path + ".source", shown(source) + " is not a URL");
  if (count && id.find("{i}") == std::string::npos) {
    return fail(Errc::invalid_field, path + ".id",
                quote(id) + " would be the id of " + std::to_string(*count) + " devices; put {i} into it");
  }
  CAMFLEET_TRY(const std::string url, expand_variables(source.get<std::string>(), path + ".source"));
  if (scenario.devices.size() + static_cast<std::size_t>(count.value_or(1)) > max_fleet) {
    return fail(Errc::limit, path + ".count",
                "the fleet has more than " + std::to_string(max_fleet) + " devices");
  }
  for (std::int64_t i = 0; i < count.value_or(1); ++i) {
    scenario.devices.push_back(
        {count ? with_index(id, i) : id, region.value_or(""), count ? with_index(url, i) : url});
  }
  return success();
}

/// Devices as a pattern over ids becomes the list that the API knows.
result<json> with_device_list(const json& instance, const std::string& path, const Scenario& scenario) {
  json fields = instance;
  const auto devices = fields.is_object() ? fields.find("Devices") : fields.end();
  if (devices == fields.end() || !devices->is_string() ||
      devices->get_ref<const std::string&>().starts_with('['))
    return fields;
  const std::string pattern = devices->get<std::string>();
  json list = json::array();
  for (const ScenarioDevice& device : scenario.devices) {
    if (matches(pattern, device.id)) list.push_back({{"DeviceId", device.id}, {"StartStream", true}});
  }
  if (list.empty())
    return fail(Errc::invalid_field, path + ".Devices",
                quote(pattern) + " matches no device of the scenario");
  *devices = std::move(list);
  return fields;
}

result<void> read_instances(const json& list, Scenario& scenario) {
  SpecRules rules;
  rules.default_zone = scenario.zone;
  rules.refuse_unknown_fields = true;
  for (std::size_t i = 0; i < list.size(); ++i) {
    const std::string path = index_path("instances", i);
    CAMFLEET_TRY(const json fields, with_device_list(list[i], path, scenario));
    auto spec = parse_instance(fields, rules);
    if (!spec.has_value()) {
      Error error = spec.error();
      error.where = error.where.empty() ? path : path + "." + error.where;
      return pass(std::move(error));
    }
    scenario.instances.push_back(std::move(spec).value());
  }
  return success();
}

/// A pattern of a fault that fits nothing is a slip of the pen.
result<void> check_victims(const FaultRule& rule, const std::string& entry, const Scenario& scenario) {
  const std::string path =
      entry + (rule.victim == Victim::node ? ".node" : ".device") + (rule.draw > 0 ? "s" : "");
  const bool of_clock = std::ranges::any_of(rule.kinds, [](FaultKind kind) {
    return kind == FaultKind::clock_forward || kind == FaultKind::clock_back;
  });
  if (of_clock && scenario.nodes.size() > 1)
    return fail(Errc::unsupported, entry,
                "the clocks of several nodes are not simulated; write one node, or none");
  const auto fits = [&](const auto& one) { return matches(rule.pattern, one.id); };
  if (rule.victim == Victim::scheduler) return success();
  if (rule.victim == Victim::camera) {
    if (std::ranges::any_of(scenario.devices, fits)) return success();
    return fail(Errc::invalid_field, path, quote(rule.pattern) + " matches no device of the scenario");
  }
  if (scenario.nodes.size() < 2)
    return fail(
        Errc::invalid_field, path,
        "there is no node to lose: the scheduler's process carries everything; write two nodes or more");
  if (std::ranges::any_of(scenario.nodes, fits)) return success();
  return fail(Errc::invalid_field, path, quote(rule.pattern) + " matches no node of the scenario");
}

result<void> read_world(const Fields& fields, Scenario& scenario) {
  CAMFLEET_TRY(const auto samples, fields.text("samples"));
  if (samples && *samples != "each" && *samples != "counted")
    return fail(Errc::invalid_field, "samples",
                quote(*samples) + " is not a way to simulate samples; write each or counted");
  scenario.counted = samples == "counted";
  CAMFLEET_TRY(const auto costs, fields.text("costs"));
  if (costs && *costs != "default") scenario.costs = *costs;
  CAMFLEET_CHECK(read_nodes(fields, scenario.nodes));
  CAMFLEET_CHECK(check_nodes(scenario.nodes));
  if (!fields.has("faults")) return success();
  CAMFLEET_TRY(const json faults, fields.required_list("faults"));
  CAMFLEET_TRY(scenario.faults, read_faults(faults));
  for (std::size_t i = 0; i < scenario.faults.size(); ++i) {
    const FaultRule& rule = scenario.faults[i];
    CAMFLEET_CHECK(check_victims(rule, index_path("faults", i), scenario));
  }
  return success();
}

result<void> read_expectations(const Fields& fields, Scenario& scenario) {
  if (!fields.has("expect")) return success();
  CAMFLEET_TRY(const json list, fields.required_list("expect"));
  if (list.size() > max_expectations)
    return fail(Errc::limit, "expect", "more than " + std::to_string(max_expectations) + " expectations");
  // Weighed once against an empty run, so that a name that no summary has is found before the work.
  RunFacts nothing;
  nothing.core = Duration(0);
  nothing.delays.emplace();
  const auto is_about_score = [](const json& text) {
    return text.is_string() && text.get_ref<const std::string&>().find("score.") != std::string::npos;
  };
  if (std::ranges::any_of(list, is_about_score)) nothing.score = score_of_no_run(scenario);
  const auto no_run = summarise(nothing, Ledger(Roster{}), {});
  for (std::size_t i = 0; i < list.size(); ++i) {
    const std::string path = index_path("expect", i);
    if (!list[i].is_string())
      return fail(Errc::invalid_field, path,
                  shown(list[i]) + " is not a comparison like slices.missed <= 200");
    const auto parsed = Expectation::parse(list[i].get<std::string>());
    if (!parsed.has_value()) return pass(within(path, parsed.error()));
    const auto weighed = parsed.value().weigh(no_run.value());
    if (!weighed.has_value()) return pass(within(path, weighed.error()));
    scenario.expectations.push_back(list[i].get<std::string>());
  }
  return success();
}

result<void> read_devices(const Fields& fields, Scenario& scenario) {
  CAMFLEET_TRY(const json devices, fields.required_list("devices"));
  for (std::size_t i = 0; i < devices.size(); ++i)
    CAMFLEET_CHECK(read_device(devices[i], index_path("devices", i), scenario));
  return success();
}

/// A file of devices and nodes that several scenarios share.
result<void> read_fleet(const json& root, Scenario& scenario) {
  CAMFLEET_TRY(const Fields fields, Fields::of(root, ""));
  CAMFLEET_CHECK(fields.refuse_unknown(fleet_fields, {}));
  if (fields.has("devices") || !fields.has("nodes")) CAMFLEET_CHECK(read_devices(fields, scenario));
  return read_nodes(fields, scenario.nodes);
}

result<Scenario> read(const json& root, Scenario scenario) {
  CAMFLEET_TRY(const Fields fields, Fields::of(root, ""));
  CAMFLEET_CHECK(fields.refuse_unknown(scenario_fields, {}));
  CAMFLEET_TRY(scenario.name, fields.required_text("name"));
  CAMFLEET_TRY(const auto seed, fields.whole("seed", 0, INT64_MAX, "a whole number"));
  scenario.seed = static_cast<std::uint64_t>(seed.value_or(1));
  CAMFLEET_TRY(const json clock, fields.required("clock"));
  CAMFLEET_CHECK(read_clock(clock, scenario));
  if (fields.has("devices") || scenario.devices.empty()) CAMFLEET_CHECK(read_devices(fields, scenario));
  CAMFLEET_TRY(const json instances, fields.required_list("instances"));
  if (instances.size() > max_instances)
    return fail(Errc::limit, "instances", "more than " + std::to_string(max_instances) + " instances");
  CAMFLEET_CHECK(read_instances(instances, scenario));
  CAMFLEET_CHECK(read_world(fields, scenario));
  CAMFLEET_CHECK(read_expectations(fields, scenario));
  return scenario;
}

/// The files that a scenario includes: one, or a list.
result<std::vector<std::string>> includes_of(const json& root) {
  const auto given = root.is_object() ? root.find("include") : root.end();
  if (given == root.end()) return std::vector<std::string>();
  const json list = given->is_array() ? *given : json::array({*given});
  if (list.size() > max_includes)
    return fail(Errc::limit, "include", "more than " + std::to_string(max_includes) + " files");
  std::vector<std::string> paths;
  for (const json& path : list) {
    if (!path.is_string() || path.get_ref<const std::string&>().empty())
      return fail(Errc::invalid_field, "include",
                  shown(path) + " is not a file; write its path, beside the scenario");
    paths.push_back(path.get<std::string>());
  }
  return paths;
}

/// See link::check_node_name.
bool can_be_process(std::string_view name) {
  constexpr std::size_t longest = 64;
  return !name.empty() && name.size() <= longest &&
         name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == std::string_view::npos;
}

}  // namespace

result<void> replace_nodes(Scenario& scenario, std::uint32_t count) {
  ScenarioNode like = scenario.nodes.empty() ? ScenarioNode{} : scenario.nodes.front();
  like.joins.reset();
  if (count == 1) {
    // It is the scheduler's process, which carries everything.
    like.schemes.reset();
    like.algorithms.reset();
  }
  scenario.nodes.clear();
  for (std::uint32_t i = 1; i <= count; ++i) {
    like.id = "node-" + std::to_string(i);
    scenario.nodes.push_back(like);
  }
  CAMFLEET_CHECK(check_nodes(scenario.nodes));
  for (std::size_t i = 0; i < scenario.faults.size(); ++i) {
    CAMFLEET_CHECK(check_victims(scenario.faults[i], index_path("faults", i), scenario));
  }
  return success();
}

result<void> use_processes(Scenario& scenario, std::uint32_t count) {
  bool names_nodes = false;
  for (std::size_t i = 0; i < scenario.faults.size(); ++i) {
    const FaultRule& rule = scenario.faults[i];
    names_nodes = names_nodes || rule.victim == Victim::node;
    if (std::ranges::find(rule.kinds, FaultKind::node_slow) == rule.kinds.end()) continue;
    return fail(Errc::unsupported, index_path("faults", i),
                "node_slow is simulated alone: a process is not made slower; leave it out, or write "
                "--world virtual");
  }
  const auto odd = std::ranges::find_if_not(scenario.nodes, can_be_process, &ScenarioNode::id);
  const bool has_as_many = scenario.nodes.size() == count;
  if (has_as_many && odd == scenario.nodes.end()) {
    for (ScenarioNode& node : scenario.nodes) node.joins.reset();
    return success();
  }
  if (has_as_many && names_nodes)
    return fail(Errc::invalid_field,
                index_path("nodes", static_cast<std::size_t>(odd - scenario.nodes.begin())) + ".id",
                quote(odd->id) + " cannot be the name of a process; write 1 to 64 of a-z, 0-9 and -");
  if (count == 1 && names_nodes)
    return fail(Errc::unsupported, "faults",
                "some befall nodes, of which one alone is not lost; write --nodes 2");
  const std::size_t own = scenario.nodes.size();
  auto replaced = replace_nodes(scenario, count);
  if (replaced.has_value() || !names_nodes) return replaced;
  Error error = replaced.error();
  error.what += ", which are node-1 to node-" + std::to_string(count) + "; with --nodes " +
                std::to_string(own) + " they have their own names";
  return pass(std::move(error));
}

result<Scenario> read_scenario(const YamlDocument& document, const std::vector<YamlDocument>& included) {
  Scenario fleet;
  for (const YamlDocument& file : included) {
    const auto read = read_fleet(file.root(), fleet);
    if (!read.has_value()) return pass(file.locate(read.error()));
  }
  auto scenario = read(document.root(), std::move(fleet));
  if (!scenario.has_value()) return pass(document.locate(scenario.error()));
  return scenario;
}

result<Scenario> load_scenario(const std::string& path) {
  CAMFLEET_TRY(const YamlDocument document, YamlDocument::load(path));
  auto paths = includes_of(document.root());
  if (!paths.has_value()) return pass(document.locate(paths.error()));
  std::vector<YamlDocument> included;
  for (const std::string& file : paths.value()) {
    CAMFLEET_TRY(YamlDocument fleet,
                 YamlDocument::load((std::filesystem::path(path).parent_path() / file).string()));
    included.push_back(std::move(fleet));
  }
  CAMFLEET_TRY(Scenario scenario, read_scenario(document, included));
  // Beside the scenario, wherever that is run from.
  if (!scenario.costs.empty())
    scenario.costs = (std::filesystem::path(path).parent_path() / scenario.costs).string();
  return scenario;
}

}  // namespace camfleet::sim
