#include "runtime/plant/footage.hpp"

#include <utility>

#include "runtime/media/playback.hpp"
#include "runtime/media/source_url.hpp"

namespace camfleet::plant {

DeviceKind kind_of(const media::SourceTraits& traits) {
  switch (traits.kind) {
    case media::SourceKind::recorded:
      return DeviceKind::recorded;
    case media::SourceKind::pictures:
      return DeviceKind::pictures;
    case media::SourceKind::live:
      break;
  }
  return DeviceKind::live;
}

DeviceKind kind_of(const media::SourceUrl& url, const media::SourceRegistry& sources) {
  const auto traits = sources.traits_of(url);
  return traits.has_value() ? kind_of(traits.value()) : DeviceKind::live;
}

result<void> measure(DeviceEntry& device, const media::SourceRegistry& sources) {
  CAMFLEET_TRY(const media::SourceUrl url, media::parse_source_url(device.source));
  const auto traits = sources.traits_of(url);
  if (!traits.has_value() || !traits.value().is_here) return success();
  CAMFLEET_TRY(const auto playback, media::playback_of(url));
  // Looped footage has no end; as long as itself means once through.
  std::string once = media::file_url(url.path, url.scheme);
  if (const auto start = url.query.find("start"); start != url.query.end()) once += "?start=" + start->second;
  CAMFLEET_TRY(const auto source, sources.open(once, {}));
  device.loops = playback.loop;
  const Duration length = source->info().length;
  if (device.kind == DeviceKind::pictures) {
    device.pictures = static_cast<std::uint32_t>(length / seconds(1));
  } else {
    device.length = length;
  }
  return success();
}

result<void> MeasuredFootage::measure(DeviceEntry& device, const media::SourceRegistry& sources) {
  std::unique_lock lock(mutex_);
  auto known = known_.find(device.source);
  if (known == known_.end()) {
    lock.unlock();
    Known measured{device, success()};
    measured.outcome = plant::measure(measured.device, sources);
    lock.lock();
    known = known_.emplace(device.source, std::move(measured)).first;
  }
  device.length = known->second.device.length;
  device.pictures = known->second.device.pictures;
  device.loops = known->second.device.loops;
  return known->second.outcome;
}

}  // namespace camfleet::plant
