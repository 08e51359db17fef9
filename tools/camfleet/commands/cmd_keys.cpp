#include <filesystem>
#include <string>
#include <vector>

#include "actors/base/text.hpp"
#include "runtime/link/cluster_keys.hpp"
#include "tools/camfleet/cli/options.hpp"
#include "tools/camfleet/cli/output.hpp"
#include "tools/camfleet/commands/commands.hpp"

namespace camfleet::cli {
namespace {

result<ExitCode> make_keys(const Values& values, Output& out) {
  const std::vector<std::string>& words = values.positionals();
  const std::string& action = words.front();
  const auto usage = [](const std::string& what) {
    return fail(Errc::bad_usage, "", what + "; right are: init DIR, add NAME DIR, remove NAME DIR");
  };
  if (action != "init" && action != "add" && action != "remove")
    return usage(quote(action) + " is no action");
  if (words.size() != (action == "init" ? 2U : 3U)) return usage(action + " wants other arguments");
  const link::ClusterKeys keys{std::filesystem::path(words.back())};
  if (action == "init") {
    CAMFLEET_CHECK(keys.init());
    out.write("made " + words.back() + ": keep authority/ to yourself, it makes nodes\n");
    return ExitCode::fine;
  }
  const std::string& name = words[1];
  if (action == "remove") {
    CAMFLEET_CHECK(keys.remove(name));
    out.write("removed " + name + ": a scheduler that runs hears of it by SIGHUP\n");
    return ExitCode::fine;
  }
  CAMFLEET_TRY(const std::filesystem::path folder, keys.add(name));
  out.write(
      "made " + folder.string() +
      ": the folder goes to that machine, and nobody else reads it; a scheduler that runs hears of it by "
      "SIGHUP\n");
  return ExitCode::fine;
}

}  // namespace

Command keys_command() {
  return {.name = "keys",
          .summary = "the keys by which the processes of a cluster know each other",
          .about =
              "`init` makes a folder with the cluster's authority and the scheduler's keys, `add` a node's "
              "folder in it, with a certificate for TLS and a CURVE key for results, `remove` strikes a node "
              "from the list. Nothing is ever written over. Folders are of mode 0700, files of 0600.",
          .positionals = {.name = "init DIR|add NAME DIR|remove NAME DIR",
                          .help = "what to do; DIR is the cluster's folder, NAME 1 to 64 of a-z, 0-9 and -",
                          .least = 1,
                          .most = 3},
          .options = {},
          .examples = {{"camfleet keys init keys", "a new cluster's keys in the folder keys"},
                       {"camfleet keys add east-1 keys", "the keys of node east-1 in keys/nodes/east-1"}},
          .run = make_keys};
}

}  // namespace camfleet::cli
