#include "simulator/checker/checked_plan.hpp"

#include <string>
#include <utility>

#include <nlohmann/json.hpp>

#include "actors/plan/calendar.hpp"
#include "simulator/score/line_fields.hpp"

namespace camfleet::check {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;
using score::LineFields;

/// Beyond what a calendar has.
constexpr std::int64_t longest_round_s = max_polling_minutes * 60;
constexpr std::int64_t most_number = UINT32_MAX;

std::int64_t whole_seconds(Duration span) {
  return span / seconds(1);
}

ordered_json json_of(const CheckedInstance& instance) {
  ordered_json item;
  item["id"] = instance.id;
  item["created"] = to_iso(instance.created);
  if (instance.ended != end_of_time) item["ended"] = to_iso(instance.ended);
  item["schedule"] = to_text(instance.schedule.type);
  item["zone"] = instance.schedule.zone;
  item["days"] = instance.schedule.days;
  item["windows"] = ordered_json::array();
  for (const DailyWindow& one : instance.schedule.windows)
    item["windows"].push_back({one.start_s, one.end_s});
  if (instance.polling)
    item["polling_s"] = {whole_seconds(instance.polling->slice), whole_seconds(instance.polling->every)};
  item["spf"] = instance.spf;
  item["every_frame"] = instance.every_frame;
  item["algorithms"] = instance.algorithms;
  item["phases_ns"] = ordered_json::array();
  for (const Duration phase : instance.phases) item["phases_ns"].push_back(phase.count());
  item["devices"] = ordered_json::array();
  for (const CheckedMember& one : instance.members) item["devices"].push_back({one.device, one.is_pulled});
  return item;
}

/// A list of `size` whole numbers.
result<std::vector<std::int64_t>> numbers(const json& list, std::size_t size, const std::string& where) {
  std::vector<std::int64_t> read;
  if (list.is_array() && (size == 0 || list.size() == size)) {
    for (const json& one : list) {
      if (one.is_number_integer()) read.push_back(one.get<std::int64_t>());
    }
  }
  if (!list.is_array() || read.size() != list.size() || (size != 0 && read.size() != size))
    return fail(Errc::corrupt, where, "is no list of whole numbers");
  return read;
}

result<Schedule> read_schedule(const LineFields& fields) {
  Schedule schedule;
  CAMFLEET_TRY(const std::string type, fields.text("schedule"));
  CAMFLEET_TRY(schedule.type, parse_schedule_type(type));
  CAMFLEET_TRY(schedule.zone, fields.text("zone"));
  CAMFLEET_CHECK(check_zone(schedule.zone));
  CAMFLEET_TRY(const auto days, fields.whole("days", 0, most_number));
  schedule.days = static_cast<std::uint32_t>(days);
  CAMFLEET_TRY(const json* windows, fields.list("windows"));
  for (const json& one : *windows) {
    CAMFLEET_TRY(const auto span, numbers(one, 2, fields.place("windows")));
    if (span[0] < 0 || span[0] >= day_s || span[1] <= span[0] || span[1] >= 2 * day_s)
      return fail(Errc::corrupt, fields.place("windows"), "has one that no day has");
    schedule.windows.push_back({static_cast<std::int32_t>(span[0]), static_cast<std::int32_t>(span[1])});
  }
  return schedule;
}

result<void> read_members(const LineFields& fields, std::size_t devices, CheckedInstance& instance) {
  CAMFLEET_TRY(const json* members, fields.list("devices"));
  for (const json& one : *members) {
    const bool is_pair =
        one.is_array() && one.size() == 2 && one[0].is_number_unsigned() && one[1].is_boolean();
    if (!is_pair || one[0].get<std::uint64_t>() >= devices)
      return fail(Errc::corrupt, fields.place("devices"), "has an entry that is no device of the plan");
    instance.members.push_back({one[0].get<std::uint32_t>(), one[1].get<bool>()});
  }
  return success();
}

result<CheckedInstance> read_instance(const json& object, std::size_t devices, std::string where) {
  CAMFLEET_TRY(const LineFields fields, LineFields::of(object, std::move(where)));
  CheckedInstance instance;
  CAMFLEET_TRY(instance.id, fields.text("id"));
  CAMFLEET_TRY(instance.created, fields.instant("created"));
  if (fields.has("ended")) {
    CAMFLEET_TRY(instance.ended, fields.instant("ended"));
  }
  CAMFLEET_TRY(instance.schedule, read_schedule(fields));
  if (fields.has("polling_s")) {
    CAMFLEET_TRY(const json* polling, fields.list("polling_s"));
    CAMFLEET_TRY(const auto spans, numbers(*polling, 2, fields.place("polling_s")));
    if (spans[0] < 1 || spans[1] < 60 || spans[1] > longest_round_s || spans[0] > spans[1])
      return fail(Errc::corrupt, fields.place("polling_s"), "has a span that no round has");
    instance.polling = {seconds(spans[0]), seconds(spans[1])};
  }
  CAMFLEET_TRY(const auto spf, fields.whole("spf", 1, max_spf));
  instance.spf = static_cast<int>(spf);
  CAMFLEET_TRY(instance.every_frame, fields.flag("every_frame"));
  CAMFLEET_TRY(const json* algorithms, fields.list("algorithms"));
  for (const json& one : *algorithms) {
    if (!one.is_string()) return fail(Errc::corrupt, fields.place("algorithms"), "has one that is no text");
    instance.algorithms.push_back(one.get<std::string>());
  }
  CAMFLEET_TRY(const json* phases, fields.list("phases_ns"));
  CAMFLEET_TRY(const auto spans, numbers(*phases, 0, fields.place("phases_ns")));
  for (const std::int64_t one : spans) {
    if (one < 0 || Duration(one) > Duration(seconds(longest_round_s)))
      return fail(Errc::corrupt, fields.place("phases_ns"), "has one that no round has");
    instance.phases.emplace_back(one);
  }
  CAMFLEET_CHECK(read_members(fields, devices, instance));
  const std::size_t listed = std::max<std::size_t>(instance.schedule.windows.size(), 1);
  if (instance.phases.size() < listed) return fail(Errc::corrupt, fields.place("phases_ns"), "is too short");
  return instance;
}

}  // namespace

