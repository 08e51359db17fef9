#include "tools/camfleet/worlds/cameras.hpp"

#include <string>

#include "actors/base/text.hpp"
#include "runtime/media/source_url.hpp"

namespace camfleet::cli {
namespace {

/// Where an instance names a device.
struct Naming {
  const InstanceEntry* instance = nullptr;
  const DeviceSpec* entry = nullptr;
};

bool asks_for_the_same(const DeviceSpec& a, const DeviceSpec& b) {
  return a.size == b.size && a.coding == b.coding && a.kbps == b.kbps;
}

/// True for a URL that is not worth parsing; the scheme may be in capitals.
bool is_synthetic(const std::string& source) {
  return to_lower(source.substr(0, camera::scheme.size() + 3)) == std::string(camera::scheme) + "://";
}

/// Tells of an instance that the camera is not as it asks for.
void tell_other(const DeviceEntry& device, const media::SourceUrl& url, const camera::CameraSpec& camera,
                const Naming& first, const Naming& other, plant::ProblemLog& problems) {
  const auto asked = camera::resolve(url, device.id, other.entry);
  // Where the URL says all of it, what the instances ask for makes no difference.
  if (asked.has_value() && asked.value() == camera) return;
  problems.add_once({Errc::invalid_field, "device " + device.id,
                     "is filmed as instance " + quote(first.instance->id) + " asks, " +
                         camera::url_of(camera) + "; instance " + quote(other.instance->id) +
                         " asks otherwise"});
}

}  // namespace

result<Cameras> cameras_of(const Roster& roster, plant::ProblemLog& problems) {
  Cameras cameras(roster.device_count());
  std::vector<media::SourceUrl> urls(roster.device_count());
  for (std::uint32_t i = 0; i < roster.device_count(); ++i) {
    if (!is_synthetic(roster[DeviceIx{i}].source)) continue;
    CAMFLEET_TRY(urls[i], media::parse_source_url(roster[DeviceIx{i}].source));
  }
  std::vector<Naming> first(roster.device_count());
  for (std::uint32_t i = 0; i < roster.instance_count(); ++i) {
    const InstanceEntry& instance = roster[InstanceIx{i}];
    for (std::size_t k = 0; k < instance.devices.size(); ++k) {
      const std::uint32_t device = instance.devices[k].value;
      if (urls[device].scheme.empty() || first[device].entry != nullptr) continue;
      first[device] = {&instance, &instance.spec.devices[k]};
    }
  }
  for (std::uint32_t i = 0; i < roster.device_count(); ++i) {
    if (urls[i].scheme.empty()) continue;
    const std::string& id = roster[DeviceIx{i}].id;
    auto camera = camera::resolve(urls[i], id, first[i].entry);
    if (!camera.has_value()) return pass(within("device " + id, camera.error()));
    cameras[i] = camera.value();
  }
  for (std::uint32_t i = 0; i < roster.instance_count(); ++i) {
    const InstanceEntry& instance = roster[InstanceIx{i}];
    for (std::size_t k = 0; k < instance.devices.size(); ++k) {
      const std::uint32_t device = instance.devices[k].value;
      const Naming other{&instance, &instance.spec.devices[k]};
      if (!cameras[device] || asks_for_the_same(*first[device].entry, *other.entry)) continue;
      tell_other(roster[DeviceIx{device}], urls[device], *cameras[device], first[device], other, problems);
    }
  }
  return cameras;
}

}  // namespace camfleet::cli
