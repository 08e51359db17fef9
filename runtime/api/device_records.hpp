#pragma once

#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "runtime/api/action.hpp"

namespace camfleet::api {

/// What it costs to add a device of this URL: a server may be asked.
Work asks_server(std::string_view url);

/// Adds a device with `fields`, whose Source, unless it takes pictures, is checked first and is the parameter
/// `field` to its caller; the answer is `data`.
void keep_device(Backend& backend, const Call& call, const Finish& finish, std::string_view field,
                 std::string id, nlohmann::ordered_json fields, nlohmann::ordered_json data);

/// Drops the devices that the parameter `list` names; the answer has each under `name`.
void drop_devices(Backend& backend, const Call& call, const Finish& finish, std::string_view list,
                  std::string_view name);

}  // namespace camfleet::api
