#pragma once

#include "tools/camfleet/cli/command.hpp"

namespace camfleet::cli {

Command run_command();
Command serve_command();
Command create_command();
Command list_command();
Command describe_command();
Command delete_command();
Command replay_command();
Command calendar_command();
Command rounds_command();
Command scenario_command();
Command bench_command();
Command calibrate_command();
Command compare_command();
Command score_command();
Command cameras_command();
Command check_command();
Command keys_command();
Command node_command();
Command nodes_command();
Command export_command();

}  // namespace camfleet::cli
