#include <algorithm>
#include <semaphore>
#include <thread>
#include <vector>

#include <fmt/core.h>
#include <malloc.h>

#include "actors/plan/rounds.hpp"
#include "runtime/caf/real_executor.hpp"
#include "simulator/threaded_plant.hpp"
#include "tools/camfleet/bench/bench.hpp"
#include "tools/camfleet/bench/bench_fleet.hpp"
#include "tools/camfleet/cli/process.hpp"

namespace camfleet::cli {
namespace {

/// Until as many slices run as will: connected early, begun, none of them ended.
constexpr Instant steady{seconds(15)};
constexpr Duration measured_span = seconds(30);
/// The last of the measured slices have ended by then.
constexpr Duration ending = hold_polling.slice + seconds(2);

/// What became of the slices that were due within [from, to).
struct Tally {
  Instant from{};
  Instant to{};
  std::uint64_t done = 0;
  std::uint64_t other = 0;
  std::vector<Duration> late;  ///< how long after its instant each was begun

  [[nodiscard]] bool counts(const SliceKey& key) const { return from <= key.due_at && key.due_at < to; }
};

/// A fleet that polls around the clock, as it runs in the real world, on a plant that only waits.
class Fleet {
 public:
  Fleet(std::uint32_t instances, std::uint32_t devices_each, timing::Speed speed)
      : roster_(make_roster({.devices = devices_each,
                             .source = "synthetic://street",
                             .closes_s = 24 * 3600,
                             .polling = hold_polling,
                             .instances = instances})),
        book_(roster_, [this](const SliceRow& row, std::string_view /*line*/) { ended(row); }),
        time_(Instant(), speed, threads_),
        executor_(roster_, time_, settings(), {}, shells::RealExecutor::threads_for(threads_)),
        plant_(roster_, time_, [this](ActorId to, const Message& message) { executor_.deliver(to, message); },
               book_, {}) {
    book_.on_due([this](const SliceKey& key, Duration /*planned*/) {
      if (tally_.counts(key)) tally_.late.push_back(time_.now() - key.due_at);
    });
  }
  ~Fleet() { executor_.shut_down(); }
  Fleet(const Fleet&) = delete;
  Fleet& operator=(const Fleet&) = delete;

  /// What is due within [from, to) is to be counted.
  void start(Instant from, Instant to) {
    tally_.from = from;
    tally_.to = to;
    executor_.start(plant_);
  }
  /// Lets time pass to `at`; at the speed max it stands still from then on, until the next call.
  void run_to(Instant at) {
    time_.call(at, [this] {
      next_ = time_.work();
      reached_.release();
    });
    held_ = {};
    reached_.acquire();
    held_ = std::move(next_);
  }
  /// Errors: broken_invariant, of the ledger.
  result<Tally> stop() {
    executor_.shut_down();
    if (book_.error()) return pass(*book_.error());
    return std::move(tally_);
  }

  /// The slices that calendar and polling plan have begin within [from, to).
  [[nodiscard]] std::uint64_t planned(Instant from, Instant to) const {
    std::uint64_t count = 0;
    for (std::uint32_t i = 0; i < roster_.instance_count(); ++i) {
      const InstanceEntry& entry = roster_[InstanceIx{i}];
      const auto window = entry.calendar.at(from);
      if (!window) continue;
      RoundCursor cursor({*window, entry.spec.polling, static_cast<std::uint32_t>(entry.devices.size()),
                          entry.phases[window->listed]});
      for (; cursor.peek() && cursor.peek()->begins < to; cursor.advance())
        count += cursor.peek()->begins >= from ? 1 : 0;
    }
    return count;
  }

 private:
  [[nodiscard]] shells::ActorSettings settings() const {
    shells::ActorSettings settings;
    settings.analyzer = {shells::RealExecutor::analyses_for(threads_), 256};
    return settings;
  }
  void ended(const SliceRow& row) {
    if (tally_.counts(row.key)) ++(row.verdict.outcome == Outcome::done ? tally_.done : tally_.other);
  }

  const unsigned threads_ = std::max(1U, std::thread::hardware_concurrency());
  Roster roster_;
  Tally tally_;
  LedgerBook book_;
  timing::Timekeeper time_;
  shells::RealExecutor executor_;
  sim::ThreadedPlant plant_;
  std::binary_semaphore reached_{0};
  timing::WorkToken next_;  ///< from the instant that was to be reached …
  timing::WorkToken held_;  ///< … until the next one is asked for
};

/// Bytes resident while a fleet runs: when each device has had two slices, and three.
struct Memory {
  double second_round = 0;
  double third_round = 0;
};

double resident() {
  malloc_trim(0);
  return static_cast<double>(rss_bytes());
}

Memory memory_of(std::uint32_t instances, std::uint32_t devices_each) {
  Fleet fleet(instances, devices_each, {std::nullopt});
  Memory memory;
  fleet.start({}, {});
  fleet.run_to(Instant(2 * hold_polling.every));
  memory.second_round = resident();
  fleet.run_to(Instant(3 * hold_polling.every));
  memory.third_round = resident();
  return memory;
}

/// What each device takes beyond a fleet of one, when each is an instance of its own or in tens.
void add_memory(std::uint32_t devices_each, Figures& figures) {
  const Memory one = memory_of(1, 1);
  const Memory all = memory_of(hold_devices / devices_each, devices_each);
  const auto per_device = [](double bytes) { return bytes / 1024 / (hold_devices - 1); };
  const std::string of = fmt::format(" a device, {} to an instance", devices_each);
  figures.push_back({"memory" + of, per_device(all.third_round - one.third_round), "KB", 2, true});
  figures.push_back(
      {"growth over a round" + of, per_device(all.third_round - all.second_round), "KB", 0, true});
}

}  // namespace

result<Figures> bench_hold() {
  Figures figures;
  add_memory(1, figures);
  add_memory(10, figures);
  Fleet fleet(hold_devices, 1, {});
  const Instant end = steady + measured_span;
  fleet.start(steady, end);
  fleet.run_to(steady);
  const Stopwatch watch;
  fleet.run_to(end);
  const double share = static_cast<double>(watch.cpu().count()) / static_cast<double>(watch.wall().count());
  fleet.run_to(end + ending);
  const auto planned = static_cast<double>(fleet.planned(steady, end));
  CAMFLEET_TRY(Tally tally, fleet.stop());
  std::ranges::sort(tally.late);
  const auto late_ms = [&](double quantile) {
    if (tally.late.empty()) return 0.0;
    const auto at = static_cast<std::size_t>(quantile * static_cast<double>(tally.late.size() - 1));
    return static_cast<double>(tally.late[at].count()) / 1e6;
  };
  figures.push_back({"slices planned", planned, "", 0, true});
  figures.push_back({"done as planned", 100 * static_cast<double>(tally.done) / planned, "%", 100, false});
  figures.push_back({"begun late by, median", late_ms(0.5), "ms", 0, true});
  figures.push_back({"begun late by, 99th percentile", late_ms(0.99), "ms", 50, true});
  figures.push_back({"CPU of scheduler, actors and plant", 100 * share, "% of a core", 5, true});
  return figures;
}

}  // namespace camfleet::cli
