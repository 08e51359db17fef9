#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "actors/machines/protocol.hpp"
#include "actors/plan/roster.hpp"
#include "runtime/vision/catalogue.hpp"
#include "simulator/camera/camera_clock.hpp"
#include "simulator/score/detection_table.hpp"
#include "simulator/score/object_labels.hpp"
#include "simulator/score/truth_cache.hpp"

namespace camfleet::score {

/// What algorithms find in synthetic cameras of which no picture is made: drawn from the truth, object by
/// object, as well as a table says that they see. An object is found or not by a draw of its own, in each
/// sample anew.
class DetectionModel {
 public:
  struct Parts {
    const Roster* roster;
    const std::vector<std::optional<camera::CameraSpec>>* cameras;  ///< by DeviceIx
    const vision::Catalogue* catalogue;
    const DetectionTable* table;
  };
  /// The parts are read here alone, but for the roster.
  explicit DetectionModel(const Parts& parts, Truth truth = {});

  /// True where it knows what is found: for an algorithm that owes something and a synthetic camera.
  [[nodiscard]] bool knows(InstanceIx instance, std::uint8_t algorithm, DeviceIx device) const {
    return cameras_[device.value].loop != nothing && !by_algorithm_[ix_of(instance, algorithm)].owes.empty();
  }

  /// Whether something is found; `chance` are 64 random bits of the sample. The model knows of it, here and
  /// below. By where objects are in steps of 100 ms, so that it takes less than 100 ns.
  [[nodiscard]] bool finds(const Sample& sample, std::uint64_t chance) const;
  /// What is found, best first, at the sample's own frame; empty now and then though finds() says otherwise:
  /// an object has just gone.
  [[nodiscard]] std::vector<vision::Box> boxes(const Sample& sample, std::uint64_t chance);
  /// The share of all samples in which something is found, in millionths: the mean over the loop.
  [[nodiscard]] std::uint64_t per_million(InstanceIx instance, std::uint8_t algorithm, DeviceIx device) const;
  /// Nothing for what is no synthetic camera.
  [[nodiscard]] std::optional<FrameSize> size_of(DeviceIx device) const {
    const Camera& camera = cameras_[device.value];
    return camera.loop == nothing ? std::nullopt : std::optional(camera.spec.size);
  }

 private:
  static constexpr std::uint32_t nothing = UINT32_MAX;
  static constexpr Duration step = milliseconds(100);
  static constexpr std::size_t steps = scene::loop_length / step;

  struct Object {
    std::uint16_t id = 0;
    scene::ObjectClass kind = scene::ObjectClass::person;
    std::uint8_t height = 0;  ///< its class in a frame of the table
  };
  /// Who is in view when.
  struct Timeline {
    std::array<std::uint32_t, steps + 1> first{};  ///< by step: its first object
    std::vector<Object> objects;
  };
  struct Camera {
    std::uint32_t loop = nothing;
    LoopTruth* truth = nullptr;  ///< once a line of it was written
    Duration phase{0};           ///< where in its loop it was when 1970 began
    camera::CameraSpec spec;
  };
  struct OfAlgorithm {
    ClassSet owes;
    std::array<const DetectionRow*, scene::scene_names.size()> rows{};
    std::array<std::string, scene::class_names.size()> labels;
  };

  [[nodiscard]] std::uint32_t ix_of(InstanceIx instance, std::uint8_t algorithm) const {
    return (*roster_)[instance].algorithms[algorithm].value;
  }
  [[nodiscard]] const DetectionRow& row_of(const OfAlgorithm& algorithm, const Camera& camera) const {
    return *algorithm.rows[static_cast<std::size_t>(camera.spec.scene)];
  }
  [[nodiscard]] Timeline timeline_of(const camera::CameraSpec& camera) const;
  /// The objects in view in a sample, by the timeline.
  [[nodiscard]] std::pair<const Object*, const Object*> in_view(const Camera& camera, Instant at) const;
  [[nodiscard]] std::uint64_t mean_of(const OfAlgorithm& algorithm, const Camera& camera) const;

  const Roster* roster_;
  Truth truth_;
  TruthCache truths_;
  DetectionTable table_;
  std::vector<Camera> cameras_;  ///< by DeviceIx
  std::vector<Timeline> loops_;
  std::vector<OfAlgorithm> by_algorithm_;                                   ///< by AlgorithmIx
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::uint64_t> means_;  ///< by algorithm and loop
};

}  // namespace camfleet::score
