#include "simulator/score/detection_model.hpp"

#include <algorithm>
#include <tuple>

#include "actors/base/hash.hpp"

namespace camfleet::score {
namespace {

constexpr std::uint64_t million = 1'000'000;

/// Draws that are no object's; ids of objects are below.
constexpr std::uint64_t of_false_box = 1U << 20U;
constexpr std::uint64_t of_place = 2U << 20U;
constexpr std::uint64_t of_score = 3U << 20U;

/// Edges further off would leave less than a half of the box in common.
constexpr std::uint32_t most_edges = 120;

std::uint64_t draw(std::uint64_t chance, std::uint64_t what) {
  return mix(chance ^ ((what + 1) * 0xD1342543DE82EF95ULL));
}

bool happens(std::uint64_t chance, std::uint64_t what, std::uint32_t per_mille) {
  return draw(chance, what) % 1000 < per_mille;
}

/// Uniform in [least, most].
int between(int least, int most, std::uint64_t random) {
  const auto range = static_cast<std::uint64_t>(std::max(most - least, 0)) + 1;
  return least + static_cast<int>(random % range);
}

/// The box of an object as it is found: each edge is off by so much in the mean.
vision::Box found_box(const scene::Seen& object, std::uint32_t edges_per_mille, FrameSize size,
                      std::uint64_t chance) {
  const int reach = static_cast<int>(std::min(2 * edges_per_mille, most_edges));
  const auto moved = [&](int edge, int side, int most, std::uint64_t which) {
    const int off = between(-reach, reach, draw(chance, of_place + object.id * 4ULL + which)) * side;
    return std::clamp(edge + (off + (off < 0 ? -500 : 500)) / 1000, 0, most);
  };
  const scene::Rect& box = object.box;
  vision::Box found;
  found.x = moved(box.x, box.w, size.width - 1, 0);
  found.y = moved(box.y, box.h, size.height - 1, 1);
  found.w = std::max(1, moved(box.x + box.w, box.w, size.width, 2) - found.x);
  found.h = std::max(1, moved(box.y + box.h, box.h, size.height, 3) - found.y);
  found.score = static_cast<float>(between(600, 999, draw(chance, of_score + object.id))) / 1000.0F;
  return found;
}

/// How many boxes of a sample are where nothing is: as many as are whole, and one more as often as the rest
/// says.
std::uint32_t false_boxes(const DetectionRow& row, std::uint64_t chance) {
  return row.false_per_mille / 1000 + (happens(chance, of_false_box, row.false_per_mille % 1000) ? 1 : 0);
}

/// A box where there is nothing, or where there is something by chance.
vision::Box false_box(FrameSize size, std::uint64_t chance, std::uint64_t number) {
  const auto any = [&](std::uint64_t which) { return draw(chance, of_false_box + 1 + number * 5 + which); };
  vision::Box box;
  box.w = between(std::max(size.width / 20, 1), std::max(size.width / 6, 1), any(0));
  box.h = between(std::max(size.height / 20, 1), std::max(size.height / 3, 1), any(1));
  box.x = between(0, size.width - box.w, any(2));
  box.y = between(0, size.height - box.h, any(3));
  box.score = static_cast<float>(between(500, 799, any(4))) / 1000.0F;
  return box;
}

}  // namespace

DetectionModel::DetectionModel(const Parts& parts, Truth truth)
    : roster_(parts.roster),
      truth_(std::move(truth)),
      truths_(truth_),
      table_(*parts.table),
      cameras_(parts.cameras->size()),
      by_algorithm_(parts.roster->algorithms().size()) {
  std::map<std::tuple<scene::Scene, std::uint32_t, int, int>, std::uint32_t> known;
  for (std::size_t i = 0; i < cameras_.size(); ++i) {
    const auto& spec = (*parts.cameras)[i];
    if (!spec) continue;
    const auto [found, is_new] =
        known.try_emplace({spec->scene, spec->variant(), spec->size.width, spec->size.height},
                          static_cast<std::uint32_t>(loops_.size()));
    if (is_new) loops_.push_back(timeline_of(*spec));
    cameras_[i] = {found->second, nullptr, camera::CameraClock(*spec).scene_time(Instant{}), *spec};
  }
  for (std::uint32_t i = 0; i < by_algorithm_.size(); ++i) {
    OfAlgorithm& algorithm = by_algorithm_[i];
    const std::string& id = (*roster_)[AlgorithmIx{i}];
    const vision::Algorithm* entry = parts.catalogue->find(id);
    if (entry == nullptr) continue;
    algorithm.owes = classes_of(*entry);
    for (std::size_t k = 0; k < algorithm.labels.size(); ++k)
      algorithm.labels[k] = label_of(*entry, static_cast<scene::ObjectClass>(k));
    for (std::size_t k = 0; k < algorithm.rows.size(); ++k)
      algorithm.rows[k] = &table_.row(id, static_cast<scene::Scene>(k));
    for (const Camera& camera : cameras_) {
      if (camera.loop == nothing || algorithm.owes.empty()) continue;
      const auto [mean, is_new] = means_.try_emplace({i, camera.loop}, 0);
      if (is_new) mean->second = mean_of(algorithm, camera);
    }
  }
}

DetectionModel::Timeline DetectionModel::timeline_of(const camera::CameraSpec& camera) const {
  Timeline timeline;
  for (std::size_t i = 0; i < steps; ++i) {
    timeline.first[i] = static_cast<std::uint32_t>(timeline.objects.size());
    const auto at = step * static_cast<std::int64_t>(i) + step / 2;
    for (const scene::Seen& seen : truth_.seen(camera.scene, camera.variant(), at, camera.size)) {
      if (seen.per_mille < scene::in_view) continue;
      timeline.objects.push_back(
          {static_cast<std::uint16_t>(seen.id), seen.kind,
           static_cast<std::uint8_t>(height_class(seen.box.h * table_.lines() / camera.size.height))});
    }
  }
  timeline.first[steps] = static_cast<std::uint32_t>(timeline.objects.size());
  return timeline;
}

std::uint64_t DetectionModel::mean_of(const OfAlgorithm& algorithm, const Camera& camera) const {
  const DetectionRow& row = row_of(algorithm, camera);
  const Timeline& loop = loops_[camera.loop];
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < steps; ++i) {
    std::uint64_t none = million * (1000 - std::min(row.false_per_mille, 1000U)) / 1000;
    for (std::uint32_t k = loop.first[i]; k < loop.first[i + 1]; ++k) {
      const Object& object = loop.objects[k];
      if (algorithm.owes.has(object.kind)) none = none * (1000 - row.recall_per_mille[object.height]) / 1000;
    }
    sum += million - none;
  }
  return sum / steps;
}

