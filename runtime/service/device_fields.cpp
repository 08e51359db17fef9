#include "runtime/service/device_fields.hpp"

#include <nlohmann/json.hpp>

namespace camfleet::service {

DeviceFields fields_of(const store::DeviceRecord& device) {
  const auto fields = nlohmann::json::parse(device.fields, nullptr, false);
  DeviceFields out{fields.value("Type", "") == "PIC", fields.value("Source", "")};
  if (const std::string kind = fields.value("Kind", ""); !kind.empty())
    out.kind = kind == "recorded" ? DeviceKind::recorded : DeviceKind::live;
  return out;
}

}  // namespace camfleet::service
