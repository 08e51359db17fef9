#pragma once

#include <cstddef>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "actors/base/error.hpp"
#include "actors/base/time.hpp"
#include "actors/machines/plant.hpp"
#include "runtime/media/registry.hpp"
#include "runtime/plant/problem_log.hpp"

namespace camfleet::plant {

class RecordedSource;

/// How many recorded sources are really open at once: the one that was read least recently is closed to make
/// room. Thread-safe.
class OpenSources {
 public:
  /// The place of one source in the order.
  using Place = std::list<RecordedSource*>::iterator;

  explicit OpenSources(std::size_t most) : most_(most) {}

  [[nodiscard]] std::size_t really_open() const;

 private:
  friend class RecordedSource;
  /// The source is about to be read: others make room for it.
  void use(RecordedSource& source);
  void forget(RecordedSource& source);

  mutable std::mutex mutex_;
  std::size_t most_;
  std::list<RecordedSource*> recent_;  ///< the last used first
};

/// What a read gave; unless it is a frame, `error` says why.
struct Reading {
  media::ReadStatus status = media::ReadStatus::broken;
  Error error{Errc::ended, "", ""};
};

/// What a device hears of a read that gave no frame.
ReadFailed read_failed(const Reading& reading, const ReadRequest& request);

/// What of a folder is passed over is told once.
void note_passed_over(ProblemLog& problems, const std::string& url, const media::SourceInfo& info);

/// Recorded footage or pictures, which may be closed between two reads to make room and are opened again
/// where they were: sampling by media time makes that invisible. Thread-safe.
class RecordedSource {
 public:
  /// `open_sources` and `registry` outlive it.
  RecordedSource(OpenSources& open_sources, const media::SourceRegistry& registry, std::string url,
                 const media::OpenOptions& options);
  ~RecordedSource();
  RecordedSource(const RecordedSource&) = delete;
  RecordedSource& operator=(const RecordedSource&) = delete;

  /// Opens it unless it is open. Errors: those of SourceRegistry::open.
  result<media::SourceInfo> open();
  /// Reads the frame at `target`, or the next one after the last where `next` is set.
  Reading read(Duration target, bool next, media::Frame& into);

  [[nodiscard]] const std::string& url() const { return url_; }

 private:
  friend class OpenSources;

  result<void> ensure_open();
  /// Closes it unless it is being read.
  bool close_if_idle();
  Reading read_open(Duration target, bool next, media::Frame& into);

  OpenSources* open_sources_;
  const media::SourceRegistry* registry_;
  std::string url_;
  media::OpenOptions options_;
  std::mutex mutex_;  ///< guards the next three
  std::unique_ptr<media::Source> source_;
  Duration last_{-1};  ///< media time of the last frame
  Duration interval_{0};
  std::optional<OpenSources::Place> place_;  ///< guarded by open_sources_
};

}  // namespace camfleet::plant
