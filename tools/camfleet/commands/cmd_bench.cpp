#include <array>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include "tools/camfleet/bench/bench.hpp"
#include "tools/camfleet/cli/options.hpp"
#include "tools/camfleet/cli/output.hpp"
#include "tools/camfleet/cli/table.hpp"
#include "tools/camfleet/commands/commands.hpp"

namespace camfleet::cli {
namespace {

struct Bench {
  std::string_view name;
  result<Figures> (*run)();
};

constexpr std::array<Bench, 11> benches{{{"overhead", bench_overhead},
                                         {"api", bench_api},
                                         {"pages", bench_pages},
                                         {"bus", bench_bus},
                                         {"pipeline", bench_pipeline},
                                         {"memory", bench_memory},
                                         {"hold", bench_hold},
                                         {"kernel", bench_kernel},
                                         {"counted", bench_counted},
                                         {"cameras", bench_cameras},
                                         {"cluster", bench_cluster}}};

std::string bench_names() {
  std::string names;
  for (const Bench& bench : benches) names.append(bench.name).append(", ");
  return names + "or all";
}

std::string bound_text(const Figure& figure) {
  if (figure.bound == 0) return "";
  return fmt::format("{} {:.3g}", figure.at_most ? "at most" : "at least", figure.bound);
}

std::string as_json(const std::string& bench, const Figures& figures) {
  std::string text;
  for (const Figure& figure : figures) {
    nlohmann::ordered_json line{
        {"bench", bench}, {"name", figure.name}, {"value", figure.value}, {"unit", figure.unit}};
    line["bound"] =
        figure.bound == 0 ? nlohmann::ordered_json(nullptr) : nlohmann::ordered_json(figure.bound);
    line["holds"] = figure.holds();
    text += line.dump() + "\n";
  }
  return text;
}

std::string table_of_figures(const std::string& bench, const Figures& figures) {
  Table table({{bench}, {"measured", Align::right}, {"unit"}, {"bound"}, {""}});
  for (const Figure& figure : figures) {
    table.add({figure.name, fmt::format("{:.4g}", figure.value), figure.unit, bound_text(figure),
               figure.holds() ? "" : "NOT HELD"});
  }
  std::string text;
  table.flush(text);
  return text;
}

result<ExitCode> run_benches(const Values& values, Output& out) {
  const std::string& wanted = values.positionals().front();
  bool any = false;
  bool all_hold = true;
  for (const Bench& bench : benches) {
    if (wanted != "all" && wanted != bench.name) continue;
    any = true;
    CAMFLEET_TRY(const Figures figures, bench.run());
    for (const Figure& figure : figures) all_hold = all_hold && figure.holds();
    out.write(values.flag("json") ? as_json(std::string(bench.name), figures)
                                  : table_of_figures(std::string(bench.name), figures));
  }
  if (!any) return fail(Errc::bad_usage, "NAME", "'" + wanted + "' is not a bench; write " + bench_names());
  return all_hold ? ExitCode::fine : ExitCode::expectation_failed;
}

}  // namespace

Command bench_command() {
  return {
      .name = "bench",
      .summary = "measure this build against bare baselines",
      .about =
          "Each bench measures a part of the program in CPU seconds, beside a baseline that is measured in "
          "the "
          "same run, and says whether its bounds hold. A machine that is busy with something else gives "
          "worse "
          "figures.",
      .positionals = {.name = "NAME", .help = bench_names(), .least = 1, .most = 1},
      .options = {{.name = "json", .help = "print a JSON line per figure instead of tables"}},
      .examples = {{"camfleet bench overhead", "what everything between a frame and its finding costs"}},
      .has_expectations = true,
      .run = run_benches,
  };
}

}  // namespace camfleet::cli
