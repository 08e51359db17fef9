#include "simulator/score/line_fields.hpp"

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "actors/base/text.hpp"

namespace camfleet::score {
namespace {

using nlohmann::json;

std::string shown(const json& value) {
  return quote(value.dump(-1, ' ', false, json::error_handler_t::replace));
}

std::string number_text(double value) {
  return json(value == std::floor(value) ? json(static_cast<std::int64_t>(value)) : json(value)).dump();
}

}  // namespace

result<LineFields> LineFields::of(const json& object, std::string where) {
  if (!object.is_object()) return fail(Errc::invalid_field, where, shown(object) + " is not a JSON object");
  return LineFields(object, std::move(where));
}

bool LineFields::has(std::string_view name) const {
  return object_->contains(name);
}

result<const json*> LineFields::member(std::string_view name) const {
  const auto found = object_->find(name);
  if (found == object_->end()) return fail(Errc::missing_field, place(name), "absent; it is required");
  return &*found;
}

result<std::string> LineFields::text(std::string_view name) const {
  CAMFLEET_TRY(const json* value, member(name));
  if (!value->is_string()) return fail(Errc::invalid_field, place(name), shown(*value) + " is not a text");
  return value->get<std::string>();
}

result<Instant> LineFields::instant(std::string_view name) const {
  CAMFLEET_TRY(const std::string value, text(name));
  const auto at = parse_iso(value);
  if (!at.has_value()) return pass(within(place(name), at.error()));
  return at.value();
}

result<double> LineFields::number(std::string_view name, double least, double most) const {
  CAMFLEET_TRY(const json* value, member(name));
  if (!value->is_number() || value->get<double>() < least || value->get<double>() > most)
    return fail(Errc::invalid_field, place(name),
                shown(*value) + " is not a number from " + number_text(least) + " to " + number_text(most));
  return value->get<double>();
}

result<std::int64_t> LineFields::whole(std::string_view name, std::int64_t least, std::int64_t most) const {
  CAMFLEET_TRY(const double value, number(name, static_cast<double>(least), static_cast<double>(most)));
  return std::lround(value);
}

result<bool> LineFields::flag(std::string_view name) const {
  CAMFLEET_TRY(const json* value, member(name));
  if (!value->is_boolean())
    return fail(Errc::invalid_field, place(name), shown(*value) + " is not true or false");
  return value->get<bool>();
}

result<const json*> LineFields::list(std::string_view name) const {
  CAMFLEET_TRY(const json* value, member(name));
  if (!value->is_array()) return fail(Errc::invalid_field, place(name), shown(*value) + " is not a list");
  return value;
}

result<const json*> LineFields::object(std::string_view name) const {
  CAMFLEET_TRY(const json* value, member(name));
  if (!value->is_object())
    return fail(Errc::invalid_field, place(name), shown(*value) + " is not a JSON object");
  return value;
}

result<JsonLines> JsonLines::open(const std::string& path) {
  std::error_code code;
  if (!std::filesystem::exists(path, code)) return fail(Errc::not_found, path, "there is no such file");
  JsonLines lines(path);
  if (std::filesystem::is_directory(path, code) || !lines.file_)
    return fail(Errc::unreadable, path, "cannot be read; give a file of JSON lines");
  return lines;
}

result<bool> JsonLines::next(json& object) {
  do {
    ++number_;
    line_.clear();
    // Byte by byte from the stream's buffer: a line without an end must not take all memory.
    auto* buffer = file_.rdbuf();
    int c = buffer->sbumpc();
    if (c == std::char_traits<char>::eof()) return false;
    for (; c != std::char_traits<char>::eof() && c != '\n'; c = buffer->sbumpc()) {
      if (line_.size() == max_line)
        return fail(Errc::too_large, where(),
                    "the line is longer than " + std::to_string(max_line) + " bytes");
      line_.push_back(static_cast<char>(c));
    }
    if (!line_.empty() && line_.back() == '\r') line_.pop_back();
  } while (line_.empty());
  object = json::parse(line_, nullptr, false);
  if (object.is_discarded())
    return fail(Errc::invalid_field, where(), quote(line_) + " is not JSON; each line is one object");
  return true;
}

}  // namespace camfleet::score
