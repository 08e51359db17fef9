#pragma once

#include "runtime/media/registry.hpp"

namespace camfleet::cli {

/// Every scheme that the program reads.
media::SourceRegistry all_sources();

}  // namespace camfleet::cli
