#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "actors/base/json_text.hpp"
#include "actors/base/text.hpp"
#include "actors/spec/spec.hpp"
#include "runtime/api/api_client.hpp"
#include "tools/camfleet/cli/options.hpp"
#include "tools/camfleet/cli/output.hpp"
#include "tools/camfleet/cli/table.hpp"
#include "tools/camfleet/cli/text_width.hpp"
#include "tools/camfleet/commands/answer_text.hpp"
#include "tools/camfleet/commands/client_connection.hpp"
#include "tools/camfleet/commands/commands.hpp"

// create, list, describe and delete: a client of the API.

namespace camfleet::cli {
namespace {

namespace fs = std::filesystem;
using nlohmann::ordered_json;

constexpr std::size_t max_deleted = 1000;

/// Milliseconds since 1970 as ISO 8601.
std::string created_of(const ordered_json& item) {
  constexpr std::int64_t most = 9'000'000'000'000;
  const std::string text = text_of(item, "CreateTime");
  const auto count = parse_int(text);
  return count && *count >= 0 && *count < most ? to_iso(Instant(milliseconds(*count))) : text;
}

/// "1, 2, 3": one member of each entry, the first few of them.
std::string listed(const ordered_json& entries, const char* name) {
  constexpr std::size_t shown_entries = 10;
  if (entries.empty()) return "-";
  std::string text;
  for (std::size_t i = 0; i < std::min(entries.size(), shown_entries); ++i)
    text += (i == 0 ? "" : ", ") + text_of(entries[i], name);
  return entries.size() > shown_entries ? text + fmt::format(", … ({} in all)", entries.size()) : text;
}

result<std::string> read_text(const std::string& path) {
  constexpr std::uintmax_t most = 4U << 20U;
  std::error_code error;
  const auto size = fs::file_size(path, error);
  if (error) return fail(Errc::not_found, path, "cannot be read; give a JSON file of fields");
  if (size > most) return fail(Errc::too_large, path, "is larger than 4 MiB");
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  if (!file) return fail(Errc::unreadable, path, "cannot be read");
  return std::move(text).str();
}

/// Every field of the file as a parameter; lists become JSON text.
result<Parameters> fields_of_file(const std::string& path) {
  CAMFLEET_TRY(const std::string text, read_text(path));
  CAMFLEET_TRY(const nlohmann::json fields, parse_json(text, path));
  if (!fields.is_object())
    return fail(Errc::invalid_field, path, "is no JSON object; write {\"InstanceName\": …}");
  Parameters parameters;
  for (const auto& [name, value] : fields.items()) {
    if (!value.is_null())
      parameters.emplace_back(name, value.is_string() ? value.get<std::string>() : value.dump());
  }
  return parameters;
}

/// "10:00:00-11:00:00", as often as it was given. What the times mean is the server's to say.
result<std::string> times_of(const Values& values) {
  auto times = ordered_json::array();
  for (const std::string& text : values.list("times")) {
    const std::size_t dash = text.find('-');
    if (dash == std::string::npos || dash == 0 || dash + 1 == text.size())
      return fail(Errc::invalid_field, "--times",
                  quote(text) + " is no window; write HH:mm:ss-HH:mm:ss like 10:00:00-11:00:00");
    times.push_back({{"StartTime", text.substr(0, dash)}, {"EndTime", text.substr(dash + 1)}});
  }
  return times.dump();
}

result<void> add_polling(const Values& values, Parameters& parameters) {
  if (values.has("slice") != values.has("every"))
    return fail(Errc::bad_usage, "--slice", "and --every go together");
  if (!values.has("slice")) return success();
  CAMFLEET_TRY(const auto slice_s, values.whole("slice", 1, max_polling_minutes * 60));
  CAMFLEET_TRY(const auto every_min, values.whole("every", 1, max_polling_minutes));
  parameters.emplace_back("IsPolling", "true");
  parameters.emplace_back("SliceExecutionTime", std::to_string(slice_s));
  parameters.emplace_back("OverallExecutionTime", std::to_string(every_min));
  return success();
}

result<std::string> choice_of(const Values& values, std::string_view name, std::string_view otherwise,
                              std::span<const std::string_view> choices) {
  if (!values.has(name)) return std::string(otherwise);
  CAMFLEET_TRY(const std::size_t at, values.choice(name, choices));
  return std::string(choices[at]);
}

result<Parameters> fields_of_options(const Values& values) {
  static constexpr std::array<std::string_view, 4> types{"EVERYDAY", "ONCE", "EVERY_WEEK", "EVERY_MONTH"};
  static constexpr std::array<std::string_view, 3> sources{"REALTIME_STREAM", "PICTURE", "VIRTUAL_VIDEO"};
  for (const char* name : {"name", "device", "algorithm"}) {
    if (values.list(name).empty())
      return fail(Errc::missing_field, std::string("--") + name, "is absent; give it, or --file");
  }
  auto devices = ordered_json::array();
  for (const std::string& id : values.list("device"))
    devices.push_back({{"DeviceId", id}, {"StartStream", true}});
  auto algorithms = ordered_json::array();
  for (const std::string& id : values.list("algorithm"))
    algorithms.push_back({{"AlgorithmId", id}, {"AlgorithmName", id}});
  CAMFLEET_TRY(const std::string type, choice_of(values, "type", "EVERYDAY", types));
  CAMFLEET_TRY(const std::string source, choice_of(values, "source", "REALTIME_STREAM", sources));
  CAMFLEET_TRY(const std::string times, times_of(values));
  Parameters parameters{{"InstanceName", values.text("name")},
                        {"AlgorithmType", source == "PICTURE" ? "PICTURE" : "REALTIME_STREAM"},
                        {"DatasourceType", source},
                        {"Devices", devices.dump()},
                        {"Algorithms", algorithms.dump()},
                        {"ScheduleType", type}};
  if (values.has("times")) parameters.emplace_back("ScheduleTimes", times);
  if (values.has("dates")) parameters.emplace_back("ScheduleCycleDate", values.text("dates"));
  if (values.has("zone")) parameters.emplace_back("Zone", values.text("zone"));
  if (values.has("project")) parameters.emplace_back("ProjectId", values.text("project"));
  if (values.has("spf")) {
    CAMFLEET_TRY(const auto spf, values.whole("spf", 1, max_spf));
    parameters.emplace_back("ComputePictureType", "spf");
    parameters.emplace_back("ComputePictureValue", std::to_string(spf));
  }
  CAMFLEET_CHECK(add_polling(values, parameters));
  return parameters;
}

result<ExitCode> create(const Values& values, Output& out) {
  CAMFLEET_TRY(const api::ApiClient client, client_of(values));
  if (values.has("file")) {
    for (const char* name : {"name", "device", "algorithm", "type", "dates", "times", "slice", "every", "spf",
                             "source", "zone", "project"}) {
      if (values.has(name))
        return fail(Errc::bad_usage, std::string("--") + name, "does not go with --file; write it there");
    }
  }
  CAMFLEET_TRY(const Parameters fields,
               values.has("file") ? fields_of_file(values.text("file")) : fields_of_options(values));
  CAMFLEET_TRY(const ordered_json answer, client.call("CreateComputeInstance", fields));
  if (values.flag("json")) {
    write_json(answer, out);
  } else {
    const ordered_json data = object_of(answer, "Data");
    out.write(fmt::format("instance {} was created, {} ACU\n", text_of(data, "InstanceId"),
                          text_of(data, "AcuUsed")));
  }
  return ExitCode::fine;
}

result<ExitCode> list(const Values& values, Output& out) {
  CAMFLEET_TRY(const api::ApiClient client, client_of(values));
  CAMFLEET_TRY(const auto page, values.whole("page", 1, 1'000'000));
  CAMFLEET_TRY(const auto size, values.whole("page-size", 1, 100));
  Parameters parameters{{"CurrentPage", std::to_string(page)}, {"PageSize", std::to_string(size)}};
  if (values.has("name")) parameters.emplace_back("InstanceName", values.text("name"));
  if (values.has("project")) parameters.emplace_back("ProjectId", values.text("project"));
  CAMFLEET_TRY(const ordered_json answer, client.call("ListInstances", parameters));
  if (values.flag("json")) {
    write_json(answer, out);
    return ExitCode::fine;
  }
  const ordered_json data = object_of(answer, "Data");
  const ordered_json items = list_of(data, "Items");
  Table table({{"id", Align::right},
               {"name"},
               {"status"},
               {"devices", Align::right},
               {"ACU", Align::right},
               {"created"}});
  for (const ordered_json& item : items)
    table.add({text_of(item, "InstanceId"), text_of(item, "InstanceName"), text_of(item, "Status"),
               text_of(item, "DeviceNumber"), text_of(item, "AcuUsed"), created_of(item)});
  std::string text;
  table.flush(text);
  out.write(text +
            fmt::format("{} of {} instances, page {}\n", items.size(), text_of(data, "TotalCount"), page));
  return ExitCode::fine;
}

void write_windows(const ordered_json& windows, Output& out) {
  if (windows.empty()) return out.write("no window is to come\n");
  Table table({{"next windows"}, {"until"}, {"next round"}});
  for (const ordered_json& window : windows) {
    const ordered_json rounds = list_of(window, "Rounds");
    const bool is_polled = !rounds.empty() && rounds.front().is_string();
    table.add({text_of(window, "Opens"), text_of(window, "Closes"),
               is_polled ? rounds.front().get<std::string>() : "-"});
  }
  std::string text = "\n";
  table.flush(text);
  out.write(text);
}

result<ExitCode> describe(const Values& values, Output& out) {
  CAMFLEET_TRY(const api::ApiClient client, client_of(values));
  CAMFLEET_TRY(const ordered_json answer,
               client.call("DescribeComputeInstance", {{"InstanceId", values.positionals().front()}}));
  if (values.flag("json")) {
    write_json(answer, out);
    return ExitCode::fine;
  }
  const ordered_json data = object_of(answer, "Data");
  const std::vector<std::pair<std::string_view, std::string>> rows{
      {"id", text_of(data, "InstanceId")},
      {"name", text_of(data, "InstanceName")},
      {"project", text_of(data, "ProjectId")},
      {"status", text_of(data, "Status")},
      {"created", created_of(data)},
      {"schedule", text_of(data, "ScheduleType") + " in " + text_of(data, "Zone")},
      {"ACU", text_of(data, "AcuUsed")},
      {"algorithms", listed(list_of(data, "Algorithms"), "AlgorithmId")},
      {"devices", listed(list_of(data, "Devices"), "DeviceId")}};
  for (const auto& [name, value] : rows) out.write(fmt::format("{:<11} {}\n", name, value));
  write_windows(list_of(data, "NextWindows"), out);
  return ExitCode::fine;
}

result<ExitCode> remove(const Values& values, Output& out) {
  CAMFLEET_TRY(const api::ApiClient client, client_of(values));
  const std::vector<std::string>& ids = values.positionals();
  Parameters parameters{{"InstanceIds", ordered_json(ids).dump()}};
  if (values.has("project")) parameters.emplace_back("ProjectId", values.text("project"));
  CAMFLEET_TRY(const ordered_json answer, client.call("BatchDeleteInstance", parameters));
  if (values.flag("json")) {
    write_json(answer, out);
  } else {
    for (const std::string& id : ids) out.write(fmt::format("instance {} was deleted\n", printable(id)));
  }
  return ExitCode::fine;
}

Option project_option() {
  return {"project", "ID", "the project; by default the key's"};
}

std::vector<Option> create_options() {
  return {{"name", "NAME", "1 to 128 characters"},
          {.name = "device",
           .argument = "ID",
           .help = "a camera; as often as there are some",
           .repeatable = true},
          {.name = "algorithm",
           .argument = "ID",
           .help = "an algorithm of the catalogue; as often as there are some",
           .repeatable = true},
          {"type", "EVERYDAY|ONCE|EVERY_WEEK|EVERY_MONTH", "on which days; by default EVERYDAY"},
          {"dates", "LIST", "weekdays 1 (Monday) to 7, or days of the month, with commas"},
          {.name = "times",
           .argument = "FROM-TO",
           .help = "window like 10:00:00-11:00:00, as often as there are some; ONCE without any starts now",
           .repeatable = true},
          {"slice", "SECONDS", "polling: how long a device is analysed in a round"},
          {"every", "MINUTES", "polling: how long a round lasts"},
          {"spf", "SECONDS", fmt::format("seconds per frame, 1 to {}; by default 1", max_spf)},
          {"source", "REALTIME_STREAM|PICTURE|VIRTUAL_VIDEO",
           "what the devices send; by default REALTIME_STREAM"},
          {"zone", "ZONE", "zone of the schedule, like Europe/Berlin; by default the server's"},
          project_option(),
          {"file", "FIELDS.json", "all fields as the API has them, instead of the options above"}};
}

}  // namespace

Command create_command() {
  return {
      .name = "create",
      .summary = "create a compute instance at a server",
      .about =
          "Calls CreateComputeInstance of `camfleet serve`, or of any server that answers it. What the "
          "fields mean is the server's to judge; its words are shown.",
      .options = with_connection(create_options()),
      .examples = {{"camfleet create --name gate --device cam-1 --algorithm 2 --times 10:00:00-11:00:00",
                    "the id of an instance that counts people every morning"},
                   {"camfleet create --name rounds --device 1 --device 2 --algorithm 1 \\\n      --times "
                    "22:00:00-06:00:00 --slice 60 --every 10",
                    "each of two cameras for a minute every ten, all night"}},
      .run = create,
  };
}

Command list_command() {
  return {
      .name = "list",
      .summary = "list the compute instances of a server",
      .about = "Calls ListInstances: the newest come first.",
      .options = with_connection({{"name", "PART", "those alone whose name holds this"},
                                  {"project", "ID", "of this project alone"},
                                  {"page", "N", "which page, from 1", "1"},
                                  {"page-size", "N", "instances on a page, 1 to 100", "100"}}),
      .examples = {{"camfleet list --name gate", "id, name, status, devices, ACU and when it was created"}},
      .run = list,
  };
}

Command describe_command() {
  return {
      .name = "describe",
      .summary = "show one compute instance of a server, with its next windows",
      .about = "Calls DescribeComputeInstance, which `camfleet serve` has and the vendor has not.",
      .positionals = {"ID", "of an instance, as list shows it", 1, 1},
      .options = with_connection({}),
      .examples = {{"camfleet describe 1", "its fields, and the next windows and rounds"}},
      .run = describe,
  };
}

Command delete_command() {
  return {
      .name = "delete",
      .summary = "delete compute instances of a server",
      .about =
          "Calls BatchDeleteInstance: all of them are deleted, or none. What runs is cancelled; slices and "
          "findings stay.",
      .positionals = {"ID", "of an instance, as list shows it", 1, max_deleted},
      .options = with_connection({project_option()}),
      .examples = {{"camfleet delete 1 2", "both are gone"}},
      .run = remove,
  };
}

}  // namespace camfleet::cli
