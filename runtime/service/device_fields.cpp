#include "runtime/service/device_fields.hpp"

#include <nlohmann/json.hpp>

namespace camfleet::service {

DeviceFields fields_of(const store::DeviceRecord& device) {
  const auto fields = nlohmann::json::parse(device.fields, nullptr, false);
  return {fields.value("Type", "") == "PIC", fields.value("Source", "")};
}

}  // namespace camfleet::service
