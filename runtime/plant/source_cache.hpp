#pragma once

#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "actors/error.hpp"
#include "actors/ids.hpp"
#include "actors/time.hpp"
#include "runtime/media/source.hpp"

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

  /// Reads the frame at `target`, or the next one after the last where `next` is set. False when the key is
  /// not open (it was closed meanwhile); else `status` and, unless it is `frame`, `error` are set.
  struct Reading {
    media::ReadStatus status = media::ReadStatus::broken;
    Error error{Errc::ended, "", ""};
  };
  [[nodiscard]] bool holds(Key key) const { return entries_.contains(key); }
  Reading read(Key key, Duration target, bool next, media::Frame& into);

  void close(Key key);

  [[nodiscard]] std::size_t really_open() const { return recent_.size(); }

 private:
  struct Entry {
    std::string url;
    media::OpenOptions options;
    std::unique_ptr<media::Source> source;  ///< null while closed to make room
    std::list<Key>::iterator recent;        ///< valid while `source` is there
    Duration last{-1};                      ///< media time of the last frame
    Duration interval{0};
  };

  result<void> ensure_open(Key key, Entry& entry);

  const media::SourceRegistry* registry_;
  std::size_t capacity_;
  std::map<Key, Entry> entries_;
  std::list<Key> recent_;  ///< really open ones, the last read first
};

}  // namespace camfleet::plant
