#include "tools/camfleet/bench/still_world.hpp"

#include <utility>
#include <vector>

namespace camfleet::cli {
namespace {

class StillSource final : public media::Source {
 public:
  StillSource() {
    info_.frame_interval = seconds(1);
    info_.width = 64;
    info_.height = 64;
  }
  [[nodiscard]] const media::SourceInfo& info() const override { return info_; }
  media::ReadStatus read(Duration target, media::Frame& into) override {
    into.resize(info_.width, info_.height);
    into.media_time = target;
    return media::ReadStatus::frame;
  }
  media::ReadStatus next(media::Frame& into) override { return read(into.media_time + seconds(1), into); }
  [[nodiscard]] const Error& error() const override { return none_; }

 private:
  media::SourceInfo info_;
  Error none_{Errc::ended, "", ""};
};

class IdleEngine final : public vision::Engine {
 public:
  explicit IdleEngine(bool finds) : finds_(finds) {}
  result<void> analyse(const vision::ImageView& /*image*/, vision::EngineState* /*state*/,
                       std::vector<vision::Box>& out) override {
    out.clear();
    if (finds_) out.assign(1, {"null", 0.5F, 10, 10, 20, 20});
    return success();
  }

 private:
  bool finds_;
};

}  // namespace

media::SourceRegistry still_sources() {
  media::SourceRegistry sources;
  media::Scheme still;
  still.traits = [](const media::SourceUrl&) {
    return media::SourceTraits{.kind = media::SourceKind::recorded, .is_here = true};
  };
  still.open = [](const media::SourceUrl&,
                  const media::OpenOptions&) -> result<std::unique_ptr<media::Source>> {
    return std::unique_ptr<media::Source>(std::make_unique<StillSource>());
  };
  sources.add("still", std::move(still));
  return sources;
}

result<std::unique_ptr<plant::EngineSet>> idle_engines(bool finds, unsigned threads) {
  static const vision::Algorithm algorithm;
  return plant::EngineSet::load(
      {&algorithm},
      [finds](const vision::Algorithm&) -> result<std::unique_ptr<vision::Engine>> {
        return std::unique_ptr<vision::Engine>(std::make_unique<IdleEngine>(finds));
      },
      threads);
}

}  // namespace camfleet::cli
