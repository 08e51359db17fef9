#include <algorithm>

#include "actors/base/text.hpp"
#include "runtime/api/action.hpp"
#include "runtime/api/envelope.hpp"
#include "runtime/api/instance_views.hpp"
#include "runtime/api/json_writer.hpp"

namespace camfleet::api {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

constexpr std::size_t usual_answer = 4096;  ///< bytes

void create(Backend& backend, const Call& call, const Finish& finish) {
  backend.create(call.project(), call.projects(), call.fields(),
                 [finish](const result<Backend::Created>& created) {
                   if (!created.has_value()) return finish(pass(to_api(created.error())));
                   ordered_json answer;
                   answer["Data"] = {{"AcuUsed", created.value().acu},
                                     {"InstanceId", std::to_string(created.value().id)}};
                   finish(json_text(answer));
                 });
}

void list(Backend& backend, const Call& call, const Finish& finish) {
  const std::int64_t page = call.whole("CurrentPage", 1);
  const std::int64_t size = call.whole("PageSize", 10);
  const auto [views, total] =
      backend.list({call.projects(), call.text("InstanceName"), static_cast<std::size_t>((page - 1) * size),
                    static_cast<std::size_t>(size)});
  std::string said;
  said.reserve(usual_answer);
  JsonWriter writer(said);
  writer.begin_object();
  writer.key("Data");
  writer.begin_object();
  writer.member("CurrentPage", page);
  writer.member("PageSize", size);
  writer.member("TotalCount", total);
  writer.key("Items");
  writer.begin_array();
  for (const InstanceView& view : views) {
    writer.begin_object();
    write_summary(writer, backend, view);
    writer.end_object();
  }
  writer.end_array();
  writer.end_object();
  writer.end_object();
  finish(std::move(said));
}

/// Errors: invalid_field: not a number; then it is nobody's id.
result<std::vector<std::int64_t>> ids_of(const std::vector<std::string>& texts) {
  std::vector<std::int64_t> ids;
  for (const std::string& text : texts) {
    const auto id = parse_int(text);
    if (!id)
      return fail(Errc::unknown_id, "InstanceIds", quote(text) + " is no instance here; nothing was deleted");
    ids.push_back(*id);
  }
  std::ranges::sort(ids);
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  return ids;
}

void remove(Backend& backend, const Call& call, const Finish& finish) {
  const auto ids = ids_of(call.list("InstanceIds"));
  if (!ids.has_value()) return finish(pass(to_api(ids.error())));
  if (ids.value().empty())
    return finish(refuse(400, "MissingInstanceIds", "InstanceIds is mandatory for this action."));
  backend.remove(ids.value(), call.projects(), [finish](const result<void>& removed) {
    if (!removed.has_value()) return finish(pass(to_api(removed.error())));
    finish("{}");
  });
}

/// Errors: those that are told of a device of CreateComputeInstance.
api_result<std::vector<std::string>> devices_of(const Call& call) {
  std::vector<std::string> ids;
  const auto wrong = [](std::size_t i, const std::string& what) {
    return refuse(500, "RequestFailed", "Request failed: Devices[" + std::to_string(i) + "]" + what);
  };
  for (const json& device : call.fields().at("Devices")) {
    const std::size_t i = ids.size();
    if (!device.is_object()) return wrong(i, R"(: is no object like {"DeviceId":"1"})");
    const auto id = device.find("DeviceId");
    if (id == device.end()) return refuse(400, "MissingDeviceId", "DeviceId is mandatory for this action.");
    if (id->is_string() && !id->get_ref<const std::string&>().empty()) {
      ids.push_back(id->get<std::string>());
    } else if (id->is_number_integer()) {
      ids.push_back(id->dump());
    } else {
      return wrong(i, ".DeviceId: is no text");
    }
  }
  if (ids.empty()) return refuse(400, "MissingDevices", "Devices is mandatory for this action.");
  return ids;
}

void remove_devices(Backend& backend, const Call& call, const Finish& finish) {
  const auto ids = devices_of(call);
  if (!ids.has_value()) return finish(pass(ids.error()));
  const std::int64_t count = call.whole("DeviceCount", static_cast<std::int64_t>(ids.value().size()));
  if (count != static_cast<std::int64_t>(ids.value().size()))
    return finish(refuse(500, "RequestFailed",
                         "Request failed: DeviceCount: " + std::to_string(count) +
                             " is not the number of Devices, " + std::to_string(ids.value().size())));
  const auto flag = call.fields().find("DeleteInstanceFlag");
  const bool whole = flag != call.fields().end() && flag->get<bool>();
  backend.remove_devices(call.whole("InstanceId", 0), ids.value(), whole, call.projects(),
                         [finish](const result<void>& removed) {
                           if (!removed.has_value()) return finish(pass(to_api(removed.error())));
                           finish("{}");
                         });
}

void describe(Backend& backend, const Call& call, const Finish& finish) {
  const auto view = backend.find(call.whole("InstanceId", 0), call.projects());
  if (!view.has_value()) return finish(pass(to_api(view.error())));
  std::string said;
  said.reserve(usual_answer);
  JsonWriter writer(said);
  writer.begin_object();
  writer.key("Data");
  writer.begin_object();
  write_description(writer, backend, view.value());
  writer.end_object();
  writer.end_object();
  finish(std::move(said));
}

std::vector<Field> create_fields() {
  std::vector<Field> fields{
      {.name = "InstanceName", .required = true, .about = "1 to 128 characters"},
      {.name = "ProjectId", .about = "by default the key's first project"},
      {.name = "AlgorithmType",
       .required = true,
       .about = "what the algorithms work on",
       .values = {"REALTIME_STREAM", "PICTURE"}},
      {.name = "DatasourceType",
       .about = "by default REALTIME_STREAM",
       .values = {"REALTIME_STREAM", "PICTURE", "VIRTUAL_VIDEO"}},
      {.name = "Devices",
       .type = FieldType::list,
       .required = true,
       .about = "1 to 10,000 of {DeviceId, StartStream, RegionId, BitRate, CodingFormat, ResolvingPower}; "
                "the first two are required"},
      {.name = "Algorithms",
       .type = FieldType::list,
       .required = true,
       .about = "1 to 16 of {AlgorithmId, AlgorithmName}"},
      {.name = "ScheduleType",
       .required = true,
       .about = "when it runs",
       .values = {"EVERYDAY", "ONCE", "EVERY_WEEK", "EVERY_MONTH"}},
      {.name = "ScheduleCycleDate",
       .about = "weekdays 1 (Monday) to 7 or days of the month 0 to 31, with commas"},
      {.name = "ScheduleTimes", .about = R"(JSON text: [{"StartTime":"10:00:00","EndTime":"11:00:00"}])"},
      {.name = "ScheduleDay", .about = "1, 7 or 30; changes nothing"},
      {.name = "IsPolling", .about = "true: n seconds every m minutes"},
      {.name = "SliceExecutionTime", .about = "n, whole seconds; required with IsPolling"},
      {.name = "OverallExecutionTime", .about = "m, whole minutes; required with IsPolling"},
      {.name = "ComputePictureType", .about = "spf alone: seconds per frame"},
      {.name = "ComputePictureValue", .about = "1 to 3600, by default 1"},
      {.name = "IsFrameExtraction", .about = "0: pictures at spf (default); 1: every frame"},
      {.name = "Zone", .about = "an extension: IANA name of the schedule's zone"},
  };
  // parse_instance has the rules.
  for (Field& field : fields) field.longest = SIZE_MAX;
  return fields;
}

/// One that goes through its footage once looks at how long that is.
Work create_work(const Call& call) {
  const json& fields = call.fields();
  const bool has_times = fields.contains("ScheduleTimes") && !fields["ScheduleTimes"].empty();
  return call.text("ScheduleType") == "ONCE" && !has_times ? Work::pictures : Work::quick;
}

}  // namespace

