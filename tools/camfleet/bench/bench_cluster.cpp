#include <algorithm>
#include <chrono>
#include <filesystem>
#include <mutex>
#include <thread>
#include <vector>

#include <fmt/core.h>

#include "runtime/cluster/admission.hpp"
#include "runtime/cluster/result_receiver.hpp"
#include "runtime/cluster/scheduler_end.hpp"
#include "runtime/world/real_world.hpp"
#include "tools/camfleet/bench/bench.hpp"
#include "tools/camfleet/bench/bench_fleet.hpp"
#include "tools/camfleet/bench/bench_link.hpp"
#include "tools/camfleet/bench/forked_nodes.hpp"
#include "tools/camfleet/bench/still_world.hpp"
#include "tools/camfleet/cli/process.hpp"

namespace camfleet::cli {
namespace {

namespace fs = std::filesystem;

constexpr Duration on_time = milliseconds(100);
constexpr std::chrono::milliseconds look_again{5};
constexpr std::chrono::seconds joining_time{30};

/// When slices are due that count.
struct Span {
  Instant from{};
  Instant to{};
};

/// What became of them, and what they took.
struct PlanCosts {
  std::uint64_t done = 0;
  std::uint64_t other = 0;
  std::uint64_t late = 0;  ///< of those that are done: begun more than 100 ms after they were due
  Duration cpu{0};         ///< of this process
  std::uint64_t bytes = 0;

  [[nodiscard]] double per_slice(double of) const {
    return of / static_cast<double>(std::max<std::uint64_t>(done, 1));
  }
  [[nodiscard]] double micros() const { return per_slice(static_cast<double>(cpu.count()) / 1e3); }
};

/// bench hold's plan, on footage that costs nothing: in this process, or with this as its scheduler.
class PlannedFleet {
 public:
  PlannedFleet(std::int64_t speed, Span span, bool has_nodes)
      : span_(span),
        roster_(make_roster({.kind = DeviceKind::recorded,
                             .source = "still:///picture",
                             .closes_s = 24 * 3600,
                             .polling = hold_polling,
                             .instances = hold_devices})),
        book_(roster_, [this](const SliceRow& row, std::string_view /*line*/) { count(row); }),
        admission_(roster_, [this] { return std::unique_lock(writing_); }),
        end_(roster_,
             {.admit = [this](const auto& name, const auto& hello) { return admission_.admit(name, hello); },
              .say = [](const std::string&) {}}),
        engines_(idle_engines(false, threads_).value()),
        world_({.speed = timing::Speed{speed * timing::Speed::real_time},
                .threads = threads_,
                .role = has_nodes ? shells::Role::scheduler : shells::Role::whole,
                .border = has_nodes ? &end_ : nullptr},
               {&roster_, &sources_, engines_.get(), &book_, &problems_},
               {.plant = {.found = [](const auto&, const auto&, const auto&) {},
                          .instance_ended = [this](InstanceIx ix) { end_.instance_ended(ix); }}}) {
    if (has_nodes) static_cast<void>(roster_.use_placement());
  }
  ~PlannedFleet() {
    end_.close();
    world_.shut_down();
  }
  PlannedFleet(const PlannedFleet&) = delete;
  PlannedFleet& operator=(const PlannedFleet&) = delete;

  /// Waits until the nodes are there. Errors: those of the ports and keys; timed_out.
  result<void> gather(const fs::path& folder, ForkedNodes& nodes, std::uint32_t count) {
    const link::ClusterKeys keys(folder);
    CAMFLEET_TRY(const link::OwnKeys own, keys.scheduler());
    CAMFLEET_TRY(const link::NodeList list, keys.nodes());
    CAMFLEET_TRY(receiver_,
                 cluster::ResultReceiver::open({.keys = own.curve}, list,
                                               {.last = [](const auto&, auto) { return std::uint64_t{0}; },
                                                .take = [](const auto&, auto, const auto&) { return true; },
                                                .say = [](const std::string&) {}}));
    CAMFLEET_CHECK(end_.open(
        {}, own, list,
        {.deliver = [this](ActorId to, const Message& message) { world_.executor().deliver(to, message); },
         .now = [this] { return world_.now(); },
         .speed = world_.speed(),
         .results_port = receiver_->port(),
         .holds = true}));
    nodes.join(end_.port());
    const auto give_up = std::chrono::steady_clock::now() + joining_time;
    while (end_.waiting() < count) {
      if (std::chrono::steady_clock::now() > give_up)
        return fail(Errc::timed_out, "nodes", "did not all come within half a minute");
      std::this_thread::sleep_for(look_again);
    }
    return success();
  }

