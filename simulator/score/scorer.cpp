#include "simulator/score/scorer.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <utility>

namespace camfleet::score {
namespace {

/// A camera that comes back late has its first pictures later than they were due: reconnects have pauses.
constexpr Duration aftermath = seconds(60);

/// A box of a frame of another size, in pixels of the camera's, clipped to it.
FoundBox to_camera(const vision::Box& box, scene::ObjectClass kind, const Finding& finding, FrameSize size) {
  const auto scaled = [](std::int64_t at, std::int64_t from, std::int64_t to) {
    return static_cast<std::int16_t>(std::clamp<std::int64_t>(at, 0, from) * to / from);
  };
  FoundBox found;
  found.x = scaled(box.x, finding.width, size.width);
  found.y = scaled(box.y, finding.height, size.height);
  found.w =
      static_cast<std::int16_t>(scaled(std::int64_t{box.x} + box.w, finding.width, size.width) - found.x);
  found.h =
      static_cast<std::int16_t>(scaled(std::int64_t{box.y} + box.h, finding.height, size.height) - found.y);
  // As findings.jsonl rounds it, so that a run and its records have the same.
  found.score = static_cast<std::uint16_t>(std::clamp(std::lround(box.score * 1000.0F), 0L, 1000L));
  found.kind = kind;
  return found;
}

/// How far the edges of a box are from those of its object, per mille of its sides; the mean of the four.
std::uint64_t edges_apart(const FoundBox& box, const scene::Rect& object) {
  const auto apart = [](int a, int b, int side) {
    return static_cast<std::uint64_t>(std::abs(a - b)) * 1000 / static_cast<std::uint64_t>(std::max(side, 1));
  };
  return (apart(box.x, object.x, object.w) + apart(box.x + box.w, object.x + object.w, object.w) +
          apart(box.y, object.y, object.h) + apart(box.y + box.h, object.y + object.h, object.h)) /
         4;
}

/// By falling score; boxes of the same score in an order of their own, so that it does not matter how they
/// came.
bool comes_before(const FoundBox& a, const FoundBox& b) {
  return std::tuple(-a.score, a.x, a.y, a.w, a.h, a.kind) < std::tuple(-b.score, b.x, b.y, b.w, b.h, b.kind);
}

}  // namespace

struct Scorer::Look {
  Look(const camera::CameraSpec& camera, LoopTruth& of_loop, ClassSet owed, Instant due, SceneSums& into,
       const Found& what)
      : clock(camera),
        truth(of_loop),
        owes(owed),
        due_at(due),
        sums(into),
        found(what),
        stays(of_loop.stays(), clock, due) {}
  Look(const Look&) = delete;
  Look& operator=(const Look&) = delete;

