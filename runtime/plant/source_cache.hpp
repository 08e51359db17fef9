#pragma once

#include <cstdint>
#include <list>
#include <map>
#include <string>
#include <utility>

#include "actors/error.hpp"
#include "actors/ids.hpp"
#include "actors/time.hpp"
#include "runtime/media/registry.hpp"
#include "runtime/plant/reopening_source.hpp"

namespace camfleet::plant {

/// The recorded sources that devices have open, by (device, stream). At most `capacity` are really open, the
/// others are closed and opened again where they were when they are read: sampling by media time makes that
/// invisible.
class SourceCache {
 public:
  using Key = std::pair<DeviceIx, StreamIx>;

  SourceCache(const media::SourceRegistry& registry, std::size_t capacity)
      : registry_(&registry), capacity_(capacity) {}

  /// Opens `url` under `key`. Errors: those of SourceRegistry::open.
  result<media::SourceInfo> open(Key key, const std::string& url, const media::OpenOptions& options);

  [[nodiscard]] bool holds(Key key) const { return entries_.contains(key); }

  /// Reads the frame at `target`, or the next one after the last where `next` is set. The key is held.
  Reading read(Key key, Duration target, bool next, media::Frame& into);

  void close(Key key);

  [[nodiscard]] std::size_t really_open() const { return recent_.size(); }

 private:
  struct Entry {
    ReopeningSource source;
    std::list<Key>::iterator recent;  ///< valid while `source` is open
  };

  void make_room();

  const media::SourceRegistry* registry_;
  std::size_t capacity_;
  std::map<Key, Entry> entries_;
  std::list<Key> recent_;  ///< really open ones, the last read first
};

}  // namespace camfleet::plant
