#include "runtime/service/fleet_file.hpp"

#include <set>

#include <yaml-cpp/yaml.h>

#include "actors/text.hpp"
#include "runtime/media/source_url.hpp"

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

std::string place_of(const std::filesystem::path& file, const YAML::Node& node) {
  return file.string() + ":" + std::to_string(node.Mark().line + 1);
}

result<std::string> text_of(const YAML::Node& device, const char* name, const std::string& place,
                            bool required) {
  const YAML::Node value = device[name];
  if (!value && !required) return std::string();
  if (!value)
    return fail(Errc::missing_field, place + ": " + name, "is absent; each device has an id and a source");
  if (!value.IsScalar()) return fail(Errc::invalid_field, place + ": " + name, "is no text");
  return value.Scalar();
}

result<std::int64_t> count_of(const YAML::Node& device, const std::string& place) {
  const YAML::Node value = device["count"];
  if (!value) return 1;
  const auto count = value.IsScalar() ? parse_int(value.Scalar()) : std::nullopt;
  if (!count || *count < 1 || *count > most_devices)
    return fail(Errc::invalid_field, place + ": count", "must be a number from 1 to 1000000");
  return *count;
}

result<void> add(std::vector<FleetDevice>& fleet, const YAML::Node& device, const std::string& place,
                 const media::SourceRegistry& sources) {
  if (!device.IsMap()) return fail(Errc::invalid_field, place, "is no device; write {id: …, source: …}");
  CAMFLEET_TRY(const std::string id, text_of(device, "id", place, true));
  CAMFLEET_TRY(const std::string source, text_of(device, "source", place, true));
  CAMFLEET_TRY(const std::string region, text_of(device, "region", place, false));
  CAMFLEET_TRY(const std::int64_t count, count_of(device, place));
  if (count > 1 && id.find("{i}") == std::string::npos)
    return fail(Errc::invalid_field, place + ": id",
                quote(id) + " names " + std::to_string(count) + " devices; put {i} into it");
  for (std::int64_t i = 0; i < count; ++i) {
    FleetDevice one{numbered(id, i), region, numbered(source, i)};
    const auto url = media::parse_source_url(one.source);
    if (!url.has_value()) return BOOST_OUTCOME_V2_NAMESPACE::failure(within(place, url.error()));
    if (const auto pulled = sources.traits_of(url.value()); !pulled.has_value())
      return BOOST_OUTCOME_V2_NAMESPACE::failure(within(place + ": source", pulled.error()));
    if (fleet.size() == most_devices) return fail(Errc::limit, place, "a fleet has at most 1000000 devices");
    fleet.push_back(std::move(one));
  }
  return success();
}

}  // namespace

result<std::vector<FleetDevice>> load_fleet(const std::filesystem::path& file,
                                            const media::SourceRegistry& sources) {
  YAML::Node root;
  try {
    root = YAML::LoadFile(file.string());
  } catch (const YAML::BadFile&) {
    return fail(Errc::not_found, file.string(), "cannot be read; give a fleet file");
  } catch (const YAML::Exception& error) {
    return fail(Errc::unreadable, file.string() + ":" + std::to_string(error.mark.line + 1),
                "is no YAML: " + error.msg);
  }
  if (!root.IsMap() || !root["devices"] || !root["devices"].IsSequence())
    return fail(Errc::missing_field, file.string() + ": devices",
                "is absent; a fleet file is a list of devices");
  std::vector<FleetDevice> fleet;
  for (const YAML::Node& device : root["devices"])
    CAMFLEET_CHECK(add(fleet, device, place_of(file, device), sources));
  std::set<std::string_view> ids;
  for (const FleetDevice& device : fleet) {
    if (!ids.insert(device.id).second)
      return fail(Errc::duplicate_field, file.string() + ": devices", quote(device.id) + " is there twice");
  }
  return fleet;
}

}  // namespace camfleet::service
