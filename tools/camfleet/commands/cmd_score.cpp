#include <filesystem>

#include "runtime/media/source_url.hpp"
#include "simulator/score/detection_table.hpp"
#include "simulator/score/run_records.hpp"
#include "simulator/score/score_document.hpp"
#include "tools/camfleet/cli/options.hpp"
#include "tools/camfleet/cli/output.hpp"
#include "tools/camfleet/commands/commands.hpp"
#include "tools/camfleet/worlds/score_table.hpp"

namespace camfleet::cli {
namespace {

using ScorerResult = result<std::unique_ptr<score::Scorer>>;

/// The findings of a foreign program.
ScorerResult score_file(const std::string& path, const Values& values) {
  CAMFLEET_TRY(const media::SourceUrl url, media::parse_source_url(values.text("source")));
  CAMFLEET_TRY(const camera::CameraSpec camera, camera::resolve(url, "", nullptr));
  const auto given = camera::parse_camera_url(url);
  if (!given.value().seed)
    return fail(Errc::bad_usage, "--source",
                url.text + " has no seed, which says what the camera shows when; write seed=N into it");
  vision::Catalogue catalogue = vision::Catalogue::built_in();
  if (values.has("catalogue")) CAMFLEET_CHECK(catalogue.merge_file(values.text("catalogue")));
  return score::score_findings(path, camera, catalogue,
                               values.has("algorithm") ? values.text("algorithm") : "");
}

ScorerResult scorer_of(const Values& values) {
  const std::string& path = values.positionals().front();
  std::error_code code;
  if (!std::filesystem::is_directory(path, code)) {
    if (values.has("source")) return score_file(path, values);
    if (std::filesystem::exists(path, code))
      return fail(
          Errc::bad_usage, "--source",
          "absent; the findings of " + path + " need the URL of their camera, like synthetic://lobby?seed=7");
    return fail(Errc::not_found, path, "there is no such folder or file");
  }
  for (const char* option : {"source", "algorithm", "catalogue"}) {
    if (values.has(option))
      return fail(Errc::bad_usage, "--" + std::string(option),
                  "is for a file of findings; the records in " + path + " say it themselves");
  }
  return score::score_records(path);
}

result<ExitCode> show_score(const Values& values, Output& out) {
  if (values.flag("json") && values.flag("table"))
    return fail(Errc::bad_usage, "--table", "is a document of its own; leave out --json");
  CAMFLEET_TRY(const auto scorer, scorer_of(values));
  if (values.flag("table")) {
    CAMFLEET_TRY(const auto table, score::measured(*scorer));
    out.write(table.dump(2) + "\n");
    return ExitCode::fine;
  }
  const auto document = score::document_of(*scorer);
  if (values.flag("json")) {
    out.write(document.dump(2) + "\n");
    return ExitCode::fine;
  }
  std::string text;
  print_score(document, text);
  out.write(text.empty() ? "nothing was to be scored: no algorithm owes what scenes show\n" : text.substr(1));
  return ExitCode::fine;
}

}  // namespace

Command score_command() {
  return {
      .name = "score",
      .summary = "weigh findings against the truth of synthetic cameras",
      .about =
          "Computes again what synthetic cameras showed and compares it with what was found: precision, "
          "recall "
          "and average precision by scene and height of the box, stays in view that were seen, and how soon. "
          "A folder is a run's records: cameras.json, ledger.jsonl and findings.jsonl, as `run --out` leaves "
          "them. A file is what some other program found in one camera, in the form of findings.jsonl: at, "
          "width, height, boxes, optionally algorithm. Each line is a sample; one with empty boxes is a "
          "sample in which nothing was found, and samples without a line are not known.",
      .positionals = {.name = "DIR|FILE",
                      .help = "the records of a run, or a file of findings (JSON lines) with --source",
                      .least = 1,
                      .most = 1},
      .options = {{.name = "source",
                   .argument = "URL",
                   .help = "the camera of a file of findings, with its seed, like "
                           "'synthetic://lobby?size=1280x720&fps=25&seed=7'"},
                  {.name = "algorithm",
                   .argument = "ID",
                   .help = "of the lines that name none: what of the catalogue looks for the same"},
                  {.name = "catalogue",
                   .argument = "FILE",
                   .help = "a catalogue file (YAML) whose algorithms are added to the built-in ones"},
                  {.name = "json", .help = "print `score` of summary.json instead of the table"},
                  {.name = "table",
                   .help = "print how well each algorithm sees each scene, as JSON: what the virtual world "
                           "draws its findings from"}},
      .examples = {{"camfleet score out/day", "the scores of a run that kept its records in out/day"},
                   {"camfleet score theirs.jsonl --source 'synthetic://lobby?seed=7' --algorithm 1",
                    "how another program's faces compare with the truth"}},
      .run = show_score};
}

}  // namespace camfleet::cli
