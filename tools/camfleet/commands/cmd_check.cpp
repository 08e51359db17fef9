#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include <fmt/format.h>

#include "actors/plan/calendar.hpp"
#include "runtime/media/source_url.hpp"
#include "runtime/plant/footage.hpp"
#include "runtime/service/fleet_file.hpp"
#include "simulator/camera/cameras.hpp"
#include "simulator/checker/check_records.hpp"
#include "tools/camfleet/cli/field_option.hpp"
#include "tools/camfleet/cli/options.hpp"
#include "tools/camfleet/cli/output.hpp"
#include "tools/camfleet/commands/commands.hpp"
#include "tools/camfleet/worlds/sources.hpp"

namespace camfleet::cli {
namespace {

/// Lines of breaches that are shown.
constexpr std::size_t most_shown = 20;

/// What there is to pull from; nothing is opened here.
media::SourceRegistry named_sources() {
  media::SourceRegistry sources = all_sources();
  media::Scheme synthetic;
  synthetic.traits = [](const media::SourceUrl&) {
    return media::SourceTraits{.kind = media::SourceKind::live};
  };
  synthetic.open = [](const media::SourceUrl&,
                      const media::OpenOptions&) -> result<std::unique_ptr<media::Source>> {
    return fail(Errc::unsupported, "source", "is not opened to check what was written down");
  };
  sources.add(std::string(camera::scheme), std::move(synthetic));
  return sources;
}

result<check::StoreFacts> facts_of(const Values& values) {
  CAMFLEET_CHECK(for_option("Zone", "--zone", check_zone(values.text("zone"))));
  const media::SourceRegistry sources = named_sources();
  std::map<std::string, std::string> urls;
  if (values.has("fleet")) {
    CAMFLEET_TRY(const auto devices, service::load_fleet(values.text("fleet"), sources));
    for (const service::FleetDevice& one : devices) urls[one.id] = one.source;
  }
  const auto is_live_url = [sources](const std::string& text) {
    const auto url = media::parse_source_url(text);
    return !url.has_value() || plant::kind_of(url.value(), sources) == DeviceKind::live;
  };
  return check::StoreFacts{values.text("zone"),
                           [urls, is_live_url](const std::string& device) -> std::optional<bool> {
                             const auto known = urls.find(device);
                             if (known == urls.end()) return std::nullopt;
                             return is_live_url(known->second);
                           },
                           is_live_url};
}

result<ExitCode> check_records(const Values& values, Output& out) {
  const std::filesystem::path path = values.positionals().front();
  std::unique_ptr<check::Checker> checker;
  if (std::filesystem::is_directory(path)) {
    CAMFLEET_TRY(checker, check::check_run(path));
  } else {
    CAMFLEET_TRY(const check::StoreFacts facts, facts_of(values));
    CAMFLEET_TRY(checker, check::check_store(path, facts));
  }
  const check::Breaches& breaches = checker->breaches();
  const std::string looked_at = fmt::format("{} slices and {} findings of {} instances", checker->rows(),
                                            checker->findings(), checker->plan().instances.size());
  if (breaches.total() == 0) {
    out.write(looked_at + " are as they should be\n");
    return ExitCode::fine;
  }
  std::size_t shown = 0;
  for (const std::string& line : breaches.lines()) {
    if (shown++ == most_shown) break;
    out.write(line + "\n");
  }
  out.write(fmt::format("{}: {} of them or what they should be is not so\n", looked_at, breaches.total()));
  for (const auto& [rule, count] : breaches.counts()) out.write(fmt::format("  {}: {}\n", rule, count));
  return ExitCode::expectation_failed;
}

}  // namespace

Command check_command() {
  return {
      .name = "check",
      .summary = "check the records of a run or a service",
      .about =
          "Looks at what a run (a folder) or a service (its store) has written down, by rules and code of "
          "its own: every slice that the calendar owes has one row and no other one is there, rows add up "
          "and judge as they should, parts follow each other, and each finding is of a sample that its row "
          "counts, once.",
      .positionals = {.name = "DIR|STORE",
                      .help = "the folder that `camfleet run --out` wrote, or the store of a service",
                      .least = 1,
                      .most = 1},
      .options = {{.name = "fleet",
                   .argument = "FILE",
                   .help = "of a store: the fleet file of its service, which says which devices are live"},
                  {.name = "zone",
                   .argument = "ZONE",
                   .help = "of a store: zone of schedules that name none",
                   .default_value = "Asia/Shanghai"}},
      .examples = {{"camfleet check out/day", "a run that kept its records in out/day"},
                   {"camfleet check camfleet.db --fleet fleet.yaml", "a service, which may be at work"}},
      .run = check_records};
}

}  // namespace camfleet::cli