CheckedPlan plan_of(const Roster& roster, Instant from, Instant until) {
  CheckedPlan plan;
  plan.from = from;
  plan.until = until;
  plan.known_until = end_of_time;
  for (std::uint32_t i = 0; i < roster.device_count(); ++i) {
    const DeviceEntry& device = roster[DeviceIx{i}];
    plan.devices.push_back({device.id, device.kind == DeviceKind::live});
  }
  for (std::uint32_t i = 0; i < roster.instance_count(); ++i) {
    const InstanceEntry& entry = roster[InstanceIx{i}];
    CheckedInstance instance;
    instance.id = entry.id;
    instance.created = entry.created;
    instance.schedule = entry.calendar.schedule();
    instance.polling = entry.spec.polling;
    instance.spf = entry.spec.spf;
    instance.every_frame = entry.spec.every_frame;
    instance.phases = entry.phases;
    if (instance.phases.empty()) instance.phases.emplace_back(0);
    for (const AlgorithmIx one : entry.algorithms) instance.algorithms.push_back(roster[one]);
    for (std::size_t k = 0; k < entry.devices.size(); ++k)
      instance.members.push_back({entry.devices[k].value, entry.spec.devices[k].start_stream});
    plan.instances.push_back(std::move(instance));
  }
  return plan;
}

ordered_json to_json(const CheckedPlan& plan) {
  ordered_json json;
  json["from"] = to_iso(plan.from);
  json["until"] = to_iso(plan.until);
  if (plan.healed) json["healed"] = to_iso(*plan.healed);
  json["around_end_s"] = ceil_div(plan.around_end, seconds(1));
  json["devices"] = ordered_json::array();
  for (const CheckedDevice& one : plan.devices)
    json["devices"].push_back({{"id", one.id}, {"live", one.is_live}});
  json["instances"] = ordered_json::array();
  for (const CheckedInstance& one : plan.instances) json["instances"].push_back(json_of(one));
  return json;
}

result<CheckedPlan> read_plan(const json& object) {
  CAMFLEET_TRY(const LineFields fields, LineFields::of(object, "plan.json"));
  CheckedPlan plan;
  CAMFLEET_TRY(plan.from, fields.instant("from"));
  CAMFLEET_TRY(plan.until, fields.instant("until"));
  plan.known_until = end_of_time;
  if (fields.has("healed")) {
    CAMFLEET_TRY(const Instant healed, fields.instant("healed"));
    plan.healed = healed;
  }
  CAMFLEET_TRY(const auto around_end, fields.whole("around_end_s", 0, day_s));
  plan.around_end = seconds(around_end);
  CAMFLEET_TRY(const json* devices, fields.list("devices"));
  for (const json& one : *devices) {
    CAMFLEET_TRY(const LineFields device, LineFields::of(one, fields.place("devices")));
    CheckedDevice read;
    CAMFLEET_TRY(read.id, device.text("id"));
    CAMFLEET_TRY(read.is_live, device.flag("live"));
    plan.devices.push_back(std::move(read));
  }
  CAMFLEET_TRY(const json* instances, fields.list("instances"));
  for (std::size_t i = 0; i < instances->size(); ++i) {
    CAMFLEET_TRY(CheckedInstance read, read_instance((*instances)[i], plan.devices.size(),
                                                     fields.place("instances[" + std::to_string(i) + "]")));
    plan.instances.push_back(std::move(read));
  }
  return plan;
}

}  // namespace camfleet::check
