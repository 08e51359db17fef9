#include <algorithm>

#include "actors/base/json_text.hpp"
#include "actors/base/text.hpp"
#include "runtime/api/action.hpp"
#include "runtime/api/base64.hpp"
#include "runtime/api/envelope.hpp"
#include "runtime/api/page_token.hpp"
#include "runtime/api/stored_line.hpp"

namespace camfleet::api {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

/// The instances that a call may list: the one it names, or all that it may see.
result<std::vector<std::int64_t>> instances_of(const Backend& backend, const Call& call) {
  if (const std::int64_t id = call.whole("InstanceId", 0); id != 0) {
    CAMFLEET_CHECK(backend.find(id, call.projects()));
    return std::vector<std::int64_t>{id};
  }
  return backend.ids(call.projects(), call.text("DeviceId"));
}

result<store::Query> result_query(const Backend& backend, const Call& call) {
  store::Query query;
  CAMFLEET_TRY(query.instances, instances_of(backend, call));
  if (const std::string device = call.text("DeviceId"); !device.empty()) query.device = device;
  CAMFLEET_TRY(const auto from, call.instant("From"));
  CAMFLEET_TRY(const auto to, call.instant("To"));
  if (from) query.from = from->time_since_epoch().count();
  if (to) query.to = to->time_since_epoch().count();
  CAMFLEET_CHECK(set_page(call, "CurrentPage", query));
  return query;
}

ordered_json page_of(const Call& call, std::uint64_t total, const std::optional<store::Cursor>& next) {
  ordered_json data;
  data["CurrentPage"] = call.whole("CurrentPage", 1);
  data["PageSize"] = call.whole("PageSize", 10);
  data["TotalCount"] = total;
  if (next) data["NextToken"] = token_of(*next);
  data["Items"] = ordered_json::array();
  return data;
}

/// A line of the ledger in the API's spelling.
ordered_json slice_of(const std::string& line) {
  const json row = json::parse(line, nullptr, false);
  ordered_json item;
  item["InstanceId"] = part_of(row, "instance");
  item["DeviceId"] = part_of(row, "device");
  item["DueAt"] = part_of(row, "due_at");
  if (row.contains("until")) {
    item["Until"] = part_of(row, "until");
    item["Slices"] = part_of(row, "slices");
    item["Outcome"] = part_of(row, "outcome");
    item["Reason"] = part_of(row, "reason");
    return item;
  }
  item["StartedAt"] = part_of(row, "started_at");
  item["EndedAt"] = part_of(row, "ended_at");
  item["PlannedSeconds"] = part_of(row, "planned_s");
  item["ObservedSeconds"] = part_of(row, "observed_s");
  item["Outcome"] = part_of(row, "outcome");
  item["Reason"] = part_of(row, "reason");
  if (row.contains("detail")) item["Detail"] = part_of(row, "detail");
  item["Node"] = part_of(row, "node");
  // One that has moved alone.
  if (const json parts = part_of(row, "parts"); !parts.empty()) {
    item["Parts"] = ordered_json::array();
    for (const json& one : parts)
      item["Parts"].push_back({{"Node", part_of(one, "node")},
                               {"From", part_of(one, "from")},
                               {"To", part_of(one, "to")},
                               {"Why", part_of(one, "why")}});
  }
  item["Algorithms"] = ordered_json::array();
  for (const json& one : part_of(row, "algorithms")) {
    item["Algorithms"].push_back({{"AlgorithmId", part_of(one, "algorithm")},
                                  {"Due", part_of(one, "due")},
                                  {"Analysed", part_of(one, "analysed")},
                                  {"Gated", part_of(one, "gated")},
                                  {"Dropped", part_of(one, "dropped")}});
  }
  return item;
}

ordered_json running_item(const store::OpenSlice& slice, const std::string& node) {
  ordered_json item;
  item["InstanceId"] = std::to_string(slice.name.instance);
  item["DeviceId"] = slice.name.device;
  item["DueAt"] = to_iso(Instant(Duration(slice.name.due)));
  // One without an end is stored with 0.
  item["PlannedSeconds"] = slice.planned == 0 ? json(nullptr) : json_seconds(Duration(slice.planned));
  item["Outcome"] = "RUNNING";
  item["Node"] = node.empty() ? json(nullptr) : json(node);
  return item;
}

void list_slices(Backend& backend, const Call& call, const Finish& finish) {
  auto query = result_query(backend, call);
  if (!query.has_value()) return finish(pass(to_api(query.error())));
  if (const std::string outcome = call.text("Outcome"); outcome == "RUNNING") {
    query.value().state = store::SliceState::open;
  } else if (!outcome.empty()) {
    query.value().outcome = outcome;
  }
  if (const std::string reason = call.text("Reason"); !reason.empty()) query.value().reason = reason;
  const auto page = backend.slices(query.value());
  if (!page.has_value()) return finish(pass(to_api(page.error())));
  ordered_json data = page_of(call, page.value().total, page.value().next);
  for (const store::OpenSlice& slice : page.value().open)
    data["Items"].push_back(running_item(slice, backend.node_of(slice.name)));
  for (const store::SliceRecord& slice : page.value().ended) data["Items"].push_back(slice_of(slice.line));
  ordered_json answer;
  answer["Data"] = std::move(data);
  finish(json_text(answer));
}

ordered_json finding_of(const store::FindingRecord& finding) {
  const json line = json::parse(finding.line, nullptr, false);
  ordered_json item;
  item["FindingId"] = std::to_string(finding.id);
  item["InstanceId"] = part_of(line, "instance");
  item["DeviceId"] = part_of(line, "device");
  item["AlgorithmId"] = part_of(line, "algorithm");
  item["DueAt"] = part_of(line, "due_at");
  item["At"] = part_of(line, "at");
  item["MediaSeconds"] = part_of(line, "media_s");
  item["Width"] = part_of(line, "width");
  item["Height"] = part_of(line, "height");
  if (line.contains("file")) item["File"] = part_of(line, "file");
  if (line.value("late", false)) item["Late"] = true;
  item["HasPicture"] = !finding.picture.empty();
  item["Boxes"] = ordered_json::array();
  for (const json& box : part_of(line, "boxes")) {
    item["Boxes"].push_back({{"Label", part_of(box, "label")},
                             {"Score", part_of(box, "score")},
                             {"X", part_of(box, "x")},
                             {"Y", part_of(box, "y")},
                             {"W", part_of(box, "w")},
                             {"H", part_of(box, "h")}});
  }
  return item;
}

void list_findings(Backend& backend, const Call& call, const Finish& finish) {
  auto query = result_query(backend, call);
  if (!query.has_value()) return finish(pass(to_api(query.error())));
  if (const std::string algorithm = call.text("AlgorithmId"); !algorithm.empty())
    query.value().algorithm = algorithm;
  if (const std::string label = call.text("Label"); !label.empty()) query.value().label = label;
  const auto page = backend.findings(query.value());
  if (!page.has_value()) return finish(pass(to_api(page.error())));
  ordered_json data = page_of(call, page.value().total, page.value().next);
  for (const store::FindingRecord& finding : page.value().items) data["Items"].push_back(finding_of(finding));
  ordered_json answer;
  answer["Data"] = std::move(data);
  finish(json_text(answer));
}

void get_picture(Backend& backend, const Call& call, const Finish& finish) {
  const auto refuse_with = [&](const Error& error) { finish(pass(to_api(error))); };
  const auto finding = backend.finding(call.whole("FindingId", 0));
  if (!finding.has_value()) return refuse_with(finding.error());
  const Error unknown{Errc::unknown_id, "FindingId",
                      quote(std::to_string(call.whole("FindingId", 0))) + " is no finding here"};
  if (!finding.value()) return refuse_with(unknown);
  if (!backend.find(finding.value()->slice.instance, call.projects()).has_value())
    return refuse_with(unknown);
  const auto picture = backend.picture(finding.value()->picture);
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
           .about = "by default 1; further pages by NextToken",
           .least = 1,
           .most = most_page},
          next_token_field()};
}

}  // namespace

