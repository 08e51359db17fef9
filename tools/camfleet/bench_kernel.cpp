#include <algorithm>
#include <cstdint>
#include <queue>
#include <string>
#include <vector>

#include <fmt/core.h>
#include <malloc.h>

#include "actors/ledger_book.hpp"
#include "simulator/kernel.hpp"
#include "simulator/modelled_plant.hpp"
#include "tools/camfleet/bench.hpp"
#include "tools/camfleet/process.hpp"

namespace camfleet::cli {
namespace {

// A slice of 60 s every 10 minutes from 10:00 to 11:00, one sample a second, staggered over the round.
constexpr int slice_s = 60;
constexpr int round_s = 600;
constexpr int opens_s = 10 * 3600;
constexpr int rounds_a_day = 6;

/// How many cameras for how long: about as many samples each.
struct Load {
  std::uint32_t cameras;
  int days;
  int rounds;  ///< of the last day
};
constexpr Load loads[] = {{1'000, 30, rounds_a_day}, {10'000, 3, rounds_a_day}, {100'000, 1, 2}};

Instant until_of(const Load& load) {
  return Instant(hours(24 * (load.days - 1)) + seconds(opens_s + load.rounds * round_s));
}

Roster make_roster(const Load& load) {
  Roster roster;
  static_cast<void>(roster.add_algorithm("1"));
  InstanceSpec spec;
  spec.name = "bench";
  spec.schedule.type = ScheduleType::every_day;
  spec.schedule.zone = "UTC";
  spec.schedule.windows = {{opens_s, opens_s + 3600}};
  spec.polling = Polling{seconds(slice_s), seconds(round_s)};
  spec.algorithms = {{"1", "any"}};
  for (std::uint32_t i = 0; i < load.cameras; ++i) {
    DeviceEntry device;
    device.id = "cam-" + std::to_string(i);
    device.kind = DeviceKind::live;
    spec.devices.emplace_back();
    spec.devices.back().id = device.id;
    static_cast<void>(roster.add_device(std::move(device)));
  }
  static_cast<void>(roster.add_instance("bench", std::move(spec), Instant()));
  return roster;
}

struct Measured {
  Duration cpu{0};
  std::uint64_t samples = 0;
  std::uint64_t events = 0;
  std::uint64_t bytes = 0;  ///< on the heap for the run, at its end
};

std::uint64_t heap_bytes() {
  const struct mallinfo2 info = mallinfo2();
  return info.uordblks + info.hblkhd;
}

/// The machines on the kernel with the modelled plant; the ledger is kept, not written.
result<Measured> ours(const Load& load) {
  const std::uint64_t before = heap_bytes();
  const Roster roster = make_roster(load);
  LedgerBook book(roster, nullptr);
  sim::EventQueue queue{Instant()};
  sim::ModelledPlant plant({&roster, &queue, &book}, {}, 1, {});
  const sim::KernelSettings settings{1, until_of(load), {std::min(load.cameras, 60'000U), 1024}, {}};
  sim::Kernel<sim::ModelledPlant> kernel(roster, queue, plant, settings);
  kernel.add_instance(InstanceIx{0});
  const Stopwatch watch;
  kernel.run();
  Measured measured{watch.cpu(), book.ledger().totals().analysed, queue.taken(), 0};
  measured.bytes = heap_bytes() - before;
  CAMFLEET_CHECK(book.closed());
  CAMFLEET_CHECK(plant.closed());
  return measured;
}

/// The same slices as bare events of 16 bytes in a std::priority_queue: start, samples, stop; CPU per event.
double bare_queue_ns(const Load& load) {
  struct Event {
    std::int64_t at;
    std::uint32_t camera;
    std::uint32_t left;
    bool operator>(const Event& other) const { return at > other.at; }
  };
  std::priority_queue<Event, std::vector<Event>, std::greater<>> queue;
  constexpr std::int64_t second = 1'000'000'000;
  const std::int64_t until = until_of(load).time_since_epoch().count();
  for (std::uint32_t i = 0; i < load.cameras; ++i)
    queue.push({opens_s * second + std::int64_t{i} * slice_s % round_s * second + i, i, slice_s + 1});
  std::uint64_t events = 0;
  const Stopwatch watch;
  while (!queue.empty()) {
    Event event = queue.top();
    queue.pop();
    if (event.at >= until) continue;
    ++events;
    if (event.left > 0) {
      --event.left;
      event.at += second;
    } else {
      event.left = slice_s + 1;
      event.at += (round_s - slice_s - 1) * second;
      const std::int64_t day_s = event.at / second % (24 * 3600);
      if (day_s >= opens_s + 3600) event.at += (23 * 3600) * second;
    }
    queue.push(event);
  }
  return static_cast<double>(watch.cpu().count()) / static_cast<double>(events);
}

}  // namespace

result<Figures> bench_kernel() {
  Figures figures;
  double smallest = 0;
  double largest = 0;
  for (const Load& load : loads) {
    CAMFLEET_TRY(const Measured measured, ours(load));
    const double bare = bare_queue_ns(load);
    const double ns = static_cast<double>(measured.cpu.count()) / static_cast<double>(measured.samples);
    if (smallest == 0) smallest = ns;
    largest = ns;
    const std::string name = fmt::format("{} cameras", load.cameras);
    figures.push_back({name + ": samples", static_cast<double>(measured.samples) / 1e6, "million", 0, true});
    figures.push_back({name + ": events per sample",
                       static_cast<double>(measured.events) / static_cast<double>(measured.samples), "", 0,
                       true});
    figures.push_back({name + ": CPU per sample", ns, "ns", 0, true});
    figures.push_back({name + ": bare std::priority_queue, per event", bare, "ns", 0, true});
    figures.push_back({name + ": a sample against a bare event", ns / bare, "×", 3, true});
    figures.push_back({name + ": memory per camera", static_cast<double>(measured.bytes) / load.cameras,
                       "bytes", 1024, true});
  }
  figures.push_back({"growth from 1,000 to 100,000 cameras", largest / smallest, "×", 4, true});
  return figures;
}

}  // namespace camfleet::cli
