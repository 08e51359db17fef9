#include <algorithm>

#include "actors/base/wall_time.hpp"
#include "runtime/api/action.hpp"
#include "runtime/api/envelope.hpp"
#include "runtime/api/page_token.hpp"
#include "runtime/api/stored_line.hpp"

// What was found, as the vendor lists it: one event for each box of each finding.

namespace camfleet::api {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

/// Errors: those of an instant.
result<store::Query> event_query(const Backend& backend, const Call& call) {
  store::Query query;
  if (const std::string type = call.text("EventType"); !type.empty()) query.algorithm = type;
  if (const std::string label = call.text("EventValue"); !label.empty()) query.label = label;
  for (const std::string_view name : {"DataSourceId", "SourceId"}) {
    if (const std::string device = call.text(name); !device.empty()) query.device = device;
  }
  query.instances = backend.ids(call.projects(), query.device.value_or(""));
  CAMFLEET_TRY(const auto from, call.instant("StartTime", backend.zone()));
  CAMFLEET_TRY(const auto to, call.instant("EndTime", backend.zone()));
  if (from) query.from = from->time_since_epoch().count();
  if (to) query.to = to->time_since_epoch().count();
  if (const std::int64_t id = call.whole("RecordId", 0); id != 0) query.finding = id;
  CAMFLEET_CHECK(set_page(call, "PageNumber", query));
  return query;
}

ordered_json event_of(const store::FindingRecord& finding, const json& line, const json& box,
                      const std::string& zone) {
  ordered_json event;
  event["DataSourceId"] = part_of(line, "device");
  event["EventType"] = part_of(line, "algorithm");
  event["EventValue"] = part_of(box, "label");
  event["LeftTopX"] = part_of(box, "x").dump();
  event["LeftTopY"] = part_of(box, "y").dump();
  event["RightBottomX"] = std::to_string(number_of(box, "x") + number_of(box, "w"));
  event["RightBottomY"] = std::to_string(number_of(box, "y") + number_of(box, "h"));
  event["RecordId"] = std::to_string(finding.id);
  event["ShotTime"] = to_wall(Instant(Duration(finding.at)), zone);
  event["TagCodeReliability"] = part_of(box, "score").dump();
  return event;
}

void list_events(Backend& backend, const Call& call, const Finish& finish) {
  const auto refuse_with = [&](const Error& error) { finish(pass(to_api(error))); };
  const auto query = event_query(backend, call);
  if (!query.has_value()) return refuse_with(query.error());
  const auto page = backend.findings(query.value());
  if (!page.has_value()) return refuse_with(page.error());
  const std::string label = call.text("EventValue");
  ordered_json answer;
  answer["Data"] = ordered_json::array();
  for (const store::FindingRecord& finding : page.value().items) {
    const json line = json::parse(finding.line, nullptr, false);
    for (const json& box : part_of(line, "boxes")) {
      if (!label.empty() && part_of(box, "label") != label) continue;
      ordered_json event{{"CorpId", call.project()}};
      event.update(event_of(finding, line, box, backend.zone()));
      answer["Data"].push_back(std::move(event));
    }
  }
  answer["PageNumber"] = call.whole("PageNumber", 1);
  answer["PageSize"] = call.whole("PageSize", 10);
  answer["TotalCount"] = page.value().total;
  if (page.value().next) answer["NextToken"] = token_of(*page.value().next);
  finish(json_text(answer));
}

}  // namespace

std::vector<Action> event_actions() {
  return {
      {"ListEventAlgorithmDetails",
       "Lists what was found as the vendor's events, one for each box; pages count findings.",
       false,
       Family::device,
       Effect::reads,
       {{.name = "CorpId", .required = true, .about = "the project"},
        {.name = "EventType", .about = "an AlgorithmId: of this algorithm alone"},
        {.name = "EventValue", .about = "a label: boxes with this one alone"},
        {.name = "DataSourceId", .about = "of this device alone"},
        {.name = "SourceId", .about = "as DataSourceId"},
        {.name = "RecordId", .type = FieldType::whole, .about = "of this finding alone", .least = 1},
        {.name = "StartTime",
         .about = "not before: yyyy-MM-dd HH:mm:ss in the server's zone, ISO 8601 with zone, or "
                  "milliseconds since 1970"},
        {.name = "EndTime", .about = "before"},
        {.name = "PageSize", .type = FieldType::whole, .about = "by default 10", .least = 1, .most = 100},
        {.name = "PageNumber",
         .type = FieldType::whole,
         .about = "by default 1; further pages by NextToken",
         .least = 1,
         .most = most_page},
        next_token_field()},
       "CorpId=2&PageSize=10",
       list_events,
       usual_body,
       reads},
  };
}

}  // namespace camfleet::api
