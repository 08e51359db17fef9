#include "tests/fuzz/spec_text.hpp"

#include <array>
#include <set>

#include <nlohmann/json.hpp>

#include "actors/base/text.hpp"
#include "tests/fuzz/require.hpp"

namespace camfleet::fuzz {
namespace {

using nlohmann::json;

constexpr std::int32_t day_s = 86'400;
constexpr std::size_t longest_line = 2000;

std::string clock_text(std::int32_t second) {
  std::string out;
  append_int(out, second / 3600, 2);
  out += ':';
  append_int(out, second / 60 % 60, 2);
  out += ':';
  append_int(out, second % 60, 2);
  return out;
}

void put_schedule(json& fields, const Schedule& schedule) {
  fields["Zone"] = schedule.zone;
  fields["ScheduleType"] = to_text(schedule.type);
  std::string days;
  for (unsigned day = 0; day < 32; ++day) {
    if (((schedule.days >> day) & 1U) != 0) days += (days.empty() ? "" : ",") + std::to_string(day);
  }
  fields["ScheduleCycleDate"] = days;
  for (const DailyWindow& window : schedule.windows) {
    const std::int32_t end = window.end_s > day_s ? window.end_s - day_s : window.end_s;
    fields["ScheduleTimes"].push_back(
        {{"StartTime", clock_text(window.start_s)}, {"EndTime", clock_text(end)}});
  }
}

bool is_text(const std::string& text) {
  return !text.empty() && is_plain_utf8(text) && utf8_length(text) <= max_name_length;
}

void check_lists(const InstanceSpec& spec) {
  require(!spec.devices.empty() && spec.devices.size() <= max_devices, "1 to 10,000 devices");
  require(!spec.algorithms.empty() && spec.algorithms.size() <= max_algorithms, "1 to 16 algorithms");
  std::set<std::string> ids;
  for (const DeviceSpec& device : spec.devices) {
    require(is_text(device.id) && ids.insert(device.id).second, "each device once", device.id);
    require(device.region.empty() || is_text(device.region), "a region is a text", device.region);
    require(device.kbps >= 1 && device.kbps <= 100'001'000, "a rate is in its range", device.id);
    require(device.size.width >= 16 && device.size.height >= 16 && device.size.height <= 16'384,
            "a size is in its range", device.id);
  }
  ids.clear();
  for (const AlgorithmSpec& algorithm : spec.algorithms) {
    require(is_text(algorithm.id) && ids.insert(algorithm.id).second, "each algorithm once", algorithm.id);
    require(is_text(algorithm.name), "an algorithm has a name", algorithm.name);
  }
}

void check_schedule(const Schedule& schedule, OverlapRule overlap) {
  const auto& windows = schedule.windows;
  const bool is_daily = schedule.type == ScheduleType::every_day || schedule.type == ScheduleType::once;
  require(is_text(schedule.zone), "a zone is a text", schedule.zone);
  require(windows.size() <= max_daily_windows, "at most 288 windows");
  require(schedule.type == ScheduleType::once || !windows.empty(), "only ONCE may have no window");
  require(is_daily == (schedule.days == 0), "days are listed where they count");
  if (schedule.type == ScheduleType::every_week)
    require((schedule.days & ~0xFEU) == 0, "weekdays are 1 to 7");
  for (std::size_t i = 0; i < windows.size(); ++i) {
    require(windows[i].start_s >= 0 && windows[i].start_s < day_s, "a window starts within its day");
    require(windows[i].start_s < windows[i].end_s, "a window lasts");
    require(windows[i].end_s < 2 * day_s, "a window ends on its day or the next");
    if (overlap == OverlapRule::reject)
      require(windows[i].end_s - windows[i].start_s <= day_s, "a window lasts a day at most");
    if (i > 0) require(windows[i - 1].end_s <= windows[i].start_s, "windows of a day are apart");
  }
  if (is_daily && !windows.empty())
    require(windows.back().end_s - day_s <= windows.front().start_s, "windows are apart around the clock");
}

std::string thousandths(std::uint32_t number) {
  const std::string digits = std::to_string(number);
  return std::string(3 - digits.size(), '0') + digits;
}

std::string size_text(FrameSize size) {
  const std::string height = std::to_string(size.height);
  return size.width == size.height * 16 / 9 ? height + "p" : std::to_string(size.width) + "x" + height;
}

}  // namespace

json fields_of(const InstanceSpec& spec) {
  constexpr std::array sources{"REALTIME_STREAM", "PICTURE", "VIRTUAL_VIDEO"};
  json fields{
      {"InstanceName", spec.name},
      {"ProjectId", spec.project},
      {"AlgorithmType", spec.algorithm_type == AlgorithmType::picture ? "PICTURE" : "REALTIME_STREAM"},
      {"DatasourceType", sources.at(static_cast<std::size_t>(spec.datasource_type))},
      {"ComputePictureType", "spf"},
      {"ComputePictureValue", spec.spf},
      {"IsFrameExtraction", spec.every_frame ? "1" : "0"},
      {"IsPolling", spec.polling.has_value()}};
  for (const DeviceSpec& device : spec.devices) {
    fields["Devices"].push_back(
        {{"DeviceId", device.id},
         {"RegionId", device.region},
         {"BitRate", std::to_string(device.kbps / 1000) + "." + thousandths(device.kbps % 1000) + "Mbps"},
         {"CodingFormat", to_text(device.coding)},
         {"ResolvingPower", size_text(device.size)},
         {"StartStream", device.start_stream}});
  }
  for (const AlgorithmSpec& algorithm : spec.algorithms)
    fields["Algorithms"].push_back({{"AlgorithmId", algorithm.id}, {"AlgorithmName", algorithm.name}});
  if (spec.schedule_day) fields["ScheduleDay"] = *spec.schedule_day;
  put_schedule(fields, spec.schedule);
  if (spec.polling) {
    fields["SliceExecutionTime"] = spec.polling->slice / seconds(1);
    fields["OverallExecutionTime"] = spec.polling->every / minutes(1);
  }
  return fields;
}

void check_spec(const InstanceSpec& spec, OverlapRule overlap) {
  require(is_text(spec.name), "an instance has a name", spec.name);
  require(spec.project.empty() || is_text(spec.project), "a project is a text", spec.project);
  check_lists(spec);
  check_schedule(spec.schedule, overlap);
  require(spec.spf >= 1 && spec.spf <= max_spf, "1 to 3600 seconds per frame");
  if (spec.polling) {
    require(spec.polling->slice >= seconds(1), "a slice lasts");
    require(spec.polling->slice <= spec.polling->every, "a slice is no longer than its round");
  }
}

void check_error(const Error& error) {
  const std::string line = error.line();
  require(error.code == Errc::missing_field || error.code == Errc::invalid_field ||
              error.code == Errc::duplicate_field || error.code == Errc::limit,
          "a refusal of a field", line);
  require(!error.what.empty(), "a refusal says why", line);
  require(is_plain_utf8(line), "a refusal is one line of UTF-8", line);
  require(line.size() <= longest_line, "a refusal is short", line);
}

}  // namespace camfleet::fuzz
