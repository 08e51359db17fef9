#pragma once

#include "actors/error.hpp"
#include "actors/outcome.hpp"

namespace camfleet::plant {

/// The ledger's reason for what a source said.
Reason reason_of(const Error& error);

}  // namespace camfleet::plant
