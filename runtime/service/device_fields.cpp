#include "runtime/service/device_fields.hpp"

#include <nlohmann/json.hpp>

namespace camfleet::service {

DeviceFields fields_of(const store::DeviceRecord& device) {
  const auto fields = nlohmann::json::parse(device.fields, nullptr, false);
  DeviceFields read;
  const std::string type = fields.value("Type", "");
  read.is_made = !type.empty();
  read.takes_pictures = type == "PIC";
  read.source = fields.value("Source", "");
  if (const auto on = fields.find("StreamOn"); on != fields.end() && on->is_boolean())
    read.stream_on = on->get<bool>();
  return read;
}

std::string with_stream(const store::DeviceRecord& device, bool on) {
  auto fields = nlohmann::json::parse(device.fields, nullptr, false);
  fields["StreamOn"] = on;
  return fields.dump();
}

}  // namespace camfleet::service
