#pragma once

#include <optional>

#include "actors/base/error.hpp"
#include "runtime/service/service_cluster.hpp"
#include "tools/camfleet/cli/command.hpp"
#include "tools/camfleet/cli/options.hpp"

namespace camfleet::cli {

/// What `serve` takes for a fleet on several machines.
std::vector<Option> cluster_options();

/// The cluster that the options of `serve` ask for; none: this process carries all devices. Errors:
/// bad_usage.
result<std::optional<service::ServiceCluster::Settings>> cluster_settings(const Values& values);

}  // namespace camfleet::cli
