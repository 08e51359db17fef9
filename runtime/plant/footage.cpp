#include "runtime/plant/footage.hpp"

#include <utility>

#include "runtime/media/playback.hpp"
#include "runtime/media/source_url.hpp"

namespace camfleet::plant {

DeviceKind kind_of(const media::SourceUrl& url) {
  if (url.scheme == "pictures") return DeviceKind::pictures;
  return media::arrival_of(url) == media::Arrival::recorded ? DeviceKind::recorded : DeviceKind::live;
}

void measure(DeviceEntry& device, const media::SourceRegistry& sources) {
  const auto url = media::parse_source_url(device.source);
  if (!url.has_value() || (url.value().scheme != "file" && url.value().scheme != "pictures")) return;
  const auto playback = media::playback_of(url.value());
  if (!playback.has_value()) return;
  // Looped footage has no end; as long as itself means once through.
  std::string once = media::file_url(url.value().path, url.value().scheme);
  if (const auto start = url.value().query.find("start"); start != url.value().query.end())
    once += "?start=" + start->second;
  const auto source = sources.open(once, {});
  if (!source.has_value()) return;
  device.loops = playback.value().loop;
  const Duration length = source.value()->info().length;
  if (device.kind == DeviceKind::pictures) {
    device.pictures = static_cast<std::uint32_t>(length / seconds(1));
  } else {
    device.length = length;
  }
}

void MeasuredFootage::measure(DeviceEntry& device, const media::SourceRegistry& sources) {
  std::unique_lock lock(mutex_);
  auto known = known_.find(device.source);
  if (known == known_.end()) {
    lock.unlock();
    DeviceEntry measured = device;
    plant::measure(measured, sources);
    lock.lock();
    known = known_.emplace(device.source, std::move(measured)).first;
  }
  device.length = known->second.length;
  device.pictures = known->second.pictures;
  device.loops = known->second.loops;
}

}  // namespace camfleet::plant
