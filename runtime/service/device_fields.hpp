#pragma once

#include <optional>
#include <string>

#include "actors/plan/roster.hpp"
#include "runtime/store/store.hpp"

namespace camfleet::service {

/// What a stored device says of itself.
struct DeviceFields {
  bool takes_pictures = false;       ///< a data source of the type PIC
  std::string source;                ///< URL; empty: none
  std::optional<DeviceKind> kind{};  ///< as its server said when it was made; none: its URL says it
};
DeviceFields fields_of(const store::DeviceRecord& device);

}  // namespace camfleet::service
