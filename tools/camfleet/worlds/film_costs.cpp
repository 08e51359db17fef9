#include "tools/camfleet/worlds/film_costs.hpp"

#include <map>
#include <set>
#include <utility>
#include <vector>

#include "simulator/camera/film_reader.hpp"
#include "tools/camfleet/worlds/stage.hpp"

namespace camfleet::cli {
namespace {

constexpr std::int64_t groups = 2;
constexpr std::size_t filmed_pictures = 8;
/// Away from the first frames of all.
constexpr Instant filmed_at = Instant(std::chrono::hours(1));

/// What was measured together.
struct Sum {
  Duration cpu{0};
  std::int64_t count = 0;
  [[nodiscard]] Duration each() const { return count == 0 ? Duration(0) : cpu / count; }
};

/// The cameras that show the same scene in the same format, and what looks at them.
struct Film {
  camera::CameraSpec camera;
  std::set<std::uint32_t> algorithms;
};

/// The films of a run, by format and scene.
std::vector<Film> films_of(const Stage& stage) {
  std::map<std::pair<StreamFormat, scene::Scene>, Film> films;
  for (std::uint32_t i = 0; i < stage.roster().instance_count(); ++i) {
    const InstanceEntry& instance = stage.roster()[InstanceIx{i}];
    for (const DeviceIx device : instance.devices) {
      const auto& camera = stage.cameras()[device.value];
      if (!camera) continue;
      const StreamFormat format{camera->codec, camera->size, camera->fps};
      Film& film = films.try_emplace({format, camera->scene}, Film{*camera, {}}).first->second;
      for (const AlgorithmIx algorithm : instance.algorithms) film.algorithms.insert(algorithm.value);
    }
  }
  std::vector<Film> list;
  list.reserve(films.size());
  for (auto& [key, film] : films) list.push_back(std::move(film));
  return list;
}

class Measurement {
 public:
  explicit Measurement(Stage& stage) : stage_(&stage) {}

  result<void> add(const Film& film) {
    CAMFLEET_TRY(const camera::Reel reel, camera::Reel::open(stage_->library(), film.camera, {}));
    camera::FilmReader reader(film.camera, reel, {});
    std::vector<media::Frame> frames;
    CAMFLEET_CHECK(decode(film.camera, reader, frames));
    for (const std::uint32_t algorithm : film.algorithms)
      CAMFLEET_CHECK(analyse(AlgorithmIx{algorithm}, film.camera.size, frames));
    return success();
  }

  void write(Costs& costs) const {
    for (const auto& [format, sums] : formats_) {
      const Duration key = sums.key.each();
      const bool keys_alone = sums.other.count == 0;
      const Duration other = keys_alone ? key : sums.other.each();
      const Duration convert = keys_alone ? sums.key_read.each() - key : sums.other_read.each() - other;
      costs.frames[format] = {key, other, std::max(Duration(0), convert)};
    }
    for (const auto& [what, sum] : analyses_) costs.analyse_at[what] = sum.each();
  }

 private:
  struct FrameSums {
    Sum key;
    Sum other;
    Sum key_read;  ///< with its picture
    Sum other_read;
  };

  result<void> decode(const camera::CameraSpec& camera, camera::FilmReader& reader,
                      std::vector<media::Frame>& frames) {
    FrameSums& sums = formats_[{camera.codec, camera.size, camera.fps}];
    const camera::CameraClock clock(camera);
    media::Frame picture;
    std::int64_t frame = clock.group_begin(clock.frame_at(filmed_at));
    // The first group opens the decoder; after that the groups take turns, so that a machine that is slower
    // for a while is slower for both.
    CAMFLEET_CHECK(reader.pass(frame - 1));
    for (std::int64_t group = 0; group < 2 * groups; ++group) {
      const bool shows = group % 2 == 1;
      const std::int64_t key = frame;
      const std::int64_t end = clock.group_end(key);
      const std::int64_t apart =
          std::max<std::int64_t>(1, (end - key) / static_cast<std::int64_t>(filmed_pictures));
      for (; frame < end; ++frame) {
        const Stopwatch watch;
        CAMFLEET_CHECK(shows ? reader.read(frame, Instant{}, picture) : reader.pass(frame));
        Sum& sum = frame == key ? (shows ? sums.key_read : sums.key) : shows ? sums.other_read : sums.other;
        sum.cpu += watch.cpu();
        ++sum.count;
        if (shows && (frame - key) % apart == 0) frames.push_back(picture);
      }
    }
    return success();
  }

  result<void> analyse(AlgorithmIx algorithm, FrameSize size, const std::vector<media::Frame>& frames) {
    plant::EngineSet& engines = stage_->engines();
    Sum& sum = analyses_[{stage_->roster()[algorithm], size}];
    const auto state = engines.new_state(algorithm);
    for (std::size_t i = 0; i <= filmed_pictures; ++i) {
      const Stopwatch watch;
      const plant::Analysis analysis = engines.analyse(0, algorithm, frames[i % frames.size()], state.get());
      if (analysis.error) return pass(*analysis.error);
      // The first one loads what is lazy.
      if (i == 0) continue;
      sum.cpu += watch.cpu();
      ++sum.count;
    }
    return success();
  }

  Stage* stage_;
  std::map<StreamFormat, FrameSums> formats_;
  std::map<std::pair<std::string, FrameSize>, Sum> analyses_;
};

}  // namespace

result<void> measure_films(const sim::Scenario& scenario, RunOptions options, Costs& costs) {
  options.out.clear();
  RunReport unused;
  Stage stage(scenario, options, unused);
  CAMFLEET_CHECK(stage.set_up(Stage::any_kind, Stage::Engines::loaded));
  Measurement measurement(stage);
  for (const Film& film : films_of(stage)) CAMFLEET_CHECK(measurement.add(film));
  measurement.write(costs);
  return success();
}

}  // namespace camfleet::cli
