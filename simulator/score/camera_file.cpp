#include "simulator/score/camera_file.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <utility>

#include "actors/text.hpp"
#include "runtime/media/source_url.hpp"
#include "simulator/score/line_fields.hpp"

namespace camfleet::score {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

result<void> read_devices(const json& devices, const LineFields& file, NamedSetting& into) {
  for (const auto& [id, text] : devices.items()) {
    const std::string where = file.place("devices") + "." + name_text(id);
    if (!text.is_string()) return fail(Errc::invalid_field, where, "is not a URL like synthetic://lobby");
    CAMFLEET_TRY(const media::SourceUrl url, media::parse_source_url(text.get_ref<const std::string&>()));
    const auto camera = camera::resolve(url, id, nullptr);
    if (!camera.has_value()) return BOOST_OUTCOME_V2_NAMESPACE::failure(within(where, camera.error()));
    into.devices.push_back(id);
    into.setting.cameras.emplace_back(camera.value());
  }
  return success();
}

result<void> read_instances(const json& instances, const LineFields& file, NamedSetting& into) {
  for (const auto& [name, fields] : instances.items()) {
    CAMFLEET_TRY(const LineFields entry,
                 LineFields::of(fields, file.place("instances") + "." + name_text(name)));
    Setting::Instance instance;
    CAMFLEET_TRY(const auto spf, entry.whole("spf", 1, max_spf));
    instance.spf = static_cast<std::uint32_t>(spf);
    CAMFLEET_TRY(instance.every_frame, entry.flag("every_frame"));
    into.instances.push_back(name);
    into.setting.instances.push_back(instance);
  }
  return success();
}

result<void> read_algorithms(const ordered_json& algorithms, const LineFields& file, NamedSetting& into) {
  for (const auto& [id, members] : algorithms.items()) {
    const json fields = json::parse(members.dump());
    CAMFLEET_TRY(const LineFields entry,
                 LineFields::of(fields, file.place("algorithms") + "." + name_text(id)));
    Setting::Algorithm algorithm{id, {}, {}};
    CAMFLEET_TRY(const json* classes, entry.list("classes"));
    for (const json& one : *classes) {
      const auto* found = one.is_string()
                              ? std::ranges::find(scene::class_names, one.get_ref<const std::string&>())
                              : nullptr;
      if (found == nullptr || found == scene::class_names.end())
        return fail(Errc::invalid_field, entry.place("classes"),
                    one.dump() + " is not person, face, plate or vehicle");
      algorithm.owes.add(static_cast<scene::ObjectClass>(found - scene::class_names.begin()));
    }
    CAMFLEET_TRY(const json* scenes, entry.list("scenes"));
    for (const json& one : *scenes) {
      const auto scene = scene::parse_scene(one.is_string() ? one.get_ref<const std::string&>() : one.dump());
      if (!scene.has_value())
        return BOOST_OUTCOME_V2_NAMESPACE::failure(within(entry.place("scenes"), scene.error()));
      algorithm.scenes.push_back(scene.value());
    }
    into.setting.algorithms.push_back(std::move(algorithm));
  }
  return success();
}

result<void> read_faults(const json& faults, const LineFields& file, NamedSetting& into) {
  for (std::size_t i = 0; i < faults.size(); ++i) {
    CAMFLEET_TRY(const LineFields entry,
                 LineFields::of(faults[i], file.place("faults") + "[" + std::to_string(i) + "]"));
    CAMFLEET_TRY(const std::string device, entry.text("device"));
    const auto found = std::ranges::find(into.devices, device);
    if (found == into.devices.end())
      return fail(Errc::unknown_id, entry.place("device"), quote(device) + " is not among devices");
    Setting::Fault fault{{static_cast<std::uint32_t>(found - into.devices.begin())}, {}, {}, {}};
    CAMFLEET_TRY(fault.kind, entry.text("kind"));
    CAMFLEET_TRY(fault.from, entry.instant("from"));
    CAMFLEET_TRY(fault.to, entry.instant("to"));
    into.setting.faults.push_back(std::move(fault));
  }
  return success();
}

}  // namespace

ordered_json camera_file_of(const NamedSetting& named) {
  const Setting& setting = named.setting;
  ordered_json file{{"devices", ordered_json::object()},
                    {"instances", ordered_json::object()},
                    {"algorithms", ordered_json::object()},
                    {"faults", ordered_json::array()}};
  for (std::size_t i = 0; i < setting.cameras.size(); ++i) {
    if (setting.cameras[i]) file["devices"].emplace(named.devices[i], camera::url_of(*setting.cameras[i]));
  }
  for (std::size_t i = 0; i < setting.instances.size(); ++i) {
    const auto& [spf, every_frame] = setting.instances[i];
    file["instances"][named.instances[i]] = {{"spf", spf}, {"every_frame", every_frame}};
  }
  for (const Setting::Algorithm& algorithm : setting.algorithms) {
    if (algorithm.scenes.empty()) continue;
    ordered_json& entry = file["algorithms"][algorithm.id];
    entry = {{"classes", ordered_json::array()}, {"scenes", ordered_json::array()}};
    for (std::size_t i = 0; i < scene::class_names.size(); ++i) {
      if (algorithm.owes.has(static_cast<scene::ObjectClass>(i)))
        entry["classes"].push_back(scene::class_names[i]);
    }
    for (const scene::Scene scene : algorithm.scenes) entry["scenes"].push_back(scene::to_text(scene));
  }
  for (const Setting::Fault& fault : setting.faults)
    file["faults"].push_back({{"device", named.devices[fault.device.value]},
                              {"kind", fault.kind},
                              {"from", to_iso(fault.from)},
                              {"to", to_iso(fault.to)}});
  return file;
}

result<NamedSetting> read_camera_file(const std::string& path) {
  std::error_code code;
  if (!std::filesystem::exists(path, code))
    return fail(Errc::not_found, path,
                "there is no such file; a run with synthetic:// cameras writes it with --out, unless samples "
                "are counted");
  std::ifstream file(path, std::ios::binary);
  // The order of algorithms is that of the document.
  const ordered_json content = ordered_json::parse(file, nullptr, false);
  if (content.is_discarded()) return fail(Errc::invalid_field, path, "is not JSON");
  const json sorted = json::parse(content.dump());
  CAMFLEET_TRY(const LineFields fields, LineFields::of(sorted, path));
  NamedSetting named;
  CAMFLEET_TRY(const json* devices, fields.object("devices"));
  CAMFLEET_CHECK(read_devices(*devices, fields, named));
  CAMFLEET_TRY(const json* instances, fields.object("instances"));
  CAMFLEET_CHECK(read_instances(*instances, fields, named));
  CAMFLEET_CHECK(fields.object("algorithms"));
  CAMFLEET_CHECK(read_algorithms(content["algorithms"], fields, named));
  CAMFLEET_TRY(const json* faults, fields.list("faults"));
  CAMFLEET_CHECK(read_faults(*faults, fields, named));
  return named;
}

}  // namespace camfleet::score
