#include "actors/base/text.hpp"
#include "runtime/api/action.hpp"
#include "runtime/api/base64.hpp"
#include "runtime/api/device_records.hpp"
#include "runtime/api/digest.hpp"
#include "runtime/api/envelope.hpp"
#include "runtime/api/unique_id.hpp"

// Data sources: network videos, and places that pictures are uploaded to.

namespace camfleet::api {
namespace {

using nlohmann::ordered_json;

void add_data_source(Backend& backend, const Call& call, const Finish& finish) {
  const std::string id = "ds_" + unique_digits();
  ordered_json fields;
  fields["Name"] = call.text("DataSourceName");
  fields["Type"] = call.text("DataSourceType");
  if (call.text("DataSourceType") != "PIC") {
    if (call.text("Url").empty())
      return finish(refuse(400, "MissingUrl", "Url is mandatory for this action."));
    fields["Source"] = call.text("Url");
  }
  keep_device(backend, call, finish, "Url", id, fields,
              {{"DataSourceId", id}, {"KafkaTopic", ""}, {"OssPath", ""}});
}

void delete_data_sources(Backend& backend, const Call& call, const Finish& finish) {
  drop_devices(backend, call, finish, "DataSourceIdList", "DataSourceId");
}

void upload_file(Backend& backend, const Call& call, const Finish& finish) {
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
      backend.upload(call.text("DataSourceId"), call.projects(), call.text("FileName"), *picture);
  if (!kept.has_value()) return finish(pass(to_api(kept.error())));
  ordered_json answer;
  answer["Data"]["Records"] = {{{"SourceId", call.text("DataSourceId")}, {"OssPath", kept.value()}}};
  finish(json_text(answer));
}

}  // namespace

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
         .about = "required of VIDEO: http(s)://… to HLS, FLV, MJPEG or MP4, or rtmp://…",
         .longest = 2048},
        {.name = "Description", .about = "free text", .longest = 1024}},
       "CorpId=2&DataSourceName=mall&DataSourceType=VIDEO&Url=http://10.1.0.8/live.m3u8",
       add_data_source,
       usual_body,
       [](const Call& call) { return asks_server(call.text("Url")); }},
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

}  // namespace camfleet::api
