#pragma once

#include <optional>
#include <string>

#include "runtime/store/store.hpp"

namespace camfleet::service {

/// What a stored device says of itself.
struct DeviceFields {
  bool is_made = false;           ///< the API made it; else it is the fleet file's, and only switched here
  bool takes_pictures = false;    ///< a data source of the type PIC
  std::string source;             ///< URL; empty: none
  std::optional<bool> stream_on;  ///< as StartStreams or StopStreams said last
};
DeviceFields fields_of(const store::DeviceRecord& device);

/// The record's fields, with the stream switched.
std::string with_stream(const store::DeviceRecord& device, bool on);

}  // namespace camfleet::service
