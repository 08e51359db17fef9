#include "tools/camfleet/worlds/run_output.hpp"

#include <algorithm>
#include <memory>

#include <fmt/core.h>

#include "actors/base/text.hpp"
#include "tools/camfleet/cli/byte_size.hpp"
#include "tools/camfleet/cli/progress.hpp"
#include "tools/camfleet/cli/table.hpp"
#include "tools/camfleet/cli/work_meter.hpp"
#include "tools/camfleet/worlds/score_table.hpp"
#include "tools/camfleet/worlds/verdict.hpp"

namespace camfleet::cli {
namespace {

constexpr std::size_t most_rows = 40;
constexpr std::size_t most_problems = 20;

std::string counted(std::uint64_t count) {
  return count == 0 ? "·" : std::to_string(count);
}

/// In the last column, where there is room for words.
std::string reason_of(const DeviceReport& device) {
  if (device.reason == Reason::none) return "";
  std::string text(to_text(device.reason));
  return device.detail.empty() ? text : text + ": " + device.detail;
}

void print_devices(const RunReport& report, std::string& text) {
  Table table({{"instance"},
               {"device"},
               {"slices", Align::right},
               {"done", Align::right},
               {"partial", Align::right},
               {"missed", Align::right},
               {"skipped", Align::right},
               {"samples", Align::right},
               {"analysed", Align::right},
               {"with findings", Align::right},
               {"last reason"}});
  const std::size_t rows = std::min(report.devices.size(), most_rows);
  for (std::size_t i = 0; i < rows; ++i) {
    const DeviceReport& device = report.devices[i];
    std::uint64_t due = 0;
    for (const std::uint64_t count : device.slices) due += count;
    table.add({device.instance, device.device, std::to_string(due), counted(device.slices[0]),
               counted(device.slices[1]), counted(device.slices[2]), counted(device.slices[3]),
               counted(device.due), counted(device.analysed), counted(device.found), reason_of(device)});
  }
  table.flush(text);
  if (rows < report.devices.size())
    text += fmt::format("… and {} more devices\n", report.devices.size() - rows);
}

/// A load in ACU; a dot where it is not known.
std::string load(const nlohmann::ordered_json& value) {
  return value.is_null() ? "·" : fmt::format("{:.2f}", value.get<double>());
}

void print_nodes(const RunReport& report, std::string& text) {
  Table table({{"node"},
               {"ACU", Align::right},
               {"mean load", Align::right},
               {"at most", Align::right},
               {"slices", Align::right},
               {"samples", Align::right},
               {"lost", Align::right}});
  const auto& nodes = report.summary["nodes"];
  const std::size_t rows = std::min(nodes.size(), most_rows);
  for (std::size_t i = 0; i < rows; ++i) {
    const auto& node = nodes[i];
    table.add({node["id"].get<std::string>(), std::to_string(node["acu"].get<std::uint32_t>()),
               load(node["mean"]), load(node["peak"]), counted(node["slices"].get<std::uint64_t>()),
               counted(node["samples"].get<std::uint64_t>()), counted(node["lost"].get<std::uint64_t>())});
  }
  text += '\n';
  table.flush(text);
  if (rows < nodes.size()) text += fmt::format("… and {} more nodes\n", nodes.size() - rows);
}

void print_algorithms(const RunReport& report, std::string& text) {
  text += '\n';
  for (const AlgorithmReport& used : report.algorithms) {
    text += fmt::format("algorithm {}  {}, by {}", used.id, used.name, used.engine);
    if (!used.absent.empty())
      text += fmt::format("; the better {} is missing: tools/setup fetches it where it can", used.absent);
    text += '\n';
  }
}

/// What each algorithm saw, in sum and by label, where that is more than one row.
void print_findings(const RunReport& report, std::string& text) {
  std::size_t rows = 0;
  std::size_t hidden = 0;
  for (const AlgorithmReport& used : report.algorithms)
    rows += std::max<std::size_t>(1, used.found.labels.size());
  if (rows < 2) return;
  Table table({{"algorithm"},
               {"label"},
               {"samples", Align::right},
               {"analysed", Align::right},
               {"with findings", Align::right},
               {"boxes", Align::right}});
  for (const AlgorithmReport& used : report.algorithms) {
    const auto& [all, labels] = used.found;
    table.add({used.id, "", counted(used.samples.due), counted(used.samples.analysed), counted(all.samples),
               counted(all.boxes)});
    for (const auto& [label, count] : labels) {
      if (table.held() < most_rows) {
        table.add({used.id, label, "", "", counted(count.samples), counted(count.boxes)});
      } else {
        ++hidden;
      }
    }
  }
  text += '\n';
  table.flush(text);
  if (hidden > 0) text += fmt::format("… and {} more labels\n", hidden);
}

void print_sums(const RunReport& report, const RunOptions& options, std::string& text) {
  const auto& summary = report.summary;
  const auto& slices = summary["slices"];
  const auto& samples = summary["samples"];
  text += fmt::format("slices   {} due = {} done + {} partial + {} missed + {} skipped\n",
                      slices["due"].get<std::uint64_t>(), slices["done"].get<std::uint64_t>(),
                      slices["partial"].get<std::uint64_t>(), slices["missed"].get<std::uint64_t>(),
                      slices["skipped"].get<std::uint64_t>());
  text += fmt::format("samples  {} due = {} analysed + {} gated", samples["due"].get<std::uint64_t>(),
                      samples["analysed"].get<std::uint64_t>(), samples["gated"].get<std::uint64_t>());
  for (const auto& [reason, count] : samples["dropped"].items())
    text += fmt::format(" + {} {}", count.get<std::uint64_t>(), reason);
  text += fmt::format("; {} with findings\n", summary["findings"].get<std::uint64_t>());
  if (!report.moved.empty()) {
    std::uint64_t times = 0;
    std::string reasons;
    for (const auto& [why, count] : report.moved) {
      times += count;
      reasons += fmt::format("{}{} {}", reasons.empty() ? "" : " + ", count, why);
    }
    text += fmt::format("moved    slices went on elsewhere {} times: {}\n", times, reasons);
  }
  // In a window of one round alone, or where slices are cut, there may be fewer.
  text += fmt::format("at once  {} slices at most; whole rounds need {}\n",
                      summary["concurrency"]["peak"].get<std::uint64_t>(),
                      summary["concurrency"]["bound"].get<std::int64_t>());
  if (summary.contains("delay_s") && summary["delay_s"]["most"].get<double>() > 0) {
    const auto& delay = summary["delay_s"];
    text +=
        fmt::format("delay    {:.3f} s for half of the samples, {:.3f} s for 99 in 100, {:.3f} s at most\n",
                    delay["p50"].get<double>(), delay["p99"].get<double>(), delay["most"].get<double>());
  }
  text += fmt::format("time     {:.1f} s of wall, {:.1f} s of CPU, {} MB\n", summary["wall_s"].get<double>(),
                      summary["cpu_s"].get<double>(), summary["rss_bytes"].get<std::uint64_t>() / 1'000'000);
  const auto& fingerprint = summary["fingerprint"];
  const auto& findings = summary["findings_fingerprint"];
  text += fmt::format("account  fingerprint {}, plan {}, findings {}\n",
                      fingerprint.is_null() ? (options.ledger ? "none (real time)" : "none (no ledger)")
                                            : fingerprint.get<std::string>(),
                      summary["plan_fingerprint"].get<std::string>(),
                      findings.is_null() ? "none" : findings.get<std::string>());
  text += verdict_lines(summary["expectations"]);
  if (!options.out.empty()) {
    text += fmt::format("records  {0}/summary.json, ledger.jsonl, findings.jsonl, pictures/\n",
                        options.out.string());
  }
}

}  // namespace

void print_problems(const plant::ProblemLog& problems) {
  std::size_t shown = 0;
  for (const auto& [message, count] : problems.counts()) {
    if (shown++ == most_problems) break;
    write_error_line(count == 1 ? "camfleet: " + message
                                : fmt::format("camfleet: {} ({} times)", message, count));
  }
  const std::uint64_t more =
      problems.counts().size() - std::min(problems.counts().size(), most_problems) + problems.not_kept();
  if (more > 0) write_error_line(fmt::format("camfleet: … and {} other messages", more));
}

result<timing::Speed> parse_speed(const std::string& text) {
  constexpr std::int64_t most = 1'000'000;
  if (text == "max") return timing::Speed{std::nullopt};
  const std::size_t point = std::min(text.find('.'), text.size());
  const std::string places = text.substr(std::min(point + 1, text.size()));
  const auto whole = parse_int<std::int64_t>(text.substr(0, point));
  const auto fraction = parse_int<std::int64_t>((places + "000000").substr(0, 6));
  const bool fits =
      whole && fraction && *whole >= 0 && *fraction >= 0 && *whole <= most && places.size() <= 6;
  const std::int64_t millionths = fits ? *whole * timing::Speed::real_time + *fraction : 0;
  if (millionths <= 0)
    return fail(Errc::bad_usage, "--speed",
                quote(text) + " is not a speed; write max, or a factor above 0 like 60 or 0.5, at most " +
                    std::to_string(most));
  return timing::Speed{millionths};
}

std::vector<Option> run_options() {
  return {
      {.name = "out",
       .argument = "DIR",
       .help =
           "folder for summary.json, ledger.jsonl, findings.jsonl and pictures/; none: nothing is written"},
      {.name = "no-ledger", .help = "writes no ledger.jsonl and takes no fingerprint of it, which is faster"},
      {.name = "json", .help = "print summary.json on stdout instead of the tables"},
      {.name = "models",
       .argument = "DIR",
       .help = "folder in which model files are looked for first",
       .group = "algorithms"},
      {.name = "catalogue",
       .argument = "FILE",
       .help = "a catalogue file (YAML) whose algorithms are added to the built-in ones",
       .group = "algorithms"},
      {.name = "threads",
       .argument = "N",
       .help = "threads of inference; by default one per core",
       .group = "algorithms"},
      {.name = "camera-cache",
       .argument = "SIZE",
       .help = "what the streams of synthetic cameras may take that are kept in $CAMFLEET_CAMERAS_DIR, by "
               "default "
               "~/.cache/camfleet/cameras; the longest unused go",
       .default_value = "2GiB"}};
}

result<RunOptions> read_run_options(const Values& values) {
  RunOptions options;
  if (values.has("out")) options.out = values.text("out");
  options.ledger = !values.flag("no-ledger");
  if (values.has("models")) options.models = values.text("models");
  if (values.has("catalogue")) options.catalogue = values.text("catalogue");
  if (values.has("threads")) {
    CAMFLEET_TRY(const auto threads, values.whole("threads", 1, 256));
    options.threads = static_cast<unsigned>(threads);
  }
  if (values.has("camera-cache")) {
    CAMFLEET_TRY(options.camera_cache, parse_bytes("--camera-cache", values.text("camera-cache")));
  }
  return options;
}

std::function<bool(std::size_t, std::size_t)> filming_progress() {
  return [shown = std::make_shared<std::optional<Progress>>()](std::size_t made, std::size_t all) {
    if (made < all && !*shown) shown->emplace("making the streams of synthetic cameras");
    if (*shown) (*shown)->update(made, all, fmt::format("{} of {}", made, all));
    if (made == all && *shown) (*shown)->finish();
    return true;
  };
}

result<void> run_with_progress(const sim::Scenario& scenario, World world, const RunOptions& options,
                               RunReport& report) {
  Progress progress(scenario.name);
  const auto run = world == World::real ? run_real : world == World::replay ? run_replay : run_virtual;
  RunOptions shown = options;
  shown.filming = filming_progress();
  CAMFLEET_CHECK(run(
      scenario, shown,
      [&](const RunState& state) {
        if (state.left) progress.expect_left(*state.left);
        progress.update(state.done, WorkMeter::whole, fmt::format("{} slices", state.slices));
      },
      report));
  progress.finish();
  return success();
}

namespace {

/// How the processes of `--nodes` get what this one has of a scenario.
result<void> read_node_options(const sim::Scenario& scenario, const Values& values, RunOptions& options) {
  if (!values.has("nodes")) return success();
  CAMFLEET_TRY(const auto nodes, values.whole("nodes", 1, static_cast<std::int64_t>(max_nodes)));
  options.nodes = static_cast<std::uint32_t>(nodes);
  options.node_arguments = {"--scenario", values.positionals().front(), "--seed",
                            std::to_string(scenario.seed)};
  for (const char* name : {"models", "catalogue", "camera-cache"}) {
    if (values.has(name))
      options.node_arguments.insert(options.node_arguments.end(),
                                    {std::string("--") + name, values.text(name)});
  }
  return success();
}

}  // namespace

result<void> run_and_print(const sim::Scenario& scenario, World world, const Values& values, Output& out,
                           RunReport& report) {
  CAMFLEET_TRY(RunOptions options, read_run_options(values));
  if (world == World::real) {
    CAMFLEET_TRY(options.speed, parse_speed(values.text("speed")));
    CAMFLEET_CHECK(read_node_options(scenario, values, options));
  }
  CAMFLEET_CHECK(run_with_progress(scenario, world, options, report));
  print_problems(report.problems);
  std::string text;
  if (values.flag("json")) {
    text = report.summary.dump(2) + "\n";
  } else {
    print_devices(report, text);
    print_nodes(report, text);
    print_algorithms(report, text);
    print_findings(report, text);
    if (report.summary.contains("score")) print_score(report.summary["score"], text);
    print_sums(report, options, text);
  }
  out.write(text);
  return success();
}

}  // namespace camfleet::cli
