#pragma once

#include "runtime/api/backend.hpp"
#include "runtime/api/json_writer.hpp"

namespace camfleet::api {

/// The members of an instance as lists show it.
void write_summary(JsonWriter& writer, const Backend& backend, const InstanceView& view);

/// Those and what else is known of it: its devices, its next windows and their rounds.
void write_description(JsonWriter& writer, const Backend& backend, const InstanceView& view);

}  // namespace camfleet::api