std::vector<Action> result_actions() {
  std::vector<Field> slices = list_fields();
  slices.push_back({.name = "Outcome",
                    .about = "with this outcome alone",
                    .values = {"RUNNING", "done", "partial", "missed", "skipped"}});
  slices.push_back(
      {.name = "Reason", .about = "of those that have ended, with this reason alone: camera_offline"});
  std::vector<Field> findings = list_fields();
  findings.push_back({.name = "AlgorithmId", .about = "of this algorithm alone"});
  findings.push_back({.name = "Label", .about = "with a box of this label alone: person"});
  return {
      {"ListSlices", "Lists slices, those that run first, then the newest.", true, Family::instance,
       Effect::reads, std::move(slices), "InstanceId=1&PageSize=10", list_slices, usual_body, reads},
      {"ListFindings", "Lists what was found, the newest first.", true, Family::instance, Effect::reads,
       std::move(findings), "InstanceId=1&PageSize=10", list_findings, usual_body, reads},
      {"GetFindingPicture",
       "The picture of a finding with its boxes, a JPEG in base64.",
       true,
       Family::instance,
       Effect::reads,
       {{.name = "FindingId",
         .type = FieldType::whole,
         .required = true,
         .about = "from ListFindings",
         .least = 1}},
       "FindingId=1",
       get_picture,
       usual_body,
       reads},
  };
}

}  // namespace camfleet::api
