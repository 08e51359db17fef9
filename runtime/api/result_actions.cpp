#include <algorithm>

#include "actors/text.hpp"
#include "runtime/api/action.hpp"
#include "runtime/api/base64.hpp"
#include "runtime/api/envelope.hpp"

namespace camfleet::api {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;
using service::Service;

/// From and To: ISO 8601, or milliseconds since 1970 as CreateTime has them.
result<std::optional<store::Nanoseconds>> instant_of(const Call& call, std::string_view name) {
  const std::string text = call.text(name);
  if (text.empty()) return std::optional<store::Nanoseconds>();
  constexpr std::int64_t most_milliseconds = 9'000'000'000'000;
  if (const auto count = parse_int(text); count && *count >= 0 && *count < most_milliseconds)
    return std::optional<store::Nanoseconds>(*count * 1'000'000);
  auto at = parse_iso(text);
  if (!at.has_value())
    return BOOST_OUTCOME_V2_NAMESPACE::failure(
        Error{Errc::invalid_field, std::string(name), at.error().what});
  return std::optional<store::Nanoseconds>(at.value().time_since_epoch().count());
}

/// The instances that a call may list: the one it names, or all that it may see.
result<std::vector<std::int64_t>> instances_of(const Service& service, const Call& call) {
  std::vector<std::int64_t> ids;
  if (const std::int64_t id = call.whole("InstanceId", 0); id != 0) {
    CAMFLEET_CHECK(service.find(id, call.projects()));
    ids.push_back(id);
    return ids;
  }
  for (const auto& view : service.list({call.projects(), "", 0, SIZE_MAX}).first) ids.push_back(view.id);
  return ids;
}

result<store::Query> query_of(const Service& service, const Call& call) {
  store::Query query;
  CAMFLEET_TRY(query.instances, instances_of(service, call));
  if (const std::string device = call.text("DeviceId"); !device.empty()) query.device = device;
  CAMFLEET_TRY(query.from, instant_of(call, "From"));
  CAMFLEET_TRY(query.to, instant_of(call, "To"));
  query.limit = static_cast<std::size_t>(call.whole("PageSize", 10));
  query.offset = static_cast<std::size_t>(call.whole("CurrentPage", 1) - 1) * query.limit;
  return query;
}

ordered_json page_of(const Call& call, std::uint64_t total) {
  ordered_json data;
  data["CurrentPage"] = call.whole("CurrentPage", 1);
  data["PageSize"] = call.whole("PageSize", 10);
  data["TotalCount"] = total;
  data["Items"] = ordered_json::array();
  return data;
}

/// A line of the ledger in the API's spelling.
ordered_json slice_of(const std::string& line) {
  const json row = json::parse(line, nullptr, false);
  ordered_json item;
  item["InstanceId"] = row["instance"];
  item["DeviceId"] = row["device"];
  item["DueAt"] = row["due_at"];
  item["StartedAt"] = row["started_at"];
  item["EndedAt"] = row["ended_at"];
  item["PlannedSeconds"] = row["planned_s"];
  item["ObservedSeconds"] = row["observed_s"];
  item["Outcome"] = row["outcome"];
  item["Reason"] = row["reason"];
  item["Node"] = row["node"];
  item["Algorithms"] = ordered_json::array();
  for (const json& one : row["algorithms"]) {
    item["Algorithms"].push_back({{"AlgorithmId", one["algorithm"]},
                                  {"Due", one["due"]},
                                  {"Analysed", one["analysed"]},
                                  {"Gated", one["gated"]},
                                  {"Dropped", one["dropped"]}});
  }
  return item;
}

ordered_json running_item(const store::OpenSlice& slice, const std::string& node) {
  ordered_json item;
  item["InstanceId"] = std::to_string(slice.name.instance);
  item["DeviceId"] = slice.name.device;
  item["DueAt"] = to_iso(Instant(Duration(slice.name.due)));
  item["PlannedSeconds"] = slice.planned / seconds(1).count();
  item["Outcome"] = "RUNNING";
  item["Node"] = node;
  return item;
}

void list_slices(Service& service, const Call& call, const Finish& finish) {
  auto query = query_of(service, call);
  if (!query.has_value()) return finish(BOOST_OUTCOME_V2_NAMESPACE::failure(to_api(query.error())));
  if (const std::string outcome = call.text("Outcome"); outcome == "RUNNING") {
    query.value().state = store::SliceState::open;
  } else if (!outcome.empty()) {
    query.value().outcome = outcome;
  }
  const auto page = service.store().slices(query.value());
  if (!page.has_value()) return finish(BOOST_OUTCOME_V2_NAMESPACE::failure(to_api(page.error())));
  ordered_json data = page_of(call, page.value().total);
  for (const store::OpenSlice& slice : page.value().open)
    data["Items"].push_back(running_item(slice, service.node()));
  for (const store::SliceRecord& slice : page.value().ended) data["Items"].push_back(slice_of(slice.line));
  ordered_json answer;
  answer["Data"] = std::move(data);
  finish(json_text(answer));
}

ordered_json finding_of(const store::FindingRecord& finding) {
  const json line = json::parse(finding.line, nullptr, false);
  ordered_json item;
  item["FindingId"] = std::to_string(finding.id);
  item["InstanceId"] = line["instance"];
  item["DeviceId"] = line["device"];
  item["AlgorithmId"] = line["algorithm"];
  item["DueAt"] = line["due_at"];
  item["At"] = line["at"];
  item["MediaSeconds"] = line["media_s"];
  item["Width"] = line["width"];
  item["Height"] = line["height"];
  item["HasPicture"] = !finding.picture.empty();
  item["Boxes"] = ordered_json::array();
  for (const json& box : line["boxes"]) {
    item["Boxes"].push_back({{"Label", box["label"]},
                             {"Score", box["score"]},
                             {"X", box["x"]},
                             {"Y", box["y"]},
                             {"W", box["w"]},
                             {"H", box["h"]}});
  }
  return item;
}

void list_findings(Service& service, const Call& call, const Finish& finish) {
  auto query = query_of(service, call);
  if (!query.has_value()) return finish(BOOST_OUTCOME_V2_NAMESPACE::failure(to_api(query.error())));
  if (const std::string algorithm = call.text("AlgorithmId"); !algorithm.empty())
    query.value().algorithm = algorithm;
  const auto page = service.store().findings(query.value());
  if (!page.has_value()) return finish(BOOST_OUTCOME_V2_NAMESPACE::failure(to_api(page.error())));
  ordered_json data = page_of(call, page.value().total);
  for (const store::FindingRecord& finding : page.value().items) data["Items"].push_back(finding_of(finding));
  ordered_json answer;
  answer["Data"] = std::move(data);
  finish(json_text(answer));
}

/// The vendor's events: one for each box of each finding.
void list_events(Service& service, const Call& call, const Finish& finish) {
  store::Query query;
  const auto refuse_with = [&](const Error& error) {
    finish(BOOST_OUTCOME_V2_NAMESPACE::failure(to_api(error)));
  };
  for (const auto& view : service.list({call.projects(), "", 0, SIZE_MAX}).first)
    query.instances.push_back(view.id);
  if (const std::string type = call.text("EventType"); !type.empty()) query.algorithm = type;
  if (const std::string device = call.text("DataSourceId"); !device.empty()) query.device = device;
  const auto from = instant_of(call, "StartTime");
  const auto to = instant_of(call, "EndTime");
  if (!from.has_value()) return refuse_with(from.error());
  if (!to.has_value()) return refuse_with(to.error());
  query.from = from.value();
  query.to = to.value();
  query.limit = static_cast<std::size_t>(call.whole("PageSize", 10));
  query.offset = static_cast<std::size_t>(call.whole("PageNumber", 1) - 1) * query.limit;
  const auto page = service.store().findings(query);
  if (!page.has_value()) return refuse_with(page.error());
  ordered_json answer;
  answer["Data"] = ordered_json::array();
  for (const store::FindingRecord& finding : page.value().items) {
    const json line = json::parse(finding.line, nullptr, false);
    for (const json& box : line["boxes"]) {
      ordered_json event;
      event["CorpId"] = call.project();
      event["DataSourceId"] = line["device"];
      event["EventType"] = line["algorithm"];
      event["EventValue"] = box["label"];
      event["LeftTopX"] = box["x"].dump();
      event["LeftTopY"] = box["y"].dump();
      event["RightBottomX"] = std::to_string(box["x"].get<int>() + box["w"].get<int>());
      event["RightBottomY"] = std::to_string(box["y"].get<int>() + box["h"].get<int>());
      event["RecordId"] = std::to_string(finding.id);
      event["ShotTime"] = line["at"];
      event["TagCodeReliability"] = box["score"].dump();
      answer["Data"].push_back(std::move(event));
    }
  }
  answer["PageNumber"] = call.whole("PageNumber", 1);
  answer["PageSize"] = call.whole("PageSize", 10);
  answer["TotalCount"] = page.value().total;
  finish(json_text(answer));
}

void get_picture(Service& service, const Call& call, const Finish& finish) {
  const auto refuse_with = [&](const Error& error) {
    finish(BOOST_OUTCOME_V2_NAMESPACE::failure(to_api(error)));
  };
  const auto finding = service.store().finding(call.whole("FindingId", 0));
  if (!finding.has_value()) return refuse_with(finding.error());
  const Error unknown{Errc::unknown_id, "FindingId",
                      quote(std::to_string(call.whole("FindingId", 0))) + " is no finding here"};
  if (!finding.value()) return refuse_with(unknown);
  if (!service.find(finding.value()->slice.instance, call.projects()).has_value())
    return refuse_with(unknown);
  const auto picture = service.pictures().read(finding.value()->picture);
  if (!picture.has_value()) return refuse_with(picture.error());
  ordered_json answer;
  answer["Data"] = {{"ContentType", "image/jpeg"}, {"Content", base64(picture.value())}};
  finish(json_text(answer));
}

std::vector<Field> list_fields() {
  return {{.name = "InstanceId", .type = FieldType::whole, .about = "of this instance alone", .least = 1},
          {.name = "ProjectId", .about = "of this project alone"},
          {.name = "DeviceId", .about = "of this device alone"},
          {.name = "From", .about = "not before: ISO 8601 with zone, or milliseconds since 1970"},
          {.name = "To", .about = "before"},
          {.name = "PageSize", .type = FieldType::whole, .about = "by default 10", .least = 1, .most = 100},
          {.name = "CurrentPage",
           .type = FieldType::whole,
           .about = "by default 1",
           .least = 1,
           .most = 1'000'000}};
}

}  // namespace

