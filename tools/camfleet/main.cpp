#include <exception>
#include <string>
#include <vector>

#include <unistd.h>

#include "tools/camfleet/cli/dispatch.hpp"
#include "tools/camfleet/cli/output.hpp"
#include "tools/camfleet/commands/commands.hpp"

int main(int argc, char** argv) {
  using namespace camfleet::cli;
  try {
    guard_standard_streams();
    const std::vector<Command> commands{
        run_command(),     serve_command(),     create_command(),   list_command(),   describe_command(),
        delete_command(),  replay_command(),    calendar_command(), rounds_command(), scenario_command(),
        bench_command(),   calibrate_command(), compare_command(),  score_command(),  check_command(),
        cameras_command(), keys_command(),      node_command(),     nodes_command(),  export_command()};
    const std::vector<std::string> arguments(argv + (argc > 0 ? 1 : 0), argv + argc);
    Output out(STDOUT_FILENO);
    return static_cast<int>(dispatch(commands, CAMFLEET_VERSION, arguments, out));
  } catch (const std::exception& error) {
    write_error_line(std::string("camfleet: a defect or a lack of memory: ") + error.what());
  } catch (...) {
    write_error_line("camfleet: a defect: an unknown exception");
  }
  return static_cast<int>(ExitCode::failed);
}
