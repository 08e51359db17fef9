#pragma once

#include <string>

namespace camfleet::api {

/// A random UUID (version 4) in upper case, as the vendor's RequestId.
std::string unique_request_id();
/// 18 random decimal digits, for ids of devices.
std::string unique_digits();

}  // namespace camfleet::api
