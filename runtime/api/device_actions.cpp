#include <algorithm>

#include "actors/text.hpp"
#include "runtime/api/action.hpp"
#include "runtime/api/base64.hpp"
#include "runtime/api/envelope.hpp"
#include "runtime/api/signature.hpp"
#include "runtime/api/unique_id.hpp"
#include "runtime/media/source_url.hpp"

namespace camfleet::api {
namespace {

using nlohmann::ordered_json;
using service::Service;

/// Errors: invalid_field: no URL, or one that reads this machine's files.
result<void> check_source(const Service& service, std::string_view field, const std::string& source) {
  const auto url = media::parse_source_url(source);
  if (!url.has_value())
    return BOOST_OUTCOME_V2_NAMESPACE::failure(
        Error{Errc::invalid_field, std::string(field), url.error().what});
  constexpr std::string_view schemes[] = {"rtsp", "rtmp", "http", "https"};
  if (std::ranges::find(schemes, url.value().scheme) == std::end(schemes))
    return fail(
        Errc::invalid_field, std::string(field),
        "has the scheme " + quote(url.value().scheme) +
            "; give rtsp, rtmp, http or https; files of this machine are named by its fleet file alone");
  if (const auto pulled = service.check_pulled(url.value()); !pulled.has_value())
    return fail(Errc::invalid_field, std::string(field), pulled.error().what);
  return success();
}

void keep(Service& service, const Call& call, const Finish& finish, std::string_view field, std::string id,
          ordered_json fields, ordered_json data) {
  // Pictures are uploaded to it.
  if (fields["Type"] != "PIC") {
    if (const auto checked = check_source(service, field, fields["Source"].get<std::string>());
        !checked.has_value())
      return finish(BOOST_OUTCOME_V2_NAMESPACE::failure(to_api(checked.error())));
  }
  store::DeviceRecord device{std::move(id), call.project(), fields.dump(),
                             service.now().time_since_epoch().count()};
  service.add_device(device, [finish, data = std::move(data)](const result<void>& added) {
    if (!added.has_value()) return finish(BOOST_OUTCOME_V2_NAMESPACE::failure(to_api(added.error())));
    ordered_json answer;
    answer["Data"] = data;
    finish(json_text(answer));
  });
}

void create_device(Service& service, const Call& call, const Finish& finish) {
  if (call.text("DeviceType") == "NVR" && call.whole("SubDeviceCount", 0) == 0)
    return finish(refuse(400, "MissingSubDeviceCount", "SubDeviceCount is mandatory for this action."));
  const std::string given = call.text("DeviceId");
  const std::string id = given.empty() ? unique_digits() : given;
  ordered_json fields;
  fields["Name"] = call.text("DeviceName");
  fields["Type"] = call.text("DeviceType");
  fields["Source"] = call.text("DeviceAddress");
  keep(service, call, finish, "DeviceAddress", id, fields, {{"DeviceId", id}});
}

void add_data_source(Service& service, const Call& call, const Finish& finish) {
  const std::string id = "ds_" + unique_digits();
  ordered_json fields;
  fields["Name"] = call.text("DataSourceName");
  fields["Type"] = call.text("DataSourceType");
  if (call.text("DataSourceType") != "PIC") {
    if (call.text("Url").empty())
      return finish(refuse(400, "MissingUrl", "Url is mandatory for this action."));
    fields["Source"] = call.text("Url");
  }
  keep(service, call, finish, "Url", id, fields, {{"DataSourceId", id}, {"KafkaTopic", ""}, {"OssPath", ""}});
}

void drop(Service& service, const Call& call, const Finish& finish, std::string_view list,
          std::string_view name) {
  const std::vector<std::string> ids = call.list(list);
  service.drop_devices(ids, call.projects(), [finish, ids, list, name](const result<void>& dropped) {
    if (!dropped.has_value()) {
      Error error = dropped.error();
      if (error.where == "DeviceId") error.where = list;
      return finish(BOOST_OUTCOME_V2_NAMESPACE::failure(to_api(error)));
    }
    ordered_json answer;
    answer["Data"] = ordered_json::array();
    for (const std::string& id : ids) {
      ordered_json one;
      one["Code"] = "200";
      one[std::string(name)] = id;
      answer["Data"].push_back(std::move(one));
    }
    finish(json_text(answer));
  });
}

void delete_devices(Service& service, const Call& call, const Finish& finish) {
  drop(service, call, finish, "DeviceIdList", "DeviceId");
}

void delete_data_sources(Service& service, const Call& call, const Finish& finish) {
  drop(service, call, finish, "DataSourceIdList", "DataSourceId");
}

void upload_file(Service& service, const Call& call, const Finish& finish) {
  const auto wrong = [&](std::string_view field, std::string_view what) {
    finish(refuse(500, "RequestFailed", "Request failed: " + std::string(field) + ": " + std::string(what)));
  };
  // Of the two the vendor takes this one.
  if (!call.text("FilePath").empty())
    return wrong("FilePath", "there is no object store here; give FileContent");
  if (call.text("FileContent").empty())
    return finish(refuse(400, "MissingFileContent", "FileContent is mandatory for this action."));
  const auto picture = from_base64(call.text("FileContent"));
  if (!picture) return wrong("FileContent", "is no base64");
  const std::string given = to_lower(call.text("MD5"));
  if (!given.empty() && given != md5_hex(*picture))
    return wrong("MD5", quote(given) + " is not that of the content, " + md5_hex(*picture));
  const auto kept =
      service.upload(call.text("DataSourceId"), call.projects(), call.text("FileName"), *picture);
  if (!kept.has_value()) return finish(BOOST_OUTCOME_V2_NAMESPACE::failure(to_api(kept.error())));
  ordered_json answer;
  answer["Data"]["Records"] = {{{"SourceId", call.text("DataSourceId")}, {"OssPath", kept.value()}}};
  finish(json_text(answer));
}

void describe_devices(Service& service, const Call& call, const Finish& finish) {
  auto devices = service.devices(call.projects());
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

void switch_streams(Service& service, const Call& call, const Finish& finish, bool on) {
  service.switch_streams(call.list("DeviceIdList"), on, call.projects(),
                         [finish](const result<void>& switched) {
                           if (!switched.has_value())
                             return finish(BOOST_OUTCOME_V2_NAMESPACE::failure(to_api(switched.error())));
                           finish("{}");
                         });
}

void start_streams(Service& service, const Call& call, const Finish& finish) {
  switch_streams(service, call, finish, true);
}

void stop_streams(Service& service, const Call& call, const Finish& finish) {
  switch_streams(service, call, finish, false);
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
       create_device},
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

std::vector<Action> source_actions() {
  return {
      {"AddDataSource",
       "Adds a network video by its URL, or a place that pictures are uploaded to.",
       false,
       Family::device,
       Effect::changes,
       {{.name = "CorpId", .required = true, .about = "the project it belongs to"},
        {.name = "DataSourceName", .required = true, .about = "free text"},
        {.name = "DataSourceType", .required = true, .about = "what it is", .values = {"VIDEO", "PIC"}},
        {.name = "Url",
         .about = "required of VIDEO: http(s)://….m3u8, .flv, .mp4 or rtmp://…",
         .longest = 2048},
        {.name = "Description", .about = "free text", .longest = 1024}},
       "CorpId=2&DataSourceName=mall&DataSourceType=VIDEO&Url=http://10.1.0.8/live.m3u8",
       add_data_source},
      {"UploadFile",
       "Adds a picture to a data source of the type PIC; the next slices look at it.",
       false,
       Family::instance,
       Effect::changes,
       {{.name = "CorpId", .required = true, .about = "the project of the data source"},
        {.name = "DataSourceId", .required = true, .about = "its id"},
        {.name = "FileName", .required = true, .about = "free text", .longest = 255},
        {.name = "FileType", .required = true, .about = "its ending; what it is, its content says"},
        {.name = "MD5", .about = "hexadecimal, of the content: checked when it is given"},
        {.name = "FileContent", .about = "base64", .longest = SIZE_MAX},
        {.name = "FilePath", .about = "of an object store, which is not there", .longest = 1024}},
       "CorpId=2&DataSourceId=ds_1&FileName=1.jpg&FileType=jpg&FileContent=…",
       upload_file,
       16UL * 1024 * 1024,
       decodes},
      {"DeleteDataSources",
       "Deletes all of the data sources or none.",
       false,
       Family::device,
       Effect::changes,
       {{.name = "DataSourceIdList",
         .type = FieldType::list,
         .required = true,
         .about = "ids with commas, or a JSON list"}},
       "DataSourceIdList=ds_1",
       delete_data_sources},
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
  for (auto* more : {&source_actions, &stream_actions}) {
    for (Action& action : (*more)()) all.push_back(std::move(action));
  }
  return all;
}

}  // namespace camfleet::api
