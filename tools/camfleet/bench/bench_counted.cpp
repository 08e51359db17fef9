#include <fmt/core.h>

#include "actors/ledger/ledger_book.hpp"
#include "simulator/modelled_kernel.hpp"
#include "tools/camfleet/bench/bench.hpp"
#include "tools/camfleet/bench/bench_fleet.hpp"
#include "tools/camfleet/cli/process.hpp"

namespace camfleet::cli {
namespace {

constexpr std::uint32_t cameras = 10'000;
constexpr int days = 365;

struct Year {
  Duration cpu{0};
  std::uint64_t samples = 0;
};

/// A slice of 60 s every 10 minutes from 10:00 to 11:00, one sample a second, for a year. With the ledger its
/// lines are made and hashed, as for ledger.jsonl, and not written.
result<Year> run_year(bool with_ledger) {
  const Roster roster = make_roster({.devices = cameras,
                                     .opens_s = 10 * 3600,
                                     .closes_s = 11 * 3600,
                                     .polling = Polling{.slice = seconds(60), .every = minutes(10)}});
  LedgerBook book(roster, nullptr, with_ledger);
  sim::EventQueue queue{Instant()};
  sim::ModelledPlant plant({&roster, &queue, &book, cameras}, {}, 1, {});
  const Instant until{hours(24) * days};
  plant.count_samples(until);
  sim::Kernel<sim::ModelledPlant> kernel(
      roster, queue, plant,
      {.seed = 1, .until = until, .analyzer = {.workers = cameras, .queue_limit = 1024}, .device = {}});
  kernel.add_instance(InstanceIx{0});
  const Stopwatch watch;
  kernel.run();
  const Year year{watch.cpu(), book.ledger().totals().analysed};
  CAMFLEET_CHECK(book.closed());
  CAMFLEET_CHECK(plant.closed());
  return year;
}

}  // namespace

result<Figures> bench_counted() {
  CAMFLEET_TRY(const Year without, run_year(false));
  CAMFLEET_TRY(const Year with, run_year(true));
  const double off_s = static_cast<double>(without.cpu.count()) / 1e9;
  const double on_s = static_cast<double>(with.cpu.count()) / 1e9;
  return Figures{
      {"samples of a year of 10,000 cameras", static_cast<double>(without.samples) / 1e6, "million", 0, true},
      {"CPU without the ledger", off_s, "s", 30, true},
      {"CPU with the ledger", on_s, "s", 0, true},
      {"with the ledger against without", on_s / off_s, "×", 2, true}};
}

}  // namespace camfleet::cli