  const camera::CameraClock clock;
  LoopTruth& truth;
  ClassSet owes;
  Instant due_at;
  SceneSums& sums;
  const Found& found;
  StayBook stays;
};

Scorer::Scorer(Setting setting, Truth truth)
    : setting_(std::move(setting)),
      truths_(std::move(truth)),
      faults_(setting_.cameras.size()),
      loops_(setting_.cameras.size()),
      sums_(setting_.algorithms.size()) {
  for (const Setting::Fault& fault : setting_.faults) faults_[fault.device.value].push_back(fault);
  for (std::size_t i = 0; i < sums_.size(); ++i) {
    const Setting::Algorithm& algorithm = setting_.algorithms[i];
    for (const scene::Scene scene : algorithm.scenes) {
      if (algorithm.owes.and_of(classes_told(scene)).empty()) continue;
      sums_[i][static_cast<std::size_t>(scene)] = std::make_unique<SceneSums>();
    }
  }
}

void Scorer::add_fault(const Setting::Fault& fault) {
  setting_.faults.push_back(fault);
  faults_[fault.device.value].push_back(fault);
}

ClassSet Scorer::scored(DeviceIx device, AlgorithmIx algorithm) const {
  const auto& camera = setting_.cameras[device.value];
  if (!camera) return {};
  return setting_.algorithms[algorithm.value].owes.and_of(classes_told(camera->scene));
}

bool Scorer::is_scored(DeviceIx device, AlgorithmIx algorithm) const {
  return !scored(device, algorithm).empty();
}

SceneSums& Scorer::sums_of(DeviceIx device, AlgorithmIx algorithm) {
  auto& sums = sums_[algorithm.value][static_cast<std::size_t>(setting_.cameras[device.value]->scene)];
  if (!sums) sums = std::make_unique<SceneSums>();
  return *sums;
}

bool Scorer::had_fault(DeviceIx device, Instant from, Instant to) const {
  return std::ranges::any_of(faults_[device.value], [&](const Setting::Fault& fault) {
    return fault.from < to && from < fault.to + aftermath;
  });
}

void Scorer::found(const Finding& finding) {
  if (!is_scored(finding.device, finding.algorithm)) return;
  const FrameSize size = setting_.cameras[finding.device.value]->size;
  const ClassSet owes = scored(finding.device, finding.algorithm);
  Found& into = open_[{finding.instance, finding.device, finding.due_at, finding.algorithm}];
  if (into.is_too_much) return;
  if (into.boxes.size() + into.sightings.size() + finding.boxes.size() >= max_found) {
    into = {{}, {}, true};
    return;
  }
  Sighting sighting{finding.at, finding.frame_at, static_cast<std::uint32_t>(into.boxes.size()), 0, 0};
  for (const vision::Box& box : finding.boxes) {
    const auto kind = class_of(box.label);
    if (!kind || !owes.has(*kind)) {
      ++sighting.unscored;
      continue;
    }
    into.boxes.push_back(to_camera(box, *kind, finding, size));
    ++sighting.count;
  }
  std::sort(into.boxes.end() - sighting.count, into.boxes.end(), comes_before);
  into.sightings.push_back(sighting);
}

void Scorer::ended(const EndedSlice& slice) {
  for (const EndedSlice::Account& account : slice.algorithms) {
    if (is_scored(slice.key.device, account.algorithm)) end_account(slice, account);
  }
}

void Scorer::end_account(const EndedSlice& slice, const EndedSlice::Account& account) {
  const auto node =
      open_.extract({slice.key.instance, slice.key.device, slice.key.due_at, account.algorithm});
  const Found none;
  const Found& found = node.empty() ? none : node.mapped();
  const DeviceIx device = slice.key.device;
  SceneSums& sums = sums_of(device, account.algorithm);
  const bool is_whole = slice.is_done && account.analysed == account.due && !found.is_too_much;
  if (!is_whole || had_fault(device, slice.key.due_at, slice.ended_at)) {
    ++sums.samples.left_out_slices;
    sums.samples.left_out_samples += account.due;
    return;
  }
  if (!node.empty()) std::ranges::stable_sort(node.mapped().sightings, {}, &Sighting::at);
  Look look = look_of(device, account.algorithm, slice.key.due_at, found);
  const Setting::Instance& instance = setting_.instances[slice.key.instance.value];
  if (instance.every_frame) {
    score_every_frame(look, account.due);
  } else {
    score_sampled(look, account.due, instance.spf);
  }
  look.stays.close(sums.samples);
}

Scorer::Look Scorer::look_of(DeviceIx device, AlgorithmIx algorithm, Instant due_at, const Found& found) {
  const camera::CameraSpec& camera = *setting_.cameras[device.value];
  LoopTruth*& truth = loops_[device.value];
  if (truth == nullptr) truth = &truths_.of(camera);
  return Look(camera, *truth, scored(device, algorithm), due_at, sums_of(device, algorithm), found);
}

void Scorer::ended_without_slice(InstanceIx instance, DeviceIx device, AlgorithmIx algorithm) {
  const auto node = open_.extract({instance, device, Instant{}, algorithm});
  if (node.empty()) return;
  auto& sightings = node.mapped().sightings;
  std::ranges::stable_sort(sightings, {}, &Sighting::at);
  Look look = look_of(device, algorithm, sightings.front().at, node.mapped());
  for (const Sighting& sighting : sightings) {
    const std::int64_t frame = look.clock.next_frame(sighting.frame_at - look.clock.interval() / 2);
    score_sample(look, {frame, look.clock.begin_of(frame)}, &sighting);
  }
  look.stays.close(look.sums.samples);
}

void Scorer::score_sampled(Look& look, std::uint32_t samples, std::uint32_t spf) {
  const Duration half = look.clock.interval() / 2;
  const Duration step = seconds(spf);
  // A step is whole seconds, so the frames of all samples are as far apart as the first two.
  const SamplePlace first{look.clock.next_frame(look.due_at - half), {}};
  const Instant first_at = look.clock.begin_of(first.frame);
  const std::int64_t frames =
      std::int64_t{look.clock.plan().frames()} * spf / (scene::loop_length / seconds(1));
  auto next = look.found.sightings.begin();
  const auto end = look.found.sightings.end();
  const auto sample_of = [&](const Sighting& sighting) {
    const std::int64_t nearest = (sighting.at - look.due_at + step / 2) / step;
    return static_cast<std::uint32_t>(std::clamp<std::int64_t>(nearest, 0, std::int64_t{samples} - 1));
  };
  for (std::uint32_t k = 0; k < samples; ++k) {
    const Sighting* sighting = nullptr;
    for (; next != end && sample_of(*next) <= k; ++next) {
      // A sample that another node had to look at once more counts once.
      if (sighting != nullptr) ++look.sums.samples.left_out_findings;
      if (sighting == nullptr) sighting = &*next;
    }
    SamplePlace place{first.frame + frames * k, first_at + step * k};
    if (sighting != nullptr) {
      place.frame = look.clock.next_frame(sighting->frame_at - half);
      place.at = look.clock.begin_of(place.frame);
    }
    score_sample(look, place, sighting);
  }
}

void Scorer::score_every_frame(Look& look, std::uint32_t samples) {
  const auto& sightings = look.found.sightings;
  const auto known = std::min<std::size_t>(sightings.size(), samples);
  look.sums.samples.left_out_findings += sightings.size() - known;
  std::int64_t frame = look.clock.next_frame(look.due_at - look.clock.interval() / 2);
  std::uint64_t others = samples - known;
  for (std::size_t k = 0; k <= known; ++k) {
    const std::int64_t seen = k < known ? look.clock.frame_at(sightings[k].at) : INT64_MAX;
    // The frames before it in which nothing was found, as far as so many are due.
    for (; others > 0 && frame < seen; --others, ++frame)
      score_sample(look, {frame, look.clock.begin_of(frame)}, nullptr);
    if (k == known) break;
    score_sample(look, {seen, look.clock.begin_of(seen)}, &sightings[k]);
    frame = std::max(frame, seen + 1);
  }
}

void Scorer::score_sample(Look& look, const SamplePlace& place, const Sighting* sighting) {
  const auto& truth = look.truth.at(look.clock.in_loop(place.frame));
  SampleSums& samples = look.sums.samples;
  ++samples.samples;
  std::span<const FoundBox> boxes;
  if (sighting != nullptr) {
    boxes = std::span(look.found.boxes).subspan(sighting->first, sighting->count);
    samples.unscored += sighting->unscored;
  }
  match(truth, boxes, matches_);
  std::uint64_t objects = 0;
  for (std::size_t i = 0; i < truth.size(); ++i) {
    const scene::Seen& object = truth[i];
    if (!look.owes.has(object.kind) || object.per_mille < scene::in_view) continue;
    ++objects;
    BoxSums& sums = look.sums.heights[height_class(object.box.h)];
    ++sums.objects;
    if (matches_.found[i]) ++sums.found;
    look.stays.note(place, object.id, matches_.found[i]);
  }
  count_boxes(look, truth, boxes);
  std::uint64_t counting = 0;
  for (const Matches::OfBox& box : matches_.boxes) counting += box.fate != Fate::ignored ? 1 : 0;
  samples.count_error += std::max(counting, objects) - std::min(counting, objects);
}

void Scorer::count_boxes(Look& look, const std::vector<scene::Seen>& truth, std::span<const FoundBox> boxes) {
  for (std::size_t i = 0; i < boxes.size(); ++i) {
    const auto& [fate, object] = matches_.boxes[i];
    const int height = fate == Fate::right ? truth[object].box.h : boxes[i].h;
    BoxSums& sums = look.sums.heights[height_class(height)];
    if (fate == Fate::ignored) {
      ++sums.ignored;
      continue;
    }
    sums.scores.add(boxes[i].score, fate == Fate::right);
    ++(fate == Fate::right ? sums.right : sums.wrong);
    if (fate == Fate::right) sums.edges_per_mille += edges_apart(boxes[i], truth[object].box);
  }
}

SampleSums Scorer::unended(AlgorithmIx algorithm, scene::Scene scene) const {
  SampleSums sums;
  for (const auto& [key, found] : open_) {
    const auto& [instance, device, due_at, by] = key;
    if (by == algorithm && setting_.cameras[device.value]->scene == scene)
      sums.left_out_findings += found.sightings.size();
  }
  return sums;
}

}  // namespace camfleet::score
