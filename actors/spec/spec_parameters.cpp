#include <map>

#include <nlohmann/json.hpp>

#include "actors/base/text.hpp"
#include "actors/spec/spec.hpp"

namespace camfleet {
namespace {

using nlohmann::json;

constexpr std::size_t max_parameters = 100'000;

/// A name in the repeated form: "Devices.12.DeviceId" → list "Devices", index 12, field "DeviceId" (empty in
/// "Ids.1").
struct RepeatedName {
  std::string list;
  std::size_t index = 0;
  std::string field;
};

std::optional<RepeatedName> split_repeated(const std::string& name) {
  const std::size_t dot = name.find('.');
  if (dot == std::string::npos || dot == 0) return std::nullopt;
  const std::size_t second = name.find('.', dot + 1);
  const auto index = parse_int<std::size_t>(
      std::string_view(name).substr(dot + 1, second == std::string::npos ? second : second - dot - 1));
  if (!index) return std::nullopt;
  return RepeatedName{name.substr(0, dot), *index,
                      second == std::string::npos ? "" : name.substr(second + 1)};
}

/// The entries 1…n of one list as a JSON array.
result<json> gather(const std::string& list, const std::map<std::size_t, json>& entries) {
  json array = json::array();
  std::size_t expected = 1;
  for (const auto& [index, entry] : entries) {
    if (index != expected) {
      return fail(Errc::invalid_field, name_text(list) + "." + std::to_string(index),
                  "entry " + std::to_string(expected) + " is absent; count from 1 without holes");
    }
    array.push_back(entry);
    ++expected;
  }
  return array;
}

}  // namespace

result<json> fields_from_parameters(const Parameters& parameters) {
  if (parameters.size() > max_parameters) {
    return fail(Errc::limit, "",
                std::to_string(parameters.size()) + " parameters; at most " + std::to_string(max_parameters));
  }
  json fields = json::object();
  std::map<std::string, std::map<std::size_t, json>> lists;
  const auto put = [](json& slot, const std::string& name, const std::string& value) -> result<void> {
    if (!slot.is_null() && slot != value) {
      return fail(Errc::duplicate_field, name_text(name),
                  "given twice, as " + quote(slot.is_string() ? slot.get<std::string>() : "a list") +
                      " and " + quote(value) + "; give it once");
    }
    slot = value;
    return success();
  };
  for (const auto& [name, value] : parameters) {
    const auto repeated = split_repeated(name);
    if (!repeated) {
      CAMFLEET_CHECK(put(fields[name], name, value));
      continue;
    }
    json& entry = lists[repeated->list][repeated->index];
    const bool holds_object = entry.is_object();
    if (!entry.is_null() && holds_object == repeated->field.empty()) {
      return fail(Errc::duplicate_field, name_text(name),
                  "the list has both plain entries and entries with fields");
    }
    CAMFLEET_CHECK(put(repeated->field.empty() ? entry : entry[repeated->field], name, value));
  }
  for (const auto& [list, entries] : lists) {
    if (fields.contains(list))
      return fail(Errc::duplicate_field, name_text(list),
                  "given as a list and as " + name_text(list) + ".1 …; give one of them");
    CAMFLEET_TRY(fields[list], gather(list, entries));
  }
  return fields;
}

}  // namespace camfleet