  PlanCosts run(std::uint32_t nodes) {
    world_.start_empty();
    end_.begin();
    while (end_.joined() < nodes) std::this_thread::sleep_for(look_again);
    for (std::uint32_t i = 0; i < roster_.instance_count(); ++i)
      world_.executor().add(AddInstance{InstanceIx{i}});
    wait_for(span_.from);
    const Stopwatch watch;
    const auto before = end_.traffic();
    wait_for(span_.to);
    outcome_.cpu = watch.cpu();
    const auto after = end_.traffic();
    outcome_.bytes = after.sent - before.sent + after.received - before.received;
    // The last of them have ended by then.
    wait_for(span_.to + hold_polling.slice + seconds(5));
    const std::lock_guard lock(mutex_);
    return outcome_;
  }

 private:
  void wait_for(Instant at) const {
    while (world_.now() < at) std::this_thread::sleep_for(look_again);
  }
  void count(const SliceRow& row) {
    if (row.key.due_at < span_.from || row.key.due_at >= span_.to) return;
    const std::lock_guard lock(mutex_);
    ++(row.verdict.outcome == Outcome::done ? outcome_.done : outcome_.other);
    if (row.verdict.outcome == Outcome::done && *row.started_at - row.key.due_at > on_time) ++outcome_.late;
  }

  const Span span_;
  const unsigned threads_ = std::max(1U, std::thread::hardware_concurrency());
  Roster roster_;
  std::mutex mutex_;
  PlanCosts outcome_;
  LedgerBook book_;
  std::mutex writing_;
  cluster::Admission admission_;
  cluster::SchedulerEnd end_;
  const media::SourceRegistry sources_ = still_sources();
  std::unique_ptr<plant::EngineSet> engines_;
  plant::ProblemLog problems_;
  std::unique_ptr<cluster::ResultReceiver> receiver_;
  world::RealWorld world_;
};

/// With so many nodes; 0: in one process.
result<PlanCosts> run_plan(std::uint32_t nodes, std::int64_t speed, Span span) {
  const BenchFolder folder("camfleet-bench-cluster");
  if (nodes == 0) return PlannedFleet(speed, span, false).run(0);
  CAMFLEET_TRY(ForkedNodes children, ForkedNodes::make(folder.path() / "keys", nodes));
  PlannedFleet fleet(speed, span, true);
  CAMFLEET_CHECK(fleet.gather(folder.path() / "keys", children, nodes));
  return fleet.run(nodes);
}

}  // namespace

result<Figures> bench_cluster() {
  constexpr std::int64_t speed = 10;
  constexpr Span quick{Instant(seconds(90)), Instant(seconds(290))};
  constexpr Span real{Instant(seconds(20)), Instant(seconds(50))};
  Figures figures;
  CAMFLEET_TRY(const PlanCosts alone, run_plan(0, speed, quick));
  figures.push_back({"slices", static_cast<double>(alone.done + alone.other), "", 0, true});
  figures.push_back({"CPU a slice, one process", alone.micros(), "µs", 0, true});
  std::vector<PlanCosts> shared;
  for (const std::uint32_t nodes : {1U, 2U, 4U}) {
    CAMFLEET_TRY(const PlanCosts outcome, run_plan(nodes, speed, quick));
    shared.push_back(outcome);
    const std::string of = fmt::format(", {} node{}", nodes, nodes == 1 ? "" : "s");
    figures.push_back({"scheduler's CPU a slice" + of, outcome.micros(), "µs", 0, true});
    figures.push_back({"… against one process" + of, outcome.micros() / alone.micros(), "×", 1, true});
    figures.push_back({"done as planned" + of,
                       100 * static_cast<double>(outcome.done) /
                           static_cast<double>(std::max<std::uint64_t>(1, outcome.done + outcome.other)),
                       "%", 100, false});
  }
  figures.push_back({"with 4 nodes against 1", shared[2].micros() / shared[0].micros(), "×", 1.3, true});
  figures.push_back(
      {"bytes a slice, both ways", shared[2].per_slice(static_cast<double>(shared[2].bytes)), "", 0, true});
  CAMFLEET_TRY(const PlanCosts in_time, run_plan(4, 1, real));
  figures.push_back({"begun within 100 ms, real time, 4 nodes",
                     100 - in_time.per_slice(100 * static_cast<double>(in_time.late)), "%", 99, false});
  CAMFLEET_CHECK(bench_envelopes(figures));
  CAMFLEET_CHECK(bench_results(figures));
  return figures;
}

}  // namespace camfleet::cli
