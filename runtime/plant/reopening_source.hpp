#pragma once

#include <memory>
#include <string>

#include "actors/error.hpp"
#include "actors/time.hpp"
#include "runtime/media/registry.hpp"
#include "runtime/plant/problem_log.hpp"

namespace camfleet::plant {

/// What a read gave; unless it is a frame, `error` says why.
struct Reading {
  media::ReadStatus status = media::ReadStatus::broken;
  Error error{Errc::ended, "", ""};
};

/// What of a folder is passed over is told once.
void note_passed_over(ProblemLog& problems, const std::string& url, const media::SourceInfo& info);

/// A recorded source that can be closed to make room and is opened again where it was when it is read:
/// sampling by media time makes that invisible.
class ReopeningSource {
 public:
  ReopeningSource(const media::SourceRegistry& registry, std::string url, const media::OpenOptions& options)
      : registry_(&registry), url_(std::move(url)), options_(options) {}

  /// Opens it unless it is open. Errors: those of SourceRegistry::open.
  result<void> ensure_open();
  void close() { source_.reset(); }
  [[nodiscard]] bool is_open() const { return source_ != nullptr; }

  [[nodiscard]] const std::string& url() const { return url_; }
  /// Of the source that is open.
  [[nodiscard]] const media::SourceInfo& info() const { return source_->info(); }

  /// Reads the frame at `target`, or the next one after the last where `next` is set.
  Reading read(Duration target, bool next, media::Frame& into);

 private:
  const media::SourceRegistry* registry_;
  std::string url_;
  media::OpenOptions options_;
  std::unique_ptr<media::Source> source_;
  Duration last_{-1};  ///< media time of the last frame
  Duration interval_{0};
};

}  // namespace camfleet::plant
