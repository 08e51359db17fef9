#include "actors/spec/spec.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <span>

#include <nlohmann/json.hpp>

#include "actors/base/json_text.hpp"
#include "actors/base/text.hpp"
#include "actors/spec/spec_fields.hpp"
#include "actors/spec/stream_hints.hpp"

namespace camfleet {
namespace {

using nlohmann::json;

constexpr std::array<std::string_view, 17> instance_fields{"InstanceName",
                                                           "ProjectId",
                                                           "AlgorithmType",
                                                           "DatasourceType",
                                                           "Devices",
                                                           "Algorithms",
                                                           "ScheduleDay",
                                                           "ScheduleType",
                                                           "ScheduleCycleDate",
                                                           "ScheduleTimes",
                                                           "IsPolling",
                                                           "SliceExecutionTime",
                                                           "OverallExecutionTime",
                                                           "ComputePictureType",
                                                           "ComputePictureValue",
                                                           "IsFrameExtraction",
                                                           "Zone"};
constexpr std::array<std::string_view, 6> deprecated_fields{
    "PicType", "PicTopic", "AcuUsed", "StorageUsed", "ScheduleDaySize", "PollingConfigs"};
constexpr std::array<std::string_view, 6> device_fields{"DeviceId",     "RegionId",       "BitRate",
                                                        "CodingFormat", "ResolvingPower", "StartStream"};
constexpr std::array<std::string_view, 2> algorithm_fields{"AlgorithmId", "AlgorithmName"};

template <class Value, std::size_t size>
result<Value> parse_choice(const Fields& fields, const char* name,
                           const std::array<std::pair<std::string_view, Value>, size>& choices) {
  CAMFLEET_TRY(const std::string text, fields.required_text(name));
  std::string right;
  for (const auto& [known, value] : choices) {
    if (known == text) return value;
    right += right.empty() ? "" : ", ";
    right += known;
  }
  return fail(Errc::invalid_field, fields.path(name), quote(text) + " is not one of " + right);
}

/// A cost hint: kept when absent.
template <class Value>
result<void> read_hint(const Fields& fields, const char* name,
                       std::optional<Value> (*parse)(std::string_view), const char* right, Value& into) {
  CAMFLEET_TRY(const auto text, fields.text(name));
  if (!text) return success();
  const auto value = parse(*text);
  if (!value)
    return fail(Errc::invalid_field, fields.path(name), quote(*text) + " is not allowed; write " + right);
  into = *value;
  return success();
}

result<DeviceSpec> parse_device(const Fields& fields) {
  DeviceSpec device;
  CAMFLEET_TRY(device.id, fields.required_text("DeviceId"));
  CAMFLEET_TRY(device.start_stream, fields.required_boolean("StartStream"));
  CAMFLEET_TRY(const auto region, fields.text("RegionId"));
  device.region = region.value_or("");
  CAMFLEET_CHECK(read_hint(fields, "BitRate", parse_bit_rate, "a rate like 4Mbps or 512kbps", device.kbps));
  CAMFLEET_CHECK(
      read_hint(fields, "CodingFormat", parse_coding, "H264, H265, VP8, VP9 or MPEG4", device.coding));
  CAMFLEET_CHECK(read_hint(fields, "ResolvingPower", parse_size, "lines like 1080p or a size like 1920x1080",
                           device.size));
  return device;
}

result<AlgorithmSpec> parse_algorithm(const Fields& fields) {
  AlgorithmSpec algorithm;
  CAMFLEET_TRY(algorithm.id, fields.required_text("AlgorithmId"));
  CAMFLEET_TRY(algorithm.name, fields.required_text("AlgorithmName"));
  return algorithm;
}

/// Reads a list of objects with an id that must not repeat.
template <class Item>
result<std::vector<Item>> parse_list(const Fields& fields, const char* name, std::size_t longest,
                                     std::span<const std::string_view> allowed, bool refuse_unknown,
                                     result<Item> (*parse_item)(const Fields&)) {
  CAMFLEET_TRY(const json list, fields.required_list(name));
  if (list.size() > longest) {
    return fail(Errc::limit, fields.path(name),
                std::to_string(list.size()) + " entries; at most " + std::to_string(longest));
  }
  std::vector<Item> items;
  std::set<std::string, std::less<>> seen;
  for (std::size_t i = 0; i < list.size(); ++i) {
    const std::string path = fields.path(name) + "[" + std::to_string(i) + "]";
    CAMFLEET_TRY(const Fields entry, Fields::of(list[i], path));
    if (refuse_unknown) CAMFLEET_CHECK(entry.refuse_unknown(allowed, {}));
    CAMFLEET_TRY(Item item, parse_item(entry));
    if (!seen.insert(item.id).second)
      return fail(Errc::invalid_field, path, quote(item.id) + " is listed twice; list it once");
    items.push_back(std::move(item));
  }
  return items;
}

result<std::optional<Polling>> parse_polling(const Fields& fields) {
  CAMFLEET_TRY(const auto is_polling, fields.boolean("IsPolling"));
  if (!is_polling.value_or(false)) return std::optional<Polling>();
  CAMFLEET_TRY(const auto n,
               fields.required_whole("SliceExecutionTime", 1, max_polling_minutes * 60, "whole seconds"));
  CAMFLEET_TRY(const auto m,
               fields.required_whole("OverallExecutionTime", 1, max_polling_minutes, "whole minutes"));
  if (n > m * 60) {
    return fail(Errc::invalid_field, fields.path("SliceExecutionTime"),
                std::to_string(n) + " s is longer than the round of " + std::to_string(m) +
                    " min; write at most " + std::to_string(m * 60));
  }
  return std::optional(Polling{seconds(n), minutes(m)});
}

result<Schedule> parse_schedule(const Fields& fields, const SpecRules& rules) {
  Schedule schedule;
  CAMFLEET_TRY(const auto zone, fields.text("Zone"));
  schedule.zone = zone.value_or(rules.default_zone);
  CAMFLEET_TRY(const std::string type, fields.required_text("ScheduleType"));
  CAMFLEET_TRY(schedule.type, parse_schedule_type(type));
  if (schedule.type == ScheduleType::every_week || schedule.type == ScheduleType::every_month) {
    CAMFLEET_TRY(const json dates, fields.required("ScheduleCycleDate"));
    CAMFLEET_TRY(schedule.days, parse_cycle_dates(dates, schedule.type));
  }
  if (schedule.type != ScheduleType::once || fields.has("ScheduleTimes")) {
    CAMFLEET_TRY(const json times, fields.required("ScheduleTimes"));
    // ONCE may come without times; an empty list has none.
    const bool is_empty = times == json::array() || times == "[]";
    if (schedule.type != ScheduleType::once || !is_empty) {
      CAMFLEET_TRY(schedule.windows, parse_schedule_times(times));
    }
  }
  CAMFLEET_CHECK(settle_overlaps(schedule, rules.overlap));
  return schedule;
}

result<void> parse_sampling(const Fields& fields, InstanceSpec& spec) {
  CAMFLEET_TRY(const auto unit, fields.text("ComputePictureType"));
  if (unit && *unit != "spf") {
    return fail(Errc::invalid_field, fields.path("ComputePictureType"),
                quote(*unit) + " is not allowed; write spf (seconds per frame)");
  }
  CAMFLEET_TRY(const auto spf, fields.whole("ComputePictureValue", 1, max_spf, "whole seconds per frame"));
  spec.spf = static_cast<int>(spf.value_or(1));
  CAMFLEET_TRY(const auto extraction, fields.text("IsFrameExtraction"));
  if (extraction && *extraction != "0" && *extraction != "1") {
    return fail(Errc::invalid_field, fields.path("IsFrameExtraction"),
                quote(*extraction) + " is not allowed; write 0 (pictures at spf) or 1 (every frame)");
  }
  spec.every_frame = extraction && *extraction == "1";
  return success();
}

}  // namespace

result<InstanceSpec> parse_instance(const json& object, const SpecRules& rules) {
  using AlgorithmChoice = std::pair<std::string_view, AlgorithmType>;
  using SourceChoice = std::pair<std::string_view, DatasourceType>;
  CAMFLEET_TRY(const Fields fields, Fields::of(object, ""));
  if (rules.refuse_unknown_fields) CAMFLEET_CHECK(fields.refuse_unknown(instance_fields, deprecated_fields));
  InstanceSpec spec;
  CAMFLEET_TRY(spec.name, fields.required_text("InstanceName"));
  CAMFLEET_TRY(const auto project, fields.text("ProjectId"));
  spec.project = project.value_or("");
  CAMFLEET_TRY(spec.algorithm_type,
               (parse_choice(fields, "AlgorithmType",
                             std::array{AlgorithmChoice{"REALTIME_STREAM", AlgorithmType::realtime_stream},
                                        AlgorithmChoice{"PICTURE", AlgorithmType::picture}})));
  if (fields.has("DatasourceType")) {
    CAMFLEET_TRY(spec.datasource_type,
                 (parse_choice(fields, "DatasourceType",
                               std::array{SourceChoice{"REALTIME_STREAM", DatasourceType::realtime_stream},
                                          SourceChoice{"PICTURE", DatasourceType::picture},
                                          SourceChoice{"VIRTUAL_VIDEO", DatasourceType::virtual_video}})));
  }
  const bool strict = rules.refuse_unknown_fields;
  CAMFLEET_TRY(spec.devices, parse_list(fields, "Devices", max_devices, device_fields, strict, parse_device));
  CAMFLEET_TRY(spec.algorithms,
               parse_list(fields, "Algorithms", max_algorithms, algorithm_fields, strict, parse_algorithm));
  CAMFLEET_TRY(const auto day, fields.text("ScheduleDay"));
  if (day && *day != "1" && *day != "7" && *day != "30") {
    return fail(Errc::invalid_field, "ScheduleDay",
                quote(*day) + " is not allowed; write 1 (day), 7 (week) or 30 (month)");
  }
  if (day) spec.schedule_day = parse_int<int>(*day);
  CAMFLEET_TRY(spec.schedule, parse_schedule(fields, rules));
  CAMFLEET_TRY(spec.polling, parse_polling(fields));
  CAMFLEET_CHECK(parse_sampling(fields, spec));
  return spec;
}

}  // namespace camfleet
