#include "actors/spec/spec_fields.hpp"

#include <algorithm>

#include "actors/base/json_text.hpp"
#include "actors/base/text.hpp"
#include "actors/spec/spec.hpp"

namespace camfleet {

using nlohmann::json;

result<Fields> Fields::of(const json& object, std::string path) {
  if (!object.is_object())
    return fail(Errc::invalid_field, std::move(path), shown(object) + " is not an object with fields");
  return Fields(object, std::move(path));
}

const json* Fields::find(std::string_view name) const {
  const auto found = object_->find(name);
  if (found == object_->end() || found->is_null()) return nullptr;
  if (found->is_string() && found->get_ref<const std::string&>().empty()) return nullptr;
  return &*found;
}

bool Fields::has(std::string_view name) const {
  return find(name) != nullptr;
}

std::string Fields::path(std::string_view name) const {
  return path_.empty() ? std::string(name) : path_ + "." + std::string(name);
}

Error Fields::absent(std::string_view name) const {
  return {Errc::missing_field, path(name), "absent; it is required"};
}

result<std::optional<std::string>> Fields::text(std::string_view name) const {
  const json* value = find(name);
  if (value == nullptr) return std::optional<std::string>();
  std::string text;
  if (value->is_string()) {
    text = value->get<std::string>();
  } else if (value->is_number_integer()) {
    text = value->dump();
  } else {
    return fail(Errc::invalid_field, path(name), shown(*value) + " is not text");
  }
  if (!is_plain_utf8(text))
    return fail(Errc::invalid_field, path(name), quote(text) + " has a control character or is not UTF-8");
  if (utf8_length(text) > max_name_length) {
    return fail(Errc::invalid_field, path(name),
                quote(text) + " has " + std::to_string(utf8_length(text)) + " characters; at most " +
                    std::to_string(max_name_length));
  }
  return std::optional(std::move(text));
}

result<std::string> Fields::required_text(std::string_view name) const {
  CAMFLEET_TRY(auto found, text(name));
  if (!found) return pass(absent(name));
  return std::move(*found);
}

result<std::optional<bool>> Fields::boolean(std::string_view name) const {
  const json* value = find(name);
  if (value == nullptr) return std::optional<bool>();
  if (value->is_boolean()) return std::optional(value->get<bool>());
  if (value->is_string()) {
    if (const auto read = parse_bool(value->get_ref<const std::string&>())) return read;
  }
  return fail(Errc::invalid_field, path(name), shown(*value) + " is not true or false");
}

result<bool> Fields::required_boolean(std::string_view name) const {
  CAMFLEET_TRY(const auto found, boolean(name));
  if (!found) return pass(absent(name));
  return *found;
}

result<std::optional<std::int64_t>> Fields::whole(std::string_view name, std::int64_t least,
                                                  std::int64_t most, std::string_view unit) const {
  const json* value = find(name);
  if (value == nullptr) return std::optional<std::int64_t>();
  std::optional<std::int64_t> number;
  if (value->is_string()) {
    number = parse_int(value->get_ref<const std::string&>());
  } else if (value->is_number_integer()) {
    number = parse_int(value->dump());
  }
  if (!number || *number < least || *number > most) {
    return fail(Errc::invalid_field, path(name),
                shown(*value) + " is not allowed; write " + std::string(unit) + " from " +
                    std::to_string(least) + " to " + std::to_string(most));
  }
  return number;
}

result<std::int64_t> Fields::required_whole(std::string_view name, std::int64_t least, std::int64_t most,
                                            std::string_view unit) const {
  CAMFLEET_TRY(const auto found, whole(name, least, most, unit));
  if (!found) return pass(absent(name));
  return *found;
}

result<json> Fields::required_list(std::string_view name) const {
  CAMFLEET_TRY(json value, required(name));
  if (value.is_string()) {
    CAMFLEET_TRY(value, parse_json(value.get_ref<const std::string&>(), path(name)));
  }
  if (!value.is_array()) return fail(Errc::invalid_field, path(name), shown(value) + " is not a list");
  if (value.empty())
    return fail(Errc::invalid_field, path(name), "the list is empty; give at least one entry");
  return value;
}

result<json> Fields::required(std::string_view name) const {
  const json* value = find(name);
  if (value == nullptr) return pass(absent(name));
  return *value;
}

result<void> Fields::refuse_unknown(std::span<const std::string_view> allowed,
                                    std::span<const std::string_view> ignored) const {
  for (const auto& [name, value] : object_->items()) {
    if (std::ranges::find(allowed, name) != allowed.end() ||
        std::ranges::find(ignored, name) != ignored.end())
      continue;
    std::string right;
    for (const std::string_view known : allowed) right += (right.empty() ? "" : ", ") + std::string(known);
    return fail(Errc::invalid_field, path(name_text(name)), "unknown field; the fields are " + right);
  }
  return success();
}

}  // namespace camfleet