std::vector<Action> instance_actions() {
  return {
      {"CreateComputeInstance", "Creates an instance and follows its schedule.", false, Family::instance,
       Effect::changes, create_fields(),
       R"(InstanceName=gate&AlgorithmType=PICTURE&Devices=[{"DeviceId":"1","StartStream":true}]&Algorithms=[{"AlgorithmId":"1","AlgorithmName":"face"}]&ScheduleType=EVERYDAY&ScheduleTimes=[{"StartTime":"10:00:00","EndTime":"11:00:00"}])",
       create, usual_body, create_work},
      {"ListInstances",
       "Lists instances, the newest first.",
       false,
       Family::instance,
       Effect::reads,
       {{.name = "ProjectId", .about = "of this project alone"},
        {.name = "InstanceName", .about = "a part of the name"},
        {.name = "PageSize", .type = FieldType::whole, .about = "by default 10", .least = 1, .most = 100},
        {.name = "CurrentPage",
         .type = FieldType::whole,
         .about = "by default 1",
         .least = 1,
         .most = 1'000'000}},
       "PageSize=10&CurrentPage=1",
       list},
      {"BatchDeleteInstance",
       "Deletes all of the instances or none; what runs is cancelled.",
       false,
       Family::instance,
       Effect::changes,
       {{.name = "InstanceIds", .type = FieldType::list, .required = true, .about = R"(["1","2"])"},
        {.name = "ProjectId", .about = "of this project alone"}},
       R"(InstanceIds=["1"])",
       remove},
      {"DeleteDeviceForInstance",
       "Takes devices out of an instance, all of them or none; the others keep their times.",
       false,
       Family::instance,
       Effect::changes,
       {{.name = "InstanceId", .type = FieldType::whole, .required = true, .about = "its id", .least = 1},
        {.name = "Devices", .type = FieldType::list, .required = true, .about = "of {DeviceId, RegionId}"},
        {.name = "DeleteInstanceFlag",
         .type = FieldType::boolean,
         .about = "true: an instance whose last device goes is deleted"},
        {.name = "DeviceCount",
         .type = FieldType::whole,
         .about = "how many Devices there are, when it is given",
         .least = 1,
         .most = 10'000},
        {.name = "AlgorithmId", .about = "changes nothing"},
        {.name = "ProjectId", .about = "of this project alone"}},
       R"(InstanceId=1&Devices=[{"DeviceId":"1"}])",
       remove_devices},
      {"DescribeComputeInstance",
       "One instance with its next windows and rounds.",
       true,
       Family::instance,
       Effect::reads,
       {{.name = "InstanceId", .type = FieldType::whole, .required = true, .about = "its id", .least = 1}},
       "InstanceId=1",
       describe},
  };
}

}  // namespace camfleet::api
