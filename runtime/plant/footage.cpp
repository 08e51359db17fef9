#include "runtime/plant/footage.hpp"

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

}  // namespace camfleet::plant
