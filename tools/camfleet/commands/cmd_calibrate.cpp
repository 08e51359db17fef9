#include <fstream>

#include <fmt/core.h>

#include "simulator/cost_file.hpp"
#include "tools/camfleet/cli/options.hpp"
#include "tools/camfleet/cli/output.hpp"
#include "tools/camfleet/cli/progress.hpp"
#include "tools/camfleet/commands/commands.hpp"
#include "tools/camfleet/worlds/calibration.hpp"

namespace camfleet::cli {
namespace {

result<ExitCode> calibrate_machine(const Values& values, Output& out) {
  vision::Catalogue catalogue = vision::Catalogue::built_in();
  if (values.has("catalogue")) CAMFLEET_CHECK(catalogue.merge_file(values.text("catalogue")));
  const auto models = vision::ModelPath::standard(values.has("models") ? values.text("models") : "");
  Progress progress("measuring this machine");
  std::vector<const vision::Algorithm*> algorithms;
  for (const vision::Algorithm& algorithm : catalogue.all()) algorithms.push_back(&algorithm);
  std::size_t done = 0;
  CalibrationNotes notes;
  notes.measuring = [&](std::string_view name) { progress.update(done++, algorithms.size(), name); };
  notes.left_out = [](std::string_view id, const Error& error) {
    write_error_line(fmt::format("camfleet calibrate: algorithm {} keeps its default: {}", id, error.line()));
  };
  CAMFLEET_TRY(const Costs costs, calibrate(algorithms, models, notes));
  progress.finish();
  const std::string text = sim::to_yaml(costs);
  if (!values.has("out")) {
    out.write(text);
    return ExitCode::fine;
  }
  std::ofstream file(values.text("out"), std::ios::binary | std::ios::trunc);
  file << text;
  file.close();
  if (!file) return fail(Errc::io, values.text("out"), "cannot be written; give a file that can");
  return ExitCode::fine;
}

}  // namespace

Command calibrate_command() {
  return {
      .name = "calibrate",
      .summary = "measure this machine into a cost file",
      .about =
          "Measures in CPU time of one core what each algorithm costs per picture and what decoding costs "
          "per "
          "second, on a clip of opencv-doc, and prints a cost file for run --costs. The clip is MPEG-4; the "
          "other formats keep their defaults.",
      .options = {{.name = "out", .argument = "FILE", .help = "where the cost file goes, instead of stdout"},
                  {.name = "models",
                   .argument = "DIR",
                   .help = "folder in which model files are looked for first"},
                  {.name = "catalogue",
                   .argument = "FILE",
                   .help = "a catalogue file (YAML) whose algorithms are measured too"}},
      .examples = {{"camfleet calibrate --out costs.yaml", "what this machine takes"}},
      .run = calibrate_machine,
  };
}

}  // namespace camfleet::cli
