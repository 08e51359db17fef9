#pragma once

namespace caf {
class actor_system_config;
}

namespace camfleet::shells {

/// Registers every message type. Only this file's source pays for their templates.
void add_message_types(caf::actor_system_config& config);

}  // namespace camfleet::shells
