#include "runtime/service/fleet_file.hpp"

#include <algorithm>
#include <initializer_list>
#include <set>

#include "actors/base/text.hpp"
#include "runtime/media/source_url.hpp"
#include "runtime/yaml/reader.hpp"
#include "runtime/yaml/text_file.hpp"
#include "runtime/yaml/value.hpp"

namespace camfleet::service {
namespace {

constexpr std::int64_t most_devices = 1'000'000;

/// Every "{i}" replaced by a number.
std::string numbered(std::string text, std::int64_t number) {
  constexpr std::string_view mark = "{i}";
  for (std::size_t at = text.find(mark); at != std::string::npos; at = text.find(mark, at))
    text.replace(at, mark.size(), std::to_string(number));
  return text;
}

constexpr std::size_t longest_id = 128;  // as of CreateDevice
constexpr std::size_t longest_source = 2048;
constexpr std::size_t longest_region = 128;

std::string place_of(const std::filesystem::path& file, int line) {
  return file.string() + ":" + std::to_string(line);
}

/// A URL that stands where a name should, for want of a blank, may hold a password.
std::string shown_name(const std::string& name) {
  return name.find_first_of(":/@") == std::string::npos ? quote(name) : "a text with a URL in it";
}

/// The mapping has no other fields than these.
result<void> check_fields(const yaml::Value& mapping, const std::filesystem::path& file,
                          std::initializer_list<std::string_view> known, const char* right) {
  for (const yaml::Value::Entry& entry : mapping.entries()) {
    if (std::ranges::find(known, entry.name) == known.end())
      return fail(Errc::invalid_field, place_of(file, entry.line),
                  shown_name(entry.name) + " is no field here; the fields are " + right);
  }
  return success();
}

result<std::string> text_of(const yaml::Value& device, const char* name, std::size_t longest,
                            const std::string& place, bool required) {
  const yaml::Value* value = device.find(name);
  const std::string where = place + ": " + name;
  if (value == nullptr && !required) return std::string();
  if (value == nullptr)
    return fail(Errc::missing_field, where, "is absent; each device has an id and a source");
  if (!value->is_text()) return fail(Errc::invalid_field, where, "is no text");
  const std::string& text = value->text();
  if (text.size() > longest || !is_plain_utf8(text) || (text.empty() && required))
    return fail(Errc::invalid_field, where,
                quote(text) + " is wrong; it is a text of 1 to " + std::to_string(longest) +
                    " bytes without control characters");
  return text;
}

/// What is wrong with it is told without it, as far as its URL can tell its secrets: a password may be in it.
result<std::string> source_of(const yaml::Value& device, const std::string& place) {
  const yaml::Value* value = device.find("source");
  const std::string where = place + ": source";
  if (value == nullptr)
    return fail(Errc::missing_field, where, "is absent; each device has an id and a source");
  if (!value->is_text()) return fail(Errc::invalid_field, where, "is no text");
  if (value->text().size() > longest_source)
    return fail(
        Errc::invalid_field, where,
        "has " + std::to_string(value->text().size()) + " bytes; at most " + std::to_string(longest_source));
  return value->text();
}

result<std::int64_t> count_of(const yaml::Value& device, const std::string& place) {
  const yaml::Value* value = device.find("count");
  if (value == nullptr) return 1;
  const auto count = parse_int(value->text());
  if (!count || *count < 1 || *count > most_devices)
    return fail(Errc::invalid_field, place + ": count", "must be a number from 1 to 1000000");
  return *count;
}

result<void> add(std::vector<FleetDevice>& fleet, const yaml::Value& device,
                 const std::filesystem::path& file, const media::SourceRegistry& sources) {
  const std::string place = place_of(file, device.line());
  if (!device.is_mapping()) return fail(Errc::invalid_field, place, "is no device; write {id: …, source: …}");
  CAMFLEET_CHECK(
      check_fields(device, file, {"id", "source", "region", "count"}, "id, source, region and count"));
  CAMFLEET_TRY(const std::string id, text_of(device, "id", longest_id, place, true));
  CAMFLEET_TRY(const std::string source, source_of(device, place));
  CAMFLEET_TRY(const std::string region, text_of(device, "region", longest_region, place, false));
  CAMFLEET_TRY(const std::int64_t count, count_of(device, place));
  if (count > 1 && id.find("{i}") == std::string::npos)
    return fail(Errc::invalid_field, place + ": id",
                quote(id) + " names " + std::to_string(count) + " devices; put {i} into it");
  for (std::int64_t i = 0; i < count; ++i) {
    FleetDevice one{numbered(id, i), region, numbered(source, i)};
    if (one.id.size() > longest_id)
      return fail(Errc::invalid_field, place + ": id",
                  quote(one.id) + " has " + std::to_string(one.id.size()) + " bytes; at most " +
                      std::to_string(longest_id));
    const auto url = media::parse_source_url(one.source);
    if (!url.has_value()) return pass(within(place, url.error()));
    if (const auto pulled = sources.traits_of(url.value()); !pulled.has_value())
      return pass(within(place + ": source", pulled.error()));
    if (fleet.size() == most_devices) return fail(Errc::limit, place, "a fleet has at most 1000000 devices");
    fleet.push_back(std::move(one));
  }
  return success();
}

}  // namespace

result<std::vector<FleetDevice>> load_fleet(const std::filesystem::path& file,
                                            const media::SourceRegistry& sources) {
  CAMFLEET_TRY(const std::string text, yaml::read_text_file(file.string(), "a fleet file"));
  CAMFLEET_TRY(const yaml::Value root, yaml::read_yaml(text, file.string()));
  const yaml::Value* devices = root.find("devices");
  if (devices == nullptr || !devices->is_list())
    return fail(Errc::missing_field, file.string() + ": devices",
                "is absent; a fleet file is a list of devices");
  // A scenario that includes it reads its nodes as well.
  CAMFLEET_CHECK(check_fields(root, file, {"devices", "nodes"}, "devices, and nodes for scenarios"));
  std::vector<FleetDevice> fleet;
  for (const yaml::Value& device : devices->items()) CAMFLEET_CHECK(add(fleet, device, file, sources));
  std::set<std::string_view> ids;
  for (const FleetDevice& device : fleet) {
    if (!ids.insert(device.id).second)
      return fail(Errc::duplicate_field, file.string() + ": devices", quote(device.id) + " is there twice");
  }
  return fleet;
}

}  // namespace camfleet::service
