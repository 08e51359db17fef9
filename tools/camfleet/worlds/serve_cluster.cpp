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
          {"cluster-plain", "", "nodes join without keys, as who they say they are; on loopback alone"},
          {"results-listen", "HOST:PORT",
           "where nodes send what they find; by default the host of --cluster-listen and a free port"}};
}

result<std::optional<service::ServiceCluster::Settings>> cluster_settings(const Values& values) {
  std::optional<service::ServiceCluster::Settings> none;
  if (!values.has("cluster-listen")) {
    for (const char* name : {"cluster-keys", "cluster-plain", "results-listen"}) {
      if (values.has(name))
        return fail(Errc::bad_usage, std::string("--") + name, "goes with --cluster-listen");
    }
    return none;
  }
  if (values.has("cluster-keys") == values.flag("cluster-plain"))
    return fail(
        Errc::bad_usage, "--cluster-listen",
        "needs --cluster-keys DIR, which camfleet keys init DIR makes, or on loopback --cluster-plain");
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
  const std::string& results = settings.results_host;
  const bool is_anywhere = results == "0.0.0.0" || results == "::";
  if (!results.empty() && results != settings.host && !is_anywhere)
    return fail(Errc::bad_usage, "--results-listen",
                results + " is another host than that of --cluster-listen, " + settings.host +
                    ", at which nodes look for it; give that, or 0.0.0.0");
  settings.is_plain = values.flag("cluster-plain");
  const bool is_local =
      is_loopback(settings.host) && (settings.results_host.empty() || is_loopback(settings.results_host));
  if (settings.is_plain && !is_local)
    return fail(Errc::bad_usage, "--cluster-plain",
                "is for loopback alone, not for " + settings.host + "; give --cluster-keys DIR");
  if (!settings.is_plain) settings.keys = values.text("cluster-keys");
  return std::optional(std::move(settings));
}

}  // namespace camfleet::cli
