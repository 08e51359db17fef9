#include "runtime/plant/source_cache.hpp"

#include <cassert>

namespace camfleet::plant {

result<media::SourceInfo> SourceCache::open(Key key, const std::string& url,
                                            const media::OpenOptions& options) {
  assert(!entries_.contains(key));
  make_room();
  Entry entry{ReopeningSource(*registry_, url, options), {}};
  CAMFLEET_CHECK(entry.source.ensure_open());
  const media::SourceInfo info = entry.source.info();
  recent_.push_front(key);
  entry.recent = recent_.begin();
  entries_.emplace(key, std::move(entry));
  return info;
}

void SourceCache::make_room() {
  if (recent_.size() < capacity_) return;
  entries_.at(recent_.back()).source.close();
  recent_.pop_back();
}

Reading SourceCache::read(Key key, Duration target, bool next, media::Frame& into) {
  Entry& entry = entries_.at(key);
  const bool was_open = entry.source.is_open();
  if (!was_open) make_room();
  Reading reading = entry.source.read(target, next, into);
  if (was_open) {
    recent_.splice(recent_.begin(), recent_, entry.recent);
  } else if (entry.source.is_open()) {
    recent_.push_front(key);
    entry.recent = recent_.begin();
  }
  return reading;
}

void SourceCache::close(Key key) {
  const auto found = entries_.find(key);
  if (found == entries_.end()) return;
  if (found->second.source.is_open()) recent_.erase(found->second.recent);
  entries_.erase(found);
}

}  // namespace camfleet::plant
