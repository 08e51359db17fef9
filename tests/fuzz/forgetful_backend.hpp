#pragma once

#include <string_view>

#include "runtime/api/backend.hpp"
#include "runtime/service/observers.hpp"

namespace camfleet::fuzz {

/// One that forgets: every call finds the same two devices and nothing else, and what is created is checked
/// and dropped. Lives as long as the process.
api::Backend& forgetful_backend();

/// A log that nobody reads, and these metrics.
service::Observers observed_by(service::Metrics& metrics);

/// The time of the backend and of signatures.
Instant fixed_now();

/// What is in the address of a device; no answer may show it.
inline constexpr std::string_view device_password = "hunter2-of-the-gate";

}  // namespace camfleet::fuzz
