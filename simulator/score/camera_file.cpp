#include "simulator/score/camera_file.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <utility>

#include "actors/base/text.hpp"
#include "runtime/media/source_url.hpp"
#include "simulator/score/line_fields.hpp"

namespace camfleet::score {
namespace {

using nlohmann::json;

result<void> read_devices(const json& devices, const LineFields& file, NamedSetting& into) {
  for (const auto& [id, text] : devices.items()) {
    const std::string where = file.place("devices") + "." + name_text(id);
    if (!text.is_string()) return fail(Errc::invalid_field, where, "is not a URL like synthetic://lobby");
    CAMFLEET_TRY(const media::SourceUrl url, media::parse_source_url(text.get_ref<const std::string&>()));
    const auto camera = camera::resolve(url, id, nullptr);
    if (!camera.has_value()) return pass(within(where, camera.error()));
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

result<ClassSet> read_classes(const LineFields& entry) {
  ClassSet owes;
  CAMFLEET_TRY(const json* classes, entry.list("classes"));
  for (const json& one : *classes) {
    const auto* found =
        std::ranges::find_if(scene::class_names, [&](std::string_view name) { return one == name; });
    if (found == scene::class_names.end())
      return fail(Errc::invalid_field, entry.place("classes"),
                  quote(one.dump()) + " is not person, face, plate or vehicle");
    owes.add(static_cast<scene::ObjectClass>(found - scene::class_names.begin()));
  }
  return owes;
}

result<void> read_algorithms(const json& algorithms, const LineFields& file, NamedSetting& into) {
  for (std::size_t i = 0; i < algorithms.size(); ++i) {
    CAMFLEET_TRY(const LineFields entry,
                 LineFields::of(algorithms[i], file.place("algorithms") + "[" + std::to_string(i) + "]"));
    Setting::Algorithm algorithm;
    CAMFLEET_TRY(algorithm.id, entry.text("algorithm"));
    CAMFLEET_TRY(algorithm.owes, read_classes(entry));
    CAMFLEET_TRY(const json* scenes, entry.list("scenes"));
    for (const json& one : *scenes) {
      const auto scene = scene::parse_scene(one.is_string() ? one.get_ref<const std::string&>() : one.dump());
      if (!scene.has_value()) return pass(within(entry.place("scenes"), scene.error()));
      algorithm.scenes.push_back(scene.value());
    }
    into.setting.algorithms.push_back(std::move(algorithm));
  }
  return success();
}

result<void> read_faults(const json& faults, const LineFields& file, NamedSetting& into) {
  std::map<std::string_view, std::uint32_t> devices;
  for (std::uint32_t i = 0; i < into.devices.size(); ++i) devices.emplace(into.devices[i], i);
  for (std::size_t i = 0; i < faults.size(); ++i) {
    CAMFLEET_TRY(const LineFields entry,
                 LineFields::of(faults[i], file.place("faults") + "[" + std::to_string(i) + "]"));
    CAMFLEET_TRY(const std::string device, entry.text("device"));
    const auto found = devices.find(device);
    if (found == devices.end())
      return fail(Errc::unknown_id, entry.place("device"), quote(device) + " is not among devices");
    Setting::Fault fault{{found->second}, {}, {}, {}};
    CAMFLEET_TRY(fault.kind, entry.text("kind"));
    CAMFLEET_TRY(fault.from, entry.instant("from"));
    CAMFLEET_TRY(fault.to, entry.instant("to"));
    into.setting.faults.push_back(std::move(fault));
  }
  return success();
}

}  // namespace

json camera_file_of(const NamedSetting& named) {
  const Setting& setting = named.setting;
  json file{{"devices", json::object()},
            {"instances", json::object()},
            {"algorithms", json::array()},
            {"faults", json::array()}};
  for (std::size_t i = 0; i < setting.cameras.size(); ++i) {
    if (setting.cameras[i]) file["devices"][named.devices[i]] = camera::url_of(*setting.cameras[i]);
  }
  for (std::size_t i = 0; i < setting.instances.size(); ++i) {
    const auto& [spf, every_frame] = setting.instances[i];
    file["instances"][named.instances[i]] = {{"spf", spf}, {"every_frame", every_frame}};
  }
  for (const Setting::Algorithm& algorithm : setting.algorithms) {
    if (algorithm.scenes.empty()) continue;
    json entry{{"algorithm", algorithm.id}, {"classes", json::array()}, {"scenes", json::array()}};
    for (std::size_t i = 0; i < scene::class_names.size(); ++i) {
      if (algorithm.owes.has(static_cast<scene::ObjectClass>(i)))
        entry["classes"].push_back(scene::class_names[i]);
    }
    for (const scene::Scene scene : algorithm.scenes) entry["scenes"].push_back(scene::to_text(scene));
    file["algorithms"].push_back(std::move(entry));
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
  const json content = json::parse(file, nullptr, false);
  if (content.is_discarded()) return fail(Errc::invalid_field, path, "is not JSON");
  CAMFLEET_TRY(const LineFields fields, LineFields::of(content, path));
  NamedSetting named;
  CAMFLEET_TRY(const json* devices, fields.object("devices"));
  CAMFLEET_CHECK(read_devices(*devices, fields, named));
  CAMFLEET_TRY(const json* instances, fields.object("instances"));
  CAMFLEET_CHECK(read_instances(*instances, fields, named));
  CAMFLEET_TRY(const json* algorithms, fields.list("algorithms"));
  CAMFLEET_CHECK(read_algorithms(*algorithms, fields, named));
  CAMFLEET_TRY(const json* faults, fields.list("faults"));
  CAMFLEET_CHECK(read_faults(*faults, fields, named));
  return named;
}

}  // namespace camfleet::score
