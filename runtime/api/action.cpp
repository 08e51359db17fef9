#include "runtime/api/action.hpp"

#include <algorithm>

#include "actors/base/json_text.hpp"
#include "actors/base/text.hpp"
#include "actors/base/wall_time.hpp"

namespace camfleet::api {
namespace {

using nlohmann::json;

bool is_absent(const json& value) {
  return value.is_null() || (value.is_string() && value.get_ref<const std::string&>().empty());
}

constexpr std::size_t most_entries = 10'000;

std::string shown(const json& value) {
  return quote(value.is_string() ? value.get<std::string>()
                                 : value.dump(-1, ' ', false, json::error_handler_t::replace));
}

ApiError wrong(std::string_view name, const json& value, const std::string& right) {
  return {500, "RequestFailed",
          "Request failed: " + std::string(name) + ": " + shown(value) + " is not " + right};
}

std::optional<std::int64_t> whole_of(const json& value) {
  if (value.is_number_integer()) return value.get<std::int64_t>();
  if (value.is_string()) return parse_int(value.get_ref<const std::string&>());
  return std::nullopt;
}

/// JSON text becomes the list that it is; entries become texts.
std::optional<json> list_of(const json& value) {
  json list = value;
  if (list.is_string()) {
    auto parsed = parse_json(list.get_ref<const std::string&>(), "list");
    list = parsed.has_value() ? std::move(parsed).value() : json(json::value_t::discarded);
  }
  if (list.is_number_integer() || (list.is_discarded() && value.is_string())) {
    // "1,2,3", as some clients send it.
    list = json::array();
    std::string_view rest = value.is_string() ? std::string_view(value.get_ref<const std::string&>()) : "";
    if (value.is_number_integer() || rest.find_first_of("[]{}\"") != std::string_view::npos)
      return std::nullopt;
    for (bool more = true; more;) {
      const std::size_t comma = rest.find(',');
      list.push_back(std::string(rest.substr(0, comma)));
      more = comma != std::string_view::npos;
      if (more) rest.remove_prefix(comma + 1);
    }
  }
  if (!list.is_array()) return std::nullopt;
  for (json& entry : list) {
    if (entry.is_number_integer()) entry = entry.dump();
  }
  return list;
}

/// Of the parameters that are JSON texts; their own rules are parse_instance's.
constexpr std::size_t unbounded = SIZE_MAX;

std::optional<ApiError> check_text(const Field& field, const std::string& text) {
  if (field.longest == unbounded) return std::nullopt;
  std::size_t characters = 0;
  bool is_plain = true;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    is_plain &= byte >= 0x20 && byte != 0x7F;
    if ((byte & 0xC0U) != 0x80U) ++characters;
  }
  if (characters > field.longest)
    return ApiError{500, "RequestFailed",
                    "Request failed: " + std::string(field.name) + ": " + std::to_string(characters) +
                        " characters; at most " + std::to_string(field.longest)};
  if (!is_plain) return wrong(field.name, text, "a text without control characters");
  return std::nullopt;
}

std::optional<ApiError> check(const Field& field, json& value) {
  switch (field.type) {
    case FieldType::text: {
      if (value.is_number_integer()) value = value.dump();
      if (!value.is_string()) return wrong(field.name, value, "a text");
      const auto& text = value.get_ref<const std::string&>();
      if (auto error = check_text(field, text)) return error;
      if (!field.values.empty() && std::ranges::find(field.values, text) == field.values.end()) {
        std::string list;
        for (const std::string_view one : field.values) list += (list.empty() ? "" : ", ") + std::string(one);
        return wrong(field.name, value, "one of " + list);
      }
      return std::nullopt;
    }
    case FieldType::whole: {
      const auto number = whole_of(value);
      if (!number || *number < field.least || *number > field.most)
        return wrong(
            field.name, value,
            "a whole number from " + std::to_string(field.least) + " to " + std::to_string(field.most));
      value = *number;
      return std::nullopt;
    }
    case FieldType::boolean: {
      const auto read = value.is_string() ? parse_bool(value.get_ref<const std::string&>()) : std::nullopt;
      if (read) value = *read;
      if (!value.is_boolean()) return wrong(field.name, value, "true or false");
      return std::nullopt;
    }
    case FieldType::list: {
      auto list = list_of(value);
      if (!list) return wrong(field.name, value, R"(a list like ["1","2"])");
      if (list->size() > most_entries)
        return ApiError{500, "RequestFailed",
                        "Request failed: " + std::string(field.name) + ": " + std::to_string(list->size()) +
                            " entries; at most " + std::to_string(most_entries)};
      value = std::move(*list);
      return std::nullopt;
    }
  }
  return std::nullopt;
}

}  // namespace

