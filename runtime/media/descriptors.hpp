#pragma once

#include "actors/base/error.hpp"

namespace camfleet::media {

/// Whether this process may open a source: some descriptors, an eighth of all but at most 32, are left for
/// what must go on without them, a store and its callers. Errors: limit, with what to raise.
result<void> check_descriptors();

}  // namespace camfleet::media
