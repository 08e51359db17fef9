#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "actors/base/error.hpp"
#include "runtime/media/registry.hpp"

namespace camfleet::service {

/// One camera of a fleet file.
struct FleetDevice {
  std::string id;
  std::string region;
  std::string source;  ///< URL
};

/// Reads `devices: [{id, source, region}]`; an id may be a pattern with `count`, as in scenarios: "cam-{i}".
/// `sources` says which URLs can be pulled. Errors: not_found, unreadable, missing_field, invalid_field,
/// duplicate_field, limit; with the file and the line.
result<std::vector<FleetDevice>> load_fleet(const std::filesystem::path& file,
                                            const media::SourceRegistry& sources);

}  // namespace camfleet::service
