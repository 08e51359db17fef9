#include <algorithm>

#include "actors/base/text.hpp"
#include "runtime/api/action.hpp"
#include "runtime/api/device_records.hpp"
#include "runtime/api/envelope.hpp"
#include "runtime/api/unique_id.hpp"
#include "runtime/media/source_url.hpp"

namespace camfleet::api {
namespace {

using nlohmann::ordered_json;

void create_device(Backend& backend, const Call& call, const Finish& finish) {
  if (call.text("DeviceType") == "NVR" && call.whole("SubDeviceCount", 0) == 0)
    return finish(refuse(400, "MissingSubDeviceCount", "SubDeviceCount is mandatory for this action."));
  const std::string given = call.text("DeviceId");
  const std::string id = given.empty() ? unique_digits() : given;
  ordered_json fields;
  fields["Name"] = call.text("DeviceName");
  fields["Type"] = call.text("DeviceType");
  fields["Source"] = call.text("DeviceAddress");
  keep_device(backend, call, finish, "DeviceAddress", id, fields, {{"DeviceId", id}});
}

void delete_devices(Backend& backend, const Call& call, const Finish& finish) {
  drop_devices(backend, call, finish, "DeviceIdList", "DeviceId");
}

void describe_devices(Backend& backend, const Call& call, const Finish& finish) {
  auto devices = backend.devices(call.projects());
  const auto wanted = call.list("DeviceIdList");
  const auto corps = call.list("CorpIdList");
  std::erase_if(devices, [&](const store::DeviceRecord& device) {
    const bool is_other = !wanted.empty() && std::ranges::find(wanted, device.id) == wanted.end();
    return is_other || (!corps.empty() && std::ranges::find(corps, device.project) == corps.end());
  });
  const std::int64_t size = call.whole("PageSize", 10);
  const std::int64_t page = call.whole("PageNum", 1);
  const auto total = static_cast<std::int64_t>(devices.size());
  ordered_json data{
      {"PageNum", page}, {"PageSize", size}, {"TotalCount", total}, {"TotalPage", (total + size - 1) / size}};
  data["Records"] = ordered_json::array();
  for (std::int64_t i = (page - 1) * size; i < std::min(total, page * size); ++i) {
    const store::DeviceRecord& device = devices[static_cast<std::size_t>(i)];
    const auto fields = nlohmann::json::parse(device.fields, nullptr, false);
    const auto url = media::parse_source_url(fields.value("Source", ""));
    data["Records"].push_back({{"DeviceId", device.id},
                               {"CorpId", device.project},
                               {"DeviceName", fields.value("Name", "")},
                               {"DeviceType", fields.value("Type", "")},
                               {"DeviceAddress", url.has_value() ? url.value().text : ""},
                               {"CreateTime", to_iso(Instant(Duration(device.created)))}});
  }
  ordered_json answer;
  answer["Data"] = std::move(data);
  finish(json_text(answer));
}

void switch_streams(Backend& backend, const Call& call, const Finish& finish, bool on) {
  backend.switch_streams(call.list("DeviceIdList"), on, call.projects(),
                         [finish](const result<void>& switched) {
                           if (!switched.has_value()) return finish(pass(to_api(switched.error())));
                           finish("{}");
                         });
}

void start_streams(Backend& backend, const Call& call, const Finish& finish) {
  switch_streams(backend, call, finish, true);
}

void stop_streams(Backend& backend, const Call& call, const Finish& finish) {
  switch_streams(backend, call, finish, false);
}

std::vector<Action> camera_actions() {
  return {
      {"CreateDevice",
       "Adds a camera by its address.",
       false,
       Family::device,
       Effect::changes,
       {{.name = "CorpId", .required = true, .about = "the project it belongs to"},
        {.name = "DeviceType", .required = true, .about = "what it is", .values = {"IPC", "NVR", "ABOX"}},
        {.name = "DataSourceType",
         .required = true,
         .about = "what it sends",
         .values = {"VIDEO", "PIC_VIDEO"}},
        {.name = "DeviceName", .required = true, .about = "free text"},
        {.name = "SubDeviceCount",
         .type = FieldType::whole,
         .about = "of an NVR, which must say it: how many cameras it has",
         .least = 1,
         .most = 10'000},
        {.name = "DeviceAddress",
         .required = true,
         .about = "an extension: its URL, rtsp://…",
         .longest = 2048},
        {.name = "DeviceId", .about = "by default one is given"}},
       "CorpId=2&DeviceType=IPC&DataSourceType=VIDEO&DeviceName=gate&DeviceAddress=rtsp://10.1.0.7/stream",
       create_device,
       usual_body,
       [](const Call& call) { return asks_server(call.text("DeviceAddress")); }},
      {"DescribeDevices",
       "Lists the devices and data sources that were added.",
       false,
       Family::device,
       Effect::reads,
       {{.name = "CorpIdList", .type = FieldType::list, .about = "of these projects alone"},
        {.name = "DeviceIdList", .type = FieldType::list, .about = "these alone"},
        {.name = "PageSize", .type = FieldType::whole, .about = "by default 10", .least = 1, .most = 100},
        {.name = "PageNum",
         .type = FieldType::whole,
         .about = "by default 1",
         .least = 1,
         .most = 1'000'000}},
       "PageSize=10",
       describe_devices},
      {"DeleteDevices",
       "Deletes all of the devices or none; one that an instance uses stays.",
       false,
       Family::device,
       Effect::changes,
       {{.name = "DeviceIdList",
         .type = FieldType::list,
         .required = true,
         .about = "ids with commas, or a JSON list"}},
       "DeviceIdList=1",
       delete_devices},
  };
}

std::vector<Action> stream_actions() {
  return {
      {"StartStreams",
       "Pulls the streams of the devices in every instance from now on.",
       false,
       Family::device,
       Effect::changes,
       {{.name = "DeviceIdList",
         .type = FieldType::list,
         .required = true,
         .about = "ids with commas, or a JSON list"},
        {.name = "Description", .about = "free text", .longest = 1024}},
       "DeviceIdList=1",
       start_streams},
      {"StopStreams",
       "No longer pulls them: what runs is cancelled, later slices are skipped.",
       false,
       Family::device,
       Effect::changes,
       {{.name = "DeviceIdList",
         .type = FieldType::list,
         .required = true,
         .about = "ids with commas, or a JSON list"},
        {.name = "Description", .about = "free text", .longest = 1024}},
       "DeviceIdList=1",
       stop_streams},
  };
}

}  // namespace

std::vector<Action> device_actions() {
  std::vector<Action> all = camera_actions();
  for (Action& action : stream_actions()) all.push_back(std::move(action));
  return all;
}

}  // namespace camfleet::api
