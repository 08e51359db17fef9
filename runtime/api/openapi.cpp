#include "runtime/api/openapi.hpp"

#include <nlohmann/json.hpp>

#include "runtime/api/action.hpp"
#include "runtime/api/request.hpp"

namespace camfleet::api {
namespace {

using nlohmann::ordered_json;

ordered_json schema_of(const Field& field) {
  ordered_json schema;
  switch (field.type) {
    case FieldType::text:
      schema["type"] = "string";
      if (!field.values.empty()) schema["enum"] = field.values;
      break;
    case FieldType::whole:
      schema["type"] = "integer";
      schema["minimum"] = field.least;
      if (field.most != INT64_MAX) schema["maximum"] = field.most;
      break;
    case FieldType::boolean:
      schema["type"] = "boolean";
      break;
    case FieldType::list:
      schema["type"] = "string";
      schema["description"] = "JSON text of a list; or repeated, Name.1, Name.2 …";
      break;
  }
  return schema;
}

/// One path per action: RPC calls share "/" and differ in their parameter Action, which OpenAPI cannot say.
ordered_json operation_of(const Action& action) {
  ordered_json operation;
  operation["operationId"] = action.name;
  operation["summary"] = action.about;
  operation["tags"] = {action.is_extension ? "extension" : "vendor"};
  operation["parameters"] = ordered_json::array();
  ordered_json fixed{{"name", "Action"}, {"in", "query"}, {"required", true}};
  fixed["schema"] = {{"type", "string"}, {"enum", {action.name}}};
  operation["parameters"].push_back(std::move(fixed));
  for (const Field& field : action.fields) {
    ordered_json parameter{
        {"name", field.name}, {"in", "query"}, {"required", field.required}, {"description", field.about}};
    parameter["schema"] = schema_of(field);
    operation["parameters"].push_back(std::move(parameter));
  }
  operation["responses"]["200"]["description"] = "Code, Message, RequestId and, where there is some, Data";
  operation["responses"]["400"]["description"] = "the request is not whole: Missing…, Invalid…, Signature…";
  operation["responses"]["500"]["description"] =
      "RequestFailed, with the field, its value and what would be right";
  return operation;
}

}  // namespace

ordered_json openapi() {
  ordered_json document;
  document["openapi"] = "3.0.3";
  document["info"] = {{"title", "camfleet"},
                      {"version", api_version},
                      {"description",
                       "The cloud call CreateComputeInstance and its family. Parameters may be in the query "
                       "or in a form body, or be the members of a JSON object."}};
  for (const Action& action : actions())
    document["paths"]["/#" + std::string(action.name)]["post"] = operation_of(action);
  return document;
}

}  // namespace camfleet::api
