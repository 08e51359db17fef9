#pragma once

#include <string>

#include "runtime/store/store.hpp"

namespace camfleet::service {

/// What a stored device says of itself.
struct DeviceFields {
  bool takes_pictures = false;  ///< a data source of the type PIC
  std::string source;           ///< URL; empty: none
};
DeviceFields fields_of(const store::DeviceRecord& device);

}  // namespace camfleet::service
