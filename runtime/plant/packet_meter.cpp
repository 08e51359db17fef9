#include "runtime/plant/packet_meter.hpp"

#include <algorithm>

namespace camfleet::plant {

void PacketMeter::add(Duration at, bool key) {
  last_[count_++ % kept] = at;
  if (!key) return;
  if (had_key_) key_distance_ = std::max(key_distance_, at - key_at_);
  had_key_ = true;
  key_at_ = at;
}

Duration PacketMeter::frame_interval() const {
  const std::uint64_t distances = std::min<std::uint64_t>(count_, kept) - (count_ > 0 ? 1 : 0);
  if (distances == 0) return Duration(0);
  const Duration span = last_[(count_ - 1) % kept] - last_[(count_ - 1 - distances) % kept];
  if (distances < kept - 1 && span < seconds(1)) return Duration(0);
  return std::clamp<Duration>(span / static_cast<std::int64_t>(distances), milliseconds(1), seconds(60));
}

}  // namespace camfleet::plant
