#pragma once

#include <memory>
#include <utility>

#include "runtime/media/registry.hpp"

namespace camfleet::plant {

/// What all counting sources of a registry did.
struct SourceCounts {
  int opened = 0;
  int alive = 0;
};

/// Footage of ten frames a second, `length` long, whose frames are one black pixel.
class CountingSource : public media::Source {
 public:
  CountingSource(SourceCounts& counts, Duration length) : counts_(&counts), length_(length) {
    ++counts_->opened;
    ++counts_->alive;
    info_.frame_interval = milliseconds(100);
    info_.length = length;
  }
  ~CountingSource() override { --counts_->alive; }
  CountingSource(const CountingSource&) = delete;
  CountingSource& operator=(const CountingSource&) = delete;

  [[nodiscard]] const media::SourceInfo& info() const override { return info_; }

  media::ReadStatus read(Duration target, media::Frame& into) override {
    at_ = (target + milliseconds(50)) / milliseconds(100) * milliseconds(100);
    return give(into);
  }
  media::ReadStatus next(media::Frame& into) override {
    at_ = at_ < Duration(0) ? Duration(0) : at_ + milliseconds(100);
    return give(into);
  }
  [[nodiscard]] const Error& error() const override { return ended_; }

  /// A registry whose scheme "count" opens these.
  static media::SourceRegistry registry(SourceCounts& counts, Duration length) {
    media::SourceRegistry registry;
    media::Scheme scheme;
    scheme.traits = [](const media::SourceUrl&) {
      return media::SourceTraits{.kind = media::SourceKind::recorded, .is_here = true};
    };
    scheme.open = [&counts, length](
                      const media::SourceUrl& url,
                      const media::OpenOptions& /*options*/) -> result<std::unique_ptr<media::Source>> {
      if (url.path == "/gone") return fail(Errc::not_found, url.text, "is gone");
      return std::unique_ptr<media::Source>(std::make_unique<CountingSource>(counts, length));
    };
    registry.add("count", std::move(scheme));
    return registry;
  }

 private:
  media::ReadStatus give(media::Frame& into) const {
    if (at_ >= length_) return media::ReadStatus::ended;
    into.resize(1, 1);
    into.media_time = at_;
    return media::ReadStatus::frame;
  }

  SourceCounts* counts_;
  Duration length_;
  media::SourceInfo info_;
  Duration at_{-1};
  Error ended_{Errc::ended, "count", "is over"};
};

}  // namespace camfleet::plant
