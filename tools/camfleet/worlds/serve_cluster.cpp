#include "tools/camfleet/worlds/serve_cluster.hpp"

#include <string>
#include <tuple>

#include "tools/camfleet/cli/host_port.hpp"

namespace camfleet::cli {

std::vector<Option> cluster_options() {
  return {{"cluster-listen", "HOST:PORT",
           "where nodes join, which carry all devices then; port 0 takes a free one"},
          {"cluster-keys", "DIR",
           "the folder of their keys, see camfleet keys; its list is read again on SIGHUP"},
          {"results-listen", "HOST:PORT",
           "where nodes send what they find; by default the host of --cluster-listen and a free port"}};
}

result<std::optional<service::ServiceCluster::Settings>> cluster_settings(const Values& values) {
  std::optional<service::ServiceCluster::Settings> none;
  if (!values.has("cluster-listen")) {
    for (const char* name : {"cluster-keys", "results-listen"}) {
      if (values.has(name))
        return fail(Errc::bad_usage, std::string("--") + name, "goes with --cluster-listen");
    }
    return none;
  }
  if (!values.has("cluster-keys"))
    return fail(Errc::bad_usage, "--cluster-listen",
                "needs --cluster-keys DIR; camfleet keys init DIR makes the folder");
  if (values.has("acu"))
    return fail(Errc::bad_usage, "--acu",
                "says what this process may use; with --cluster-listen its nodes say it");
  if (!values.has("fleet"))
    return fail(Errc::bad_usage, "--cluster-listen", "needs --fleet FLEET.yaml: nodes film no demo");
  service::ServiceCluster::Settings settings;
  CAMFLEET_TRY(const auto place, parse_host_port("--cluster-listen", values.text("cluster-listen")));
  std::tie(settings.host, settings.port) = place;
  if (values.has("results-listen")) {
    CAMFLEET_TRY(const auto results, parse_host_port("--results-listen", values.text("results-listen")));
    std::tie(settings.results_host, settings.results_port) = results;
  }
  settings.keys = values.text("cluster-keys");
  return std::optional(std::move(settings));
}

}  // namespace camfleet::cli
