#include <algorithm>
#include <cstdint>
#include <limits>
#include <queue>
#include <string>
#include <vector>

#include <fmt/core.h>
#include <malloc.h>

#include "actors/ledger/ledger_book.hpp"
#include "simulator/modelled_kernel.hpp"
#include "tools/camfleet/bench/bench.hpp"
#include "tools/camfleet/bench/bench_fleet.hpp"
#include "tools/camfleet/cli/process.hpp"

namespace camfleet::cli {
namespace {

// A slice of 60 s every 10 minutes from 10:00 to 11:00, one sample a second, staggered over the round.
constexpr int slice_s = 60;
constexpr int round_s = 600;
constexpr int opens_s = 10 * 3600;
constexpr int rounds_a_day = 6;

/// How many cameras for how long, and how often: a machine's neighbours only ever make a run slower, so that
/// the least of several is nearest to what the program takes.
struct Load {
  std::uint32_t cameras;
  int days;
  int rounds;  ///< of the last day
  int times;
};
constexpr Load loads[] = {{1'000, 10, rounds_a_day, 3}, {10'000, 6, rounds_a_day, 5}, {100'000, 1, 2, 3}};
/// The fleet that the bounds are for. A smaller one fits into the caches, and so does its bare queue; a
/// larger one waits for memory: those are shown beside it.
constexpr std::uint32_t usual_fleet = 10'000;

Instant until_of(const Load& load) {
  return Instant(hours(24 * (load.days - 1)) + seconds(opens_s + load.rounds * round_s));
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

constexpr std::uint64_t bench_seed = 1;

/// The machines on the kernel with the modelled plant; the ledger is kept, not written.
result<Measured> our_kernel(const Load& load) {
  const std::uint64_t before = heap_bytes();
  const Roster roster =
      make_roster({.devices = load.cameras,
                   .opens_s = opens_s,
                   .closes_s = opens_s + 3600,
                   .polling = Polling{.slice = seconds(slice_s), .every = seconds(round_s)}});
  LedgerBook book(roster, nullptr);
  sim::EventQueue queue{Instant()};
  const std::uint32_t workers = std::min(load.cameras, 60'000U);
  sim::ModelledPlant plant({.roster = &roster, .queue = &queue, .book = &book, .workers = workers}, {},
                           bench_seed, {});
  const sim::KernelSettings settings{.seed = bench_seed,
                                     .until = until_of(load),
                                     .analyzer = {.workers = workers, .queue_limit = 1024},
                                     .device = {}};
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

/// The same slices as bare events of 16 bytes: start, samples, stop.
struct BareEvent {
  std::int64_t at;
  std::uint32_t camera;
  std::uint32_t left;
  bool operator>(const BareEvent& other) const { return at > other.at; }
};

/// In no order but that of time.
class BareHeap {
 public:
  [[nodiscard]] bool empty() const { return queue_.empty(); }
  void push(const BareEvent& event) { queue_.push(event); }
  BareEvent pop() {
    const BareEvent event = queue_.top();
    queue_.pop();
    return event;
  }

 private:
  std::priority_queue<BareEvent, std::vector<BareEvent>, std::greater<>> queue_;
};

/// Slots of 2^30 ns, about 73 minutes of them; what is later waits in its slot for another turn. In no order
/// within a slot.
class BareWheel {
 public:
  BareWheel() : slots_(slots) {}
  [[nodiscard]] bool empty() const { return size_ == 0; }
  void push(const BareEvent& event) {
    slots_[slot_of(event.at)].push_back(event);
    ++size_;
  }
  BareEvent pop() {
    while (true) {
      auto& slot = slots_[tick_ % slots];
      for (; at_ < slot.size(); ++at_) {
        if (slot[at_].at >> shift > static_cast<std::int64_t>(tick_)) continue;
        const BareEvent event = slot[at_];
        slot[at_] = slot.back();
        slot.pop_back();
        --size_;
        return event;
      }
      at_ = 0;
      ++tick_;
    }
  }

 private:
  static constexpr unsigned shift = 30;
  static constexpr std::size_t slots = std::size_t{1} << 12U;
  static std::size_t slot_of(std::int64_t at) { return static_cast<std::size_t>(at >> shift) % slots; }
  std::vector<std::vector<BareEvent>> slots_;
  std::size_t size_ = 0;
  std::size_t tick_ = 0;
  std::size_t at_ = 0;
};

/// CPU per event.
template <class Queue>
double bare_ns(const Load& load) {
  Queue queue;
  constexpr std::int64_t second = 1'000'000'000;
  const std::int64_t until = until_of(load).time_since_epoch().count();
  for (std::uint32_t i = 0; i < load.cameras; ++i)
    queue.push({opens_s * second + std::int64_t{i} * slice_s % round_s * second + i, i, slice_s + 1});
  std::uint64_t events = 0;
  const Stopwatch watch;
  while (!queue.empty()) {
    BareEvent event = queue.pop();
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

/// Ours and the bare queues by turns, so that what slows the machine down slows down both.
struct Turns {
  std::uint64_t samples = 0;
  double events_per_sample = 0;
  double bytes_per_camera = 0;
  double sample_ns = std::numeric_limits<double>::max();
  double heap_ns = std::numeric_limits<double>::max();
  double wheel_ns = std::numeric_limits<double>::max();
};

result<Turns> by_turns(const Load& load) {
  Turns turns;
  for (int i = 0; i < load.times; ++i) {
    CAMFLEET_TRY(const Measured ours, our_kernel(load));
    const auto samples = static_cast<double>(ours.samples);
    turns.samples += ours.samples;
    turns.events_per_sample = static_cast<double>(ours.events) / samples;
    turns.bytes_per_camera = static_cast<double>(ours.bytes) / load.cameras;
    turns.sample_ns = std::min(turns.sample_ns, static_cast<double>(ours.cpu.count()) / samples);
    turns.heap_ns = std::min(turns.heap_ns, bare_ns<BareHeap>(load));
    turns.wheel_ns = std::min(turns.wheel_ns, bare_ns<BareWheel>(load));
  }
  return turns;
}

}  // namespace

result<Figures> bench_kernel() {
  Figures figures;
  double smallest = 0;
  double largest = 0;
  for (const Load& load : loads) {
    CAMFLEET_TRY(const Turns turns, by_turns(load));
    if (smallest == 0) smallest = turns.sample_ns;
    largest = turns.sample_ns;
    const std::string name = fmt::format("{} cameras", load.cameras);
    figures.push_back({name + ": samples", static_cast<double>(turns.samples) / 1e6, "million", 0, true});
    figures.push_back({name + ": events per sample", turns.events_per_sample, "", 0, true});
    figures.push_back({name + ": CPU per sample", turns.sample_ns, "ns", 0, true});
    figures.push_back({name + ": bare std::priority_queue, per event", turns.heap_ns, "ns", 0, true});
    figures.push_back({name + ": bare wheel, per event", turns.wheel_ns, "ns", 0, true});
    figures.push_back({name + ": a sample against a bare event", turns.sample_ns / turns.heap_ns, "×",
                       load.cameras == usual_fleet ? 3.0 : 0, true});
    figures.push_back({name + ": memory per camera", turns.bytes_per_camera, "bytes",
                       load.cameras >= usual_fleet ? 1024.0 : 0, true});
  }
  figures.push_back({"growth from 1,000 to 100,000 cameras", largest / smallest, "×", 4, true});
  return figures;
}

}  // namespace camfleet::cli
