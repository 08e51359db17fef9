#pragma once

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "actors/base/error.hpp"
#include "simulator/score/scorer.hpp"

namespace camfleet::score {

/// What a run's records need beside them to be scored: a setting with the texts that belong to its numbers.
struct NamedSetting {
  Setting setting;
  std::vector<std::string> devices;    ///< by DeviceIx
  std::vector<std::string> instances;  ///< by InstanceIx
};

/// cameras.json: the synthetic cameras with their whole URLs, the instances, the algorithms with what they
/// owe and look at, and the faults of cameras.
nlohmann::json camera_file_of(const NamedSetting& named);

/// Reads it. Errors: not_found, unreadable, invalid_field, missing_field, with the file and the place in it.
result<NamedSetting> read_camera_file(const std::string& path);

}  // namespace camfleet::score
