#include <array>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <optional>
#include <thread>

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <sys/resource.h>
#include <unistd.h>

#include "actors/base/text.hpp"
#include "actors/plan/calendar.hpp"
#include "runtime/api/dispatcher.hpp"
#include "runtime/api/openapi.hpp"
#include "runtime/media/source.hpp"
#include "runtime/service/fleet_file.hpp"
#include "runtime/service/service.hpp"
#include "simulator/camera/cameras.hpp"
#include "simulator/cost_file.hpp"
#include "tools/camfleet/cli/byte_size.hpp"
#include "tools/camfleet/cli/field_option.hpp"
#include "tools/camfleet/cli/host_port.hpp"
#include "tools/camfleet/cli/options.hpp"
#include "tools/camfleet/cli/output.hpp"
#include "tools/camfleet/cli/signals.hpp"
#include "tools/camfleet/commands/commands.hpp"
#include "tools/camfleet/worlds/demo_camera.hpp"
#include "tools/camfleet/worlds/run_output.hpp"
#include "tools/camfleet/worlds/serve_cluster.hpp"
#include "tools/camfleet/worlds/sources.hpp"

namespace camfleet::cli {
namespace {

namespace fs = std::filesystem;

Instant machine_now() {
  return Instant(std::chrono::duration_cast<Duration>(std::chrono::system_clock::now().time_since_epoch()));
}

result<logging::Log::Settings> log_settings(const Values& values) {
  constexpr std::array<std::string_view, 2> formats{"text", "json"};
  constexpr std::array<std::string_view, 4> levels{"debug", "info", "warn", "error"};
  CAMFLEET_TRY(const std::size_t format, values.choice("log-format", formats));
  CAMFLEET_TRY(const std::size_t level, values.choice("log-level", levels));
  return logging::Log::Settings{.level = static_cast<logging::Level>(level),
                                .format = static_cast<logging::Format>(format)};
}

/// Every scheme, to look at URLs alone.
const media::SourceRegistry& readable_sources() {
  static camera::Cameras none({});
  static const media::SourceRegistry sources = [] {
    media::SourceRegistry all = all_sources();
    all.add(std::string(camera::scheme), none.scheme());
    return all;
  }();
  return sources;
}

/// Errors: those of the URL; unsupported.
result<void> check_source(const std::string& source) {
  CAMFLEET_TRY(const media::SourceUrl url, media::parse_source_url(source));
  CAMFLEET_CHECK(readable_sources().traits_of(url));
  return success();
}

result<service::Service::Settings> service_settings(const Values& values) {
  service::Service::Settings settings;
  settings.store = values.text("store");
  constexpr std::string_view scheme = "sqlite:";
  if (settings.store.starts_with(scheme)) settings.store = settings.store.substr(scheme.size());
  settings.pictures = fs::path(settings.store).replace_extension("pictures");
  settings.uploads = fs::path(settings.store).replace_extension("uploads");
  settings.demo_source = values.text("demo");
  CAMFLEET_CHECK(for_option("URL", "--demo", check_source(settings.demo_source)));
  settings.zone = values.text("zone");
  CAMFLEET_CHECK(for_option("Zone", "--zone", check_zone(settings.zone)));
  settings.world.start = machine_now();
  settings.world.threads = std::max(1U, std::thread::hardware_concurrency());
  if (values.has("acu")) {
    CAMFLEET_TRY(const std::int64_t acu, values.whole("acu", 1, 1024));
    settings.world.threads = static_cast<unsigned>(acu);
  }
  if (values.has("costs")) {
    CAMFLEET_TRY(settings.costs, sim::load_costs(values.text("costs")));
  }
  CAMFLEET_TRY(settings.settle, values.span("settle"));
  CAMFLEET_TRY(const std::int64_t changes, values.whole("changes-waiting", 100, 10'000'000));
  settings.recorder.changes = static_cast<std::size_t>(changes);
  settings.opening.give_up = [] { return SignalWatch::has_come({SIGINT, SIGTERM}); };
  if (values.flag("accept-lost-log")) settings.opening.lost_log = store::LostLog::accept;
  if (values.has("catalogue")) settings.world.catalogue = values.text("catalogue");
  if (values.has("models")) settings.world.models = values.text("models");
  if (values.has("clock")) {
    CAMFLEET_TRY(settings.world.start, values.instant("clock"));
  }
  CAMFLEET_TRY(settings.world.speed, parse_speed(values.text("speed")));
  CAMFLEET_TRY(settings.cluster, cluster_settings(values));
  settings.world.rehearsal = values.has("clock") || !settings.world.speed.is_real_time();
  if (settings.world.speed.is_max())
    return fail(Errc::bad_usage, "--speed", "max has no end here; give a number");
  if (values.has("fleet")) {
    CAMFLEET_TRY(settings.fleet, service::load_fleet(values.text("fleet"), readable_sources()));
  }
  return settings;
}

result<api::HttpServer::Settings> server_settings(const Values& values) {
  api::HttpServer::Settings settings;
  CAMFLEET_TRY(const auto place, parse_host_port("--listen", values.text("listen")));
  std::tie(settings.host, settings.port) = place;
  if (values.has("tls-cert") != values.has("tls-key"))
    return fail(Errc::bad_usage, "--tls-cert", "and --tls-key go together");
  if (values.has("tls-cert")) {
    settings.certificate = values.text("tls-cert");
    settings.key = values.text("tls-key");
  }
  return settings;
}

result<api::Keys> keys_of(const Values& values, const std::string& host) {
  if (values.flag("unsigned") == values.has("keys"))
    return fail(Errc::bad_usage, "--keys", "or --unsigned: give one of them");
  if (values.has("keys")) return api::Keys::load(values.text("keys"));
  if (!is_loopback(host))
    return fail(Errc::bad_usage, "--unsigned",
                "is for loopback alone, not for " + host + "; give --keys FILE");
  return api::Keys();
}

void reload(service::Service& service, const Values& values, logging::Log& log) {
  // First: who is to leave is not to wait for cameras that are asked.
  if (service.cluster() != nullptr) {
    const auto nodes = service.reload_nodes();
    if (nodes.has_value()) {
      log.info("list of nodes read again", {{"nodes", nodes.value()}});
    } else {
      log.error("list of nodes not read again",
                {{"where", nodes.error().where}, {"error", nodes.error().what}});
    }
  }
  if (!values.has("fleet")) return;
  const auto read = [&]() -> result<std::size_t> {
    CAMFLEET_TRY(auto fleet, service::load_fleet(values.text("fleet"), readable_sources()));
    const std::size_t devices = fleet.size();
    CAMFLEET_CHECK(service.reload(std::move(fleet)));
    return devices;
  };
  const auto devices = read();
  if (devices.has_value()) return log.info("fleet reloaded", {{"devices", devices.value()}});
  log.error("fleet not reloaded", {{"where", devices.error().where}, {"error", devices.error().what}});
}

/// Connections, streams and pictures each take a descriptor; the usual soft limit, 1,024, is for programs
/// that use select().
void allow_all_descriptors() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

/// Until SIGINT or SIGTERM; none: the clock has moved too far to go on with. Errors: the store is gone.
result<std::optional<int>> follow_signals(SignalWatch& signals, service::Service& service,
                                          const Values& values, logging::Log& log) {
  while (true) {
    const int signal = signals.wait(seconds(1));
    log.settle();
    if (signal == SIGHUP) reload(service, values, log);
    if (signal == SIGINT || signal == SIGTERM) return signal;
    if (service.must_begin_anew()) return std::optional<int>();
    CAMFLEET_CHECK(service.check_store());
    service.note_alive();
    service.reclaim();
  }
}

const char* why_it_stops(const result<std::optional<int>>& signal) {
  if (!signal.has_value()) return "the store is gone";
  if (!signal.value()) return "the clock moved by a day or more";
  return *signal.value() == SIGINT ? "SIGINT" : "SIGTERM";
}

/// As many as the store has connections that read; each picture that is decoded takes up to 420 MB.
constexpr std::size_t read_threads = 4;
constexpr std::size_t picture_threads = 2;
/// They wait.
constexpr std::size_t ask_threads = 16;

struct Serving {
  SignalWatch& signals;
  const Values& values;
  logging::Log& log;
  camera::Cameras& cameras;
  /// Of the service before this one.
  std::optional<service::Service::Settings> settings{};
  std::uint16_t probe_port = 0;  ///< 0: not taken yet
  std::uint16_t cluster_port = 0;
  std::uint16_t results_port = 0;
};

/// Nodes that join again find the ports where they were.
void keep_cluster_ports(Serving& with, const service::ServiceCluster* cluster) {
  if (cluster == nullptr) return;
  with.cluster_port = cluster->port();
  with.results_port = cluster->results_port();
  with.log.info("nodes may join", {{"port", with.cluster_port}, {"results_port", with.results_port}});
}

/// Read anew; where that fails, a service that begins anew goes on with those that it had.
result<service::Service::Settings> settings_for(Serving& with) {
  auto settings = service_settings(with.values);
  if (settings.has_value()) {
    with.settings = settings.value();
  } else if (with.settings) {
    const Error& error = settings.error();
    with.log.error("settings not read again", {{"where", error.where}, {"error", error.what}});
    return *with.settings;
  }
  return settings;
}

/// The server of probes, where one is asked for; it keeps the port that was taken.
result<std::unique_ptr<api::HttpServer>> start_probes(Serving& with, api::Dispatcher& dispatcher) {
  if (!with.values.has("probe-listen")) return nullptr;
  api::HttpServer::Settings settings;
  const std::string option = "--probe-listen";
  CAMFLEET_TRY(const auto place, parse_host_port(option, with.values.text("probe-listen")));
  // What it shows is for who operates the machine, and asks nobody for a key.
  if (!is_loopback(place.first))
    return fail(Errc::bad_usage, option, "is for loopback alone, not for " + place.first);
  settings.host = place.first;
  settings.port = with.probe_port != 0 ? with.probe_port : place.second;
  settings.threads = 1;
  // Nothing large is taken there.
  settings.large_requests = 0;
  settings.connections = 64;
  CAMFLEET_TRY(auto server, api::HttpServer::start(settings, dispatcher.probe_hooks()));
  with.probe_port = server->port();
  with.log.info("probes", {{"url", fmt::format("http://{}:{}", settings.host, server->port())}});
  return server;
}

/// From the start of a service to its end; what follow_signals says, and keeps the port that was taken.
result<std::optional<int>> serve_once(Serving& with, api::HttpServer::Settings& server_options) {
  const Values& values = with.values;
  service::Metrics metrics;
  const service::Observers observers{&with.log, &metrics};
  CAMFLEET_TRY(auto keys, keys_of(values, server_options.host));
  CAMFLEET_TRY(auto settings, settings_for(with));
  settings.world.register_sources = [&](media::SourceRegistry& sources) {
    sources.add(std::string(camera::scheme), with.cameras.scheme());
  };
  if (settings.cluster && with.cluster_port != 0) {
    settings.cluster->port = with.cluster_port;
    settings.cluster->results_port = with.results_port;
  }
  with.log.info("starting", {{"store", settings.store}, {"pid", getpid()}});
  const api::Dispatcher::Settings dispatching{.calls = {.unsigned_calls = values.flag("unsigned")},
                                              .read_threads = read_threads,
                                              .picture_threads = picture_threads,
                                              .ask_threads = ask_threads};
  api::Dispatcher dispatcher(std::move(keys), dispatching, machine_now, observers);
  CAMFLEET_TRY(const auto probes, start_probes(with, dispatcher));
  CAMFLEET_TRY(const auto server, api::HttpServer::start(server_options, dispatcher.hooks()));
  server_options.port = server->port();
  with.log.info("listening",
                {{"url", fmt::format("{}://{}:{}", server_options.certificate.empty() ? "http" : "https",
                                     server_options.host, server->port())}});
  auto started = service::Service::start(std::move(settings), observers);
  // A store that is brought to a newer schema takes minutes, which nobody need wait for.
  if (!started.has_value() && started.error().code == Errc::ended &&
      SignalWatch::has_come({SIGINT, SIGTERM})) {
    with.log.info("stopping", {{"error", started.error().line()}});
    return std::optional<int>(with.signals.wait(Duration(0)));
  }
  CAMFLEET_TRY(auto service, std::move(started));
  keep_cluster_ports(with, service->cluster());
  dispatcher.serve(*service);
  with.log.info("ready");
  auto signal = follow_signals(with.signals, *service, values, with.log);
  with.log.info("stopping", {{"signal", why_it_stops(signal)}});
  dispatcher.retire();
  // Those who wait for the disk get their answers before their connections end.
  service->settle();
  server->stop();
  if (probes != nullptr) probes->stop();
  // Answers that are still to come need the server and the dispatcher.
  service->settle();
  service.reset();
  return signal;
}

result<ExitCode> start_service(const Values& values, Output& out) {
  if (values.flag("openapi")) {
    out.write(api::openapi().dump(2) + "\n");
    return ExitCode::fine;
  }
  SignalWatch signals({SIGINT, SIGTERM, SIGHUP});
  allow_all_descriptors();
  CAMFLEET_TRY(auto server_options, server_settings(values));
  CAMFLEET_TRY(const auto log_options, log_settings(values));
  logging::Log log(std::cerr, log_options);
  camera::Library::Settings library{camera::Library::standard_folder()};
  CAMFLEET_TRY(library.max_bytes, parse_bytes("--camera-cache", values.text("camera-cache")));
  library.problem = [&log](const Error& error) {
    log.warn("synthetic camera", {{"where", error.where}, {"error", error.what}});
  };
  camera::Cameras cameras(library);
  Serving serving{signals, values, log, cameras};
  std::optional<int> signal;
  while (!signal) {
    CAMFLEET_TRY(signal, serve_once(serving, server_options));
  }
  log.settle_all();
  log.info("stopped");
  return ExitCode::fine;
}

}  // namespace

Command serve_command() {
  Command command{
      .name = "serve",
      .summary = "answer the cloud call CreateComputeInstance on this machine",
      .about =
          "Takes CreateComputeInstance and its family over HTTP, keeps everything in a store, follows the "
          "schedules, and "
          "goes on where it was after it was stopped or killed. Without a fleet file an unknown DeviceId "
          "films a lobby, or "
          "what --demo says.",
      .options =
          {{"listen", "HOST:PORT", "where to listen; port 0 takes a free one", "127.0.0.1:8080"},
           {"probe-listen", "HOST:PORT",
            "where /healthz, /readyz and /metrics are answered by a thread of their own, whatever the calls "
            "do; "
            "loopback alone"},
           {"store", "PATH", "SQLite file, also sqlite:PATH; pictures go beside it", "camfleet.db"},
           {"fleet", "FLEET.yaml", "the cameras; read again on SIGHUP, all or nothing"},
           {"keys", "FILE", "access keys, JSON or YAML; calls must be signed with one of them"},
           {"unsigned", "", "takes calls without a signature; on loopback alone"},
           {"tls-cert", "FILE", "PEM certificate chain: HTTPS"},
           {"tls-key", "FILE", "its key"},
           {"zone", "ZONE", "zone of schedules that name none", "Asia/Shanghai"},
           {"acu", "N", "cores for decoding and analysis, 1 to 1024; by default the machine's"},
           {"accept-lost-log", "",
            "goes on with a store that was not closed and whose -wal is gone, or that SQLite's backup made"},
           {"settle", "DURATION",
            "of what was due while nobody was there, slices that are written off one by one; later ones are "
            "one row",
            "7d"},
           {"changes-waiting", "N",
            "changes that may wait for the disk, 100 to 10000000; beyond them nothing further begins",
            "100000"},
           {"costs", "FILE", "what AcuUsed reckons with, as camfleet calibrate measures it"},
           {"catalogue", "FILE", "further algorithms"},
           {"models", "DIR", "where model files are looked for first"},
           {"demo", "URL", "without a fleet file: what a device shows that nobody knows", demo_camera},
           {"camera-cache", "SIZE",
            "what the streams of synthetic cameras may take that are kept in $CAMFLEET_CAMERAS_DIR, by "
            "default "
            "~/.cache/camfleet/cameras; the longest unused go",
            "2GiB"},
           {"clock", "ISO", "rehearsal: the time at the start; none: the machine's"},
           {"speed", "X", "rehearsal: how fast time passes; refused with live sources", "1"},
           {"log-format", "FORMAT", "text, or json: an object a line", "text"},
           {"log-level", "LEVEL", "what is logged: debug, info, warn or error and above", "info"},
           {"openapi", "", "prints the OpenAPI document and ends"}},
      .examples =
          {{"camfleet serve --unsigned", "takes calls on http://127.0.0.1:8080"},
           {"camfleet serve --unsigned --clock 2026-03-02T09:59:50+08:00 --speed 60",
            "a rehearsal: a minute passes in a second"},
           {"camfleet serve --keys keys.yaml --fleet fleet.yaml \\\n      --cluster-listen 0.0.0.0:7400 "
            "--cluster-keys cluster",
            "cameras on other machines, which join with camfleet node"}},
      .run = start_service,
  };
  for (Option& option : cluster_options()) command.options.push_back(std::move(option));
  return command;
}

}  // namespace camfleet::cli
