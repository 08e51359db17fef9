#pragma once

#include "actors/base/error.hpp"
#include "actors/ledger/outcome.hpp"

namespace camfleet::plant {

/// The ledger's reason for what a source said.
Reason reason_of(const Error& error);

}  // namespace camfleet::plant
