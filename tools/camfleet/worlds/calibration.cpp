#include "tools/camfleet/worlds/calibration.hpp"

#include <algorithm>

#include "runtime/media/registry.hpp"
#include "runtime/vision/engine.hpp"
#include "tools/camfleet/cli/process.hpp"

namespace camfleet::cli {
namespace {

constexpr const char* calibration_clip = "file:///usr/share/doc/opencv-doc/examples/data/vtest.avi";
constexpr int decoded_s = 20;
constexpr int calibration_pictures = 8;
constexpr std::int64_t full_hd_pixels = 1920LL * 1080;
constexpr std::int64_t usual_rate = 25;

/// CPU of one second of the calibration_clip, as if it were 1080p at 25 frames a second, and its frames, one
/// a second.
result<Duration> measure_decoding(std::vector<media::Frame>& frames) {
  media::SourceRegistry sources;
  media::register_file_schemes(sources);
  CAMFLEET_TRY(const auto source, sources.open(calibration_clip, {}));
  frames.resize(decoded_s);
  const Stopwatch watch;
  for (int i = 0; i < decoded_s; ++i) {
    if (source->read(seconds(i), frames[static_cast<std::size_t>(i)]) != media::ReadStatus::frame)
      return pass(source->error());
  }
  const Duration cpu = watch.cpu();
  const media::SourceInfo& info = source->info();
  const std::int64_t pixels = std::int64_t{info.width} * info.height;
  const std::int64_t rate = std::max<std::int64_t>(1, seconds(1) / info.frame_interval);
  return Duration(cpu.count() / decoded_s * full_hd_pixels / pixels * usual_rate / rate);
}

/// CPU of one picture; the first, which loads what is lazy, does not count.
result<Duration> measure_analysis(const vision::Algorithm& algorithm, const vision::ModelPath& models,
                                  const std::vector<media::Frame>& frames) {
  CAMFLEET_TRY(const auto engine, vision::make_engine(algorithm, models));
  const auto state = engine->new_state();
  std::vector<vision::Box> boxes;
  Duration cpu{0};
  for (std::size_t i = 0; i <= calibration_pictures; ++i) {
    const media::Frame& frame = frames[i];
    const Stopwatch watch;
    CAMFLEET_CHECK(
        engine->analyse({frame.bgr.data(), frame.width, frame.height, frame.stride}, state.get(), boxes));
    if (i > 0) cpu += watch.cpu();
  }
  return cpu / calibration_pictures;
}

}  // namespace

result<Costs> calibrate(const std::vector<const vision::Algorithm*>& algorithms,
                        const vision::ModelPath& models, const CalibrationNotes& notes) {
  Costs costs;
  std::vector<media::Frame> frames;
  CAMFLEET_TRY(costs.decode_per_second["MPEG4"], measure_decoding(frames));
  for (const vision::Algorithm* algorithm : algorithms) {
    if (notes.measuring) notes.measuring(algorithm->name_en);
    const auto cost = measure_analysis(*algorithm, models, frames);
    if (cost.has_value()) {
      costs.analyse_per_sample[algorithm->id] = cost.value();
    } else if (notes.left_out) {
      notes.left_out(algorithm->id, cost.error());
    }
  }
  return costs;
}

}  // namespace camfleet::cli
