#include "runtime/plant/source_cache.hpp"

#include <cassert>

namespace camfleet::plant {

result<media::SourceInfo> SourceCache::open(Key key, const std::string& url,
                                            const media::OpenOptions& options) {
  assert(!entries_.contains(key));
  Entry entry;
  entry.url = url;
  entry.options = options;
  CAMFLEET_CHECK(ensure_open(key, entry));
  const media::SourceInfo info = entry.source->info();
  entry.interval = info.frame_interval;
  entries_.emplace(key, std::move(entry));
  return info;
}

result<void> SourceCache::ensure_open(Key key, Entry& entry) {
  if (entry.source) {
    recent_.splice(recent_.begin(), recent_, entry.recent);
    return success();
  }
  if (recent_.size() >= capacity_) {
    entries_.at(recent_.back()).source.reset();
    recent_.pop_back();
  }
  CAMFLEET_TRY(entry.source, registry_->open(entry.url, entry.options));
  recent_.push_front(key);
  entry.recent = recent_.begin();
  return success();
}

SourceCache::Reading SourceCache::read(Key key, Duration target, bool next, media::Frame& into) {
  Entry& entry = entries_.at(key);
  const bool was_open = entry.source != nullptr;
  if (auto opened = ensure_open(key, entry); !opened.has_value())
    return {media::ReadStatus::broken, opened.error()};
  const bool at_start = entry.last < Duration(0);
  // A source that was closed to make room goes on after its last frame; one that was never read starts at
  // `target`.
  const bool sequential = next && !at_start && was_open;
  if (next && !at_start && !was_open) target = entry.last + entry.interval;
  Reading reading;
  reading.status = sequential ? entry.source->next(into) : entry.source->read(target, into);
  if (reading.status == media::ReadStatus::frame) {
    entry.last = into.media_time;
  } else {
    reading.error = entry.source->error();
  }
  return reading;
}

void SourceCache::close(Key key) {
  const auto found = entries_.find(key);
  if (found == entries_.end()) return;
  if (found->second.source) recent_.erase(found->second.recent);
  entries_.erase(found);
}

}  // namespace camfleet::plant