std::pair<const DetectionModel::Object*, const DetectionModel::Object*> DetectionModel::in_view(
    const Camera& camera, Instant at) const {
  const Duration time =
      (at.time_since_epoch() % scene::loop_length + camera.phase + scene::loop_length) % scene::loop_length;
  const auto i = static_cast<std::size_t>(time / step);
  const Timeline& loop = loops_[camera.loop];
  return {loop.objects.data() + loop.first[i], loop.objects.data() + loop.first[i + 1]};
}

bool DetectionModel::finds(const Sample& sample, std::uint64_t chance) const {
  const OfAlgorithm& algorithm = by_algorithm_[ix_of(sample.instance, sample.algorithm)];
  const Camera& camera = cameras_[sample.device.value];
  const DetectionRow& row = row_of(algorithm, camera);
  if (false_boxes(row, chance) > 0) return true;
  const auto [begin, end] = in_view(camera, sample.frame_at);
  return std::any_of(begin, end, [&](const Object& object) {
    return algorithm.owes.has(object.kind) && happens(chance, object.id, row.recall_per_mille[object.height]);
  });
}

std::vector<vision::Box> DetectionModel::boxes(const Sample& sample, std::uint64_t chance) {
  const OfAlgorithm& algorithm = by_algorithm_[ix_of(sample.instance, sample.algorithm)];
  Camera& camera = cameras_[sample.device.value];
  const DetectionRow& row = row_of(algorithm, camera);
  const camera::CameraClock clock(camera.spec);
  const bool every_frame = (*roster_)[sample.instance].spec.every_frame;
  const std::int64_t frame = every_frame ? clock.frame_at(sample.frame_at)
                                         : clock.next_frame(sample.frame_at - clock.interval() / 2);
  if (camera.truth == nullptr) camera.truth = &truths_.of(camera.spec);
  const auto& truth = camera.truth->at(clock.in_loop(frame));
  std::vector<vision::Box> found;
  const auto [begin, end] = in_view(camera, sample.frame_at);
  for (const Object* object = begin; object != end; ++object) {
    if (!algorithm.owes.has(object->kind)) continue;
    if (!happens(chance, object->id, row.recall_per_mille[object->height])) continue;
    const auto seen = std::ranges::find(truth, object->id, &scene::Seen::id);
    if (seen == truth.end() || seen->per_mille < scene::in_view) continue;
    found.push_back(found_box(*seen, row.edges_per_mille, camera.spec.size, chance));
    found.back().label = algorithm.labels[static_cast<std::size_t>(seen->kind)];
  }
  const auto label = std::ranges::find_if(algorithm.labels, [](const auto& one) { return !one.empty(); });
  for (std::uint32_t i = 0; i < false_boxes(row, chance); ++i) {
    found.push_back(false_box(camera.spec.size, chance, i));
    found.back().label = *label;
  }
  std::ranges::stable_sort(found, std::greater<>{}, &vision::Box::score);
  return found;
}

std::uint64_t DetectionModel::per_million(InstanceIx instance, std::uint8_t algorithm,
                                          DeviceIx device) const {
  return means_.at({ix_of(instance, algorithm), cameras_[device.value].loop});
}

}  // namespace camfleet::score