std::string Call::text(std::string_view name) const {
  const auto found = fields_.find(name);
  return found == fields_.end() || !found->is_string() ? "" : found->get<std::string>();
}

std::int64_t Call::whole(std::string_view name, std::int64_t otherwise) const {
  const auto found = fields_.find(name);
  return found == fields_.end() || !found->is_number_integer() ? otherwise : found->get<std::int64_t>();
}

result<std::optional<Instant>> Call::instant(std::string_view name, const std::string& zone) const {
  const std::string given = text(name);
  if (given.empty()) return std::optional<Instant>();
  constexpr std::int64_t most_milliseconds = 9'000'000'000'000;
  if (const auto count = parse_int(given); count && *count >= 0 && *count < most_milliseconds)
    return std::optional(Instant(milliseconds(*count)));
  if (!zone.empty()) {
    if (const auto at = parse_wall(given, zone)) return at;
  }
  auto at = parse_iso(given);
  if (!at.has_value()) return pass(Error{Errc::invalid_field, std::string(name), at.error().what});
  return std::optional(at.value());
}

std::vector<std::string> Call::list(std::string_view name) const {
  std::vector<std::string> texts;
  const auto found = fields_.find(name);
  if (found == fields_.end() || !found->is_array()) return texts;
  for (const json& entry : *found)
    texts.push_back(entry.is_string() ? entry.get<std::string>() : entry.dump());
  return texts;
}

const std::vector<Action>& actions() {
  static const std::vector<Action> all = [] {
    std::vector<Action> list = instance_actions();
    for (auto* more : {&result_actions, &device_actions, &source_actions, &event_actions, &node_actions}) {
      for (Action& action : (*more)()) list.push_back(std::move(action));
    }
    std::ranges::sort(list, {}, &Action::name);
    return list;
  }();
  return all;
}

const Action* find_action(std::string_view name) {
  const auto& all = actions();
  const auto found = std::ranges::lower_bound(all, name, {}, &Action::name);
  return found == all.end() || found->name != name ? nullptr : &*found;
}

ApiError to_api(const Error& error) {
  if (error.code == Errc::missing_field) {
    std::string name = error.where.substr(error.where.find_last_of('.') + 1);
    name = name.substr(0, name.find('['));
    return {400, "Missing" + name, name + " is mandatory for this action."};
  }
  if (error.code == Errc::duplicate_field)
    return {400, "InvalidParameter", "Specified parameter " + error.line()};
  // Where on this machine something is, is not its callers' business; the log has it.
  const bool is_of_the_machine = error.code == Errc::io || error.where.starts_with('/');
  if (is_of_the_machine)
    return {500, "RequestFailed",
            "Request failed: the server's disk: " +
                (error.what.empty() ? std::string(sentence(error.code)) : error.what)};
  return {500, "RequestFailed", "Request failed: " + error.line()};
}

api_result<json> check_fields(const Action& action, json fields) {
  for (const Field& field : action.fields) {
    const auto found = fields.find(field.name);
    if (found == fields.end() || is_absent(*found)) {
      if (field.required)
        return refuse(400, "Missing" + std::string(field.name),
                      std::string(field.name) + " is mandatory for this action.");
      if (found != fields.end()) fields.erase(found);
      continue;
    }
    if (auto error = check(field, *found)) return pass(std::move(*error));
  }
  for (auto one = fields.begin(); one != fields.end();) {
    const bool known = std::ranges::find(action.fields, one.key(), &Field::name) != action.fields.end();
    one = known ? std::next(one) : fields.erase(one);
  }
  return fields;
}

}  // namespace camfleet::api