std::vector<Action> result_actions() {
  std::vector<Field> slices = list_fields();
  slices.push_back({.name = "Outcome",
                    .about = "with this outcome alone",
                    .values = {"RUNNING", "done", "partial", "missed", "skipped"}});
  std::vector<Field> findings = list_fields();
  findings.push_back({.name = "AlgorithmId", .about = "of this algorithm alone"});
  return {
      {"ListSlices", "Lists slices, those that run first, then the newest.", true, Family::instance,
       std::move(slices), "InstanceId=1&PageSize=10", list_slices},
      {"ListFindings", "Lists what was found, the newest first.", true, Family::instance, std::move(findings),
       "InstanceId=1&PageSize=10", list_findings},
      {"ListEventAlgorithmDetails",
       "Lists what was found as the vendor's events, one for each box; pages count findings.",
       false,
       Family::device,
       {{.name = "CorpId", .required = true, .about = "the project"},
        {.name = "EventType", .about = "an AlgorithmId: of this algorithm alone"},
        {.name = "DataSourceId", .about = "of this device alone"},
        {.name = "StartTime", .about = "not before: ISO 8601 with zone, or milliseconds since 1970"},
        {.name = "EndTime", .about = "before"},
        {.name = "PageSize", .type = FieldType::whole, .about = "by default 10", .least = 1, .most = 100},
        {.name = "PageNumber",
         .type = FieldType::whole,
         .about = "by default 1",
         .least = 1,
         .most = 1'000'000}},
       "CorpId=2&PageSize=10",
       list_events},
      {"GetFindingPicture",
       "The picture of a finding with its boxes, a JPEG in base64.",
       true,
       Family::instance,
       {{.name = "FindingId",
         .type = FieldType::whole,
         .required = true,
         .about = "from ListFindings",
         .least = 1}},
       "FindingId=1",
       get_picture},
  };
}

}  // namespace camfleet::api
