#include <nlohmann/json.hpp>

#include "simulator/scenario.hpp"
#include "simulator/summary.hpp"
#include "tools/camfleet/cli/footage_arguments.hpp"
#include "tools/camfleet/cli/options.hpp"
#include "tools/camfleet/commands/commands.hpp"
#include "tools/camfleet/worlds/run_output.hpp"

namespace camfleet::cli {
namespace {

/// The one instance of a replay, in the API's fields.
nlohmann::json instance_fields(const Values& values, const std::vector<sim::ScenarioDevice>& devices) {
  nlohmann::json fields{{"InstanceName", "replay"},
                        {"AlgorithmType", "REALTIME_STREAM"},
                        {"ScheduleType", values.text("type")}};
  for (const sim::ScenarioDevice& device : devices)
    fields["Devices"].push_back({{"DeviceId", device.id}, {"StartStream", true}});
  for (const std::string& id : values.list("algorithm"))
    fields["Algorithms"].push_back({{"AlgorithmId", id}, {"AlgorithmName", id}});
  constexpr std::pair<const char*, const char*> texts[] = {
      {"dates", "ScheduleCycleDate"},    {"times", "ScheduleTimes"},     {"slice", "SliceExecutionTime"},
      {"every", "OverallExecutionTime"}, {"spf", "ComputePictureValue"}, {"zone", "Zone"}};
  for (const auto& [option, field] : texts) {
    if (values.has(option)) fields[field] = values.text(option);
  }
  if (values.has("slice") || values.has("every")) fields["IsPolling"] = true;
  if (values.flag("every-frame")) fields["IsFrameExtraction"] = "1";
  return fields;
}

/// The error of a field, told of the option that it was given by.
Error as_option(Error error) {
  constexpr std::pair<std::string_view, std::string_view> names[] = {{"ScheduleCycleDate", "--dates"},
                                                                     {"ScheduleTimes", "--times"},
                                                                     {"SliceExecutionTime", "--slice"},
                                                                     {"OverallExecutionTime", "--every"},
                                                                     {"ComputePictureValue", "--spf"},
                                                                     {"ScheduleType", "--type"},
                                                                     {"Zone", "--zone"},
                                                                     {"Algorithms", "--algorithm"}};
  for (const auto& [field, option] : names) {
    if (error.where.starts_with(field)) error.where.replace(0, field.size(), option);
  }
  return error;
}

result<sim::Scenario> footage_scenario(const Values& values, plant::ProblemLog& problems) {
  sim::Scenario scenario;
  scenario.name = "replay";
  CAMFLEET_TRY(scenario.from, values.instant("from"));
  CAMFLEET_TRY(scenario.span, values.span("for"));
  FootageArguments footage(problems);
  for (const std::string& argument : values.positionals()) CAMFLEET_CHECK(footage.add(argument));
  scenario.devices = std::move(footage.devices());
  auto spec = parse_instance(instance_fields(values, scenario.devices), {});
  if (!spec.has_value()) return pass(as_option(spec.error()));
  scenario.instances.push_back(std::move(spec).value());
  return scenario;
}

result<ExitCode> replay_footage(const Values& values, Output& out) {
  RunReport report;
  CAMFLEET_TRY(const sim::Scenario scenario, footage_scenario(values, report.problems));
  const auto ran = run_and_print(scenario, World::replay, values, out, report);
  if (!ran.has_value()) return pass(as_option(ran.error()));
  const auto& samples = report.summary["samples"];
  const bool nothing =
      samples["due"].get<std::uint64_t>() > 0 && samples["analysed"].get<std::uint64_t>() == 0;
  return nothing ? ExitCode::failed : ExitCode::fine;
}

std::vector<Option> schedule_options() {
  return {{.name = "type",
           .argument = "TYPE",
           .help = "EVERYDAY, ONCE, EVERY_WEEK or EVERY_MONTH",
           .default_value = "ONCE",
           .group = "schedule"},
          {.name = "dates",
           .argument = "LIST",
           .help = "days for EVERY_WEEK (1 = Monday to 7) or EVERY_MONTH, like 1,4,6",
           .group = "schedule"},
          {.name = "times",
           .argument = "JSON",
           .help = "windows, like [{\"StartTime\":\"10:00:00\",\"EndTime\":\"11:00:00\"}]",
           .group = "schedule"},
          {.name = "zone",
           .argument = "ZONE",
           .help = "IANA time zone of the times",
           .default_value = "Asia/Shanghai",
           .group = "schedule"},
          {.name = "slice",
           .argument = "SECONDS",
           .help = "polling: how long a device is analysed in a round; with --every",
           .group = "schedule"},
          {.name = "every",
           .argument = "MINUTES",
           .help = "polling: how long a round lasts; with --slice",
           .group = "schedule"},
          {.name = "from",
           .argument = "INSTANT",
           .help = "when the instance is created, in virtual time",
           .default_value = "2026-01-01T00:00:00Z",
           .group = "schedule"},
          {.name = "for",
           .argument = "SPAN",
           .help = "how much virtual time passes at most, like 12h or 30d",
           .default_value = "1d",
           .group = "schedule"}};
}

}  // namespace

Command replay_command() {
  Command command{
      .name = "replay",
      .summary = "analyse recorded footage with an algorithm, repeatably",
      .about =
          "Each clip, also of a folder of clips, and each folder of pictures becomes a device, all of them "
          "one "
          "instance. Without schedule "
          "options every device "
          "is analysed once from start to end; with them as a camera would be: the footage starts at each "
          "window's opening. "
          "The same footage, algorithm and options give the same findings and the same ledger. "
          "Ends with 3 when not one sample could be analysed.",
      .positionals = {.name = "FILE|DIR",
                      .help = "video files, folders of clips or of pictures, or source URLs "
                              "(file:///clip.mp4?loop=1)",
                      .least = 1,
                      .most = 10'000},
      .examples =
          {{"camfleet replay entrance.mp4 --algorithm 2 --spf 1 --out out/entrance",
            "people in a clip, one look a second"},
           {"camfleet replay day.mp4 --algorithm 1 --type EVERYDAY --times "
            "'[{\"StartTime\":\"10:00:00\",\"EndTime\":\"11:00:00\"}]' --slice 60 --every 10 --for 1d",
            "faces in a minute of every ten, as a polled camera would be analysed"}},
      .run = replay_footage,
  };
  command.options = {{.name = "algorithm",
                      .argument = "ID",
                      .help = "of the catalogue: 1 face, 2 person, 3 motion, 4 objects, 5 faces (YuNet); may "
                              "be given several times",
                      .required = true,
                      .repeatable = true},
                     {.name = "spf",
                      .argument = "SECONDS",
                      .help = "seconds per frame: how far samples are apart, 1 to 3600",
                      .default_value = "1"},
                     {.name = "every-frame", .help = "analyse every frame instead of one in SECONDS"}};
  for (Option& option : run_options()) command.options.push_back(std::move(option));
  const auto schedule = schedule_options();
  command.options.insert(command.options.end(), schedule.begin(), schedule.end());
  return command;
}

}  // namespace camfleet::cli
