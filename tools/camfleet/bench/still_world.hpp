#pragma once

#include <memory>

#include "runtime/media/registry.hpp"
#include "runtime/plant/engine_set.hpp"

namespace camfleet::cli {

/// Footage whose pictures are there already: one small frame a second, never an end, at URLs of `still`.
/// Frames travel as handles; what is done once, allocating them and drawing each device's best picture, is
/// not to count.
media::SourceRegistry still_sources();

/// Engines of one algorithm that look at nothing, and find one box in every frame or none. Errors: none.
result<std::unique_ptr<plant::EngineSet>> idle_engines(bool finds, unsigned threads);

}  // namespace camfleet::cli
