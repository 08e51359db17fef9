#pragma once

#include "runtime/service/observers.hpp"
#include "runtime/service/service.hpp"

namespace camfleet::fuzz {

/// A service that forgets: every call finds the same two devices and nothing else, and what is created is
/// checked and dropped. Lives as long as the process.
service::Service& forgetful_service();

/// A log that nobody reads, and these metrics.
service::Observers observed_by(service::Metrics& metrics);

/// The time of the service and of signatures.
Instant fixed_now();

/// What is in the address of a device; no answer may show it.
inline constexpr std::string_view device_password = "hunter2-of-the-gate";

}  // namespace camfleet::fuzz
