#include <atomic>
#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <thread>

#include "runtime/world/real_world.hpp"
#include "tools/camfleet/bench/bench.hpp"
#include "tools/camfleet/bench/bench_fleet.hpp"
#include "tools/camfleet/bench/still_world.hpp"
#include "tools/camfleet/cli/process.hpp"

namespace camfleet::cli {
namespace {

constexpr std::uint32_t still_cameras = 200;
constexpr int window_s = 1800;
constexpr int hops = 200'000;

/// CPU of one message between two threads over a mutex and a condition variable.
Duration bare_hop() {
  std::mutex mutex;
  std::condition_variable wake;
  int turn = 0;
  const auto play = [&](int parity) {
    std::unique_lock lock(mutex);
    while (turn < hops) {
      wake.wait(lock, [&] { return turn >= hops || turn % 2 == parity; });
      ++turn;
      wake.notify_one();
    }
  };
  const Stopwatch watch;
  std::thread other(play, 1);
  play(0);
  other.join();
  return watch.cpu() / hops;
}

/// Runs all windows at the speed max, with records in `folder`; the CPU it took.
result<Duration> run_windows(const std::filesystem::path& folder, std::uint64_t& samples) {
  const Roster roster = make_roster({.devices = still_cameras,
                                     .kind = DeviceKind::recorded,
                                     .source = "still:///picture",
                                     .closes_s = window_s});
  const unsigned threads = std::max(1U, std::thread::hardware_concurrency());
  const media::SourceRegistry sources = still_sources();
  CAMFLEET_TRY(const auto engines, idle_engines(true, threads));
  CAMFLEET_TRY(auto findings, plant::FindingLog::make(roster, folder));
  std::mutex findings_mutex;
  std::ofstream ledger(folder / "ledger.jsonl", std::ios::binary);
  LedgerBook book(roster, [&](const SliceRow& /*row*/, std::string_view line) { ledger << line; });
  plant::ProblemLog problems;
  std::atomic<bool> idle = false;
  world::RealWorld::Hooks hooks;
  hooks.idle = [&] {
    idle = true;
    idle.notify_one();
  };
  hooks.plant.found = [&](const Sample& sample, const media::Frame& frame,
                          const std::vector<vision::Box>& boxes) {
    const std::lock_guard lock(findings_mutex);
    findings.add(sample, frame, boxes);
  };
  const Stopwatch watch;
  world::RealWorld world({.speed = {std::nullopt},
                          .threads = threads,
                          .until = Instant(seconds(window_s)),
                          .samples_waiting = still_cameras * 2},
                         {&roster, &sources, engines.get(), &book, &problems}, std::move(hooks));
  world.start();
  idle.wait(false);
  world.shut_down();
  CAMFLEET_CHECK(findings.finish());
  CAMFLEET_CHECK(book.closed());
  samples = findings.total().samples;
  return watch.cpu();
}

}  // namespace

result<Figures> bench_overhead() {
  const auto folder = std::filesystem::temp_directory_path() / "camfleet-bench-overhead";
  std::uint64_t samples = 0;
  const auto cpu = run_windows(folder, samples);
  std::error_code ignored;
  std::filesystem::remove_all(folder, ignored);
  if (!cpu.has_value()) return pass(cpu.error());
  const double per_sample = static_cast<double>(cpu.value().count()) / 1e3 / static_cast<double>(samples);
  const double hop = static_cast<double>(bare_hop().count()) / 1e3;
  return Figures{{"samples", static_cast<double>(samples), "", 0, true},
                 {"CPU per sample, frame to finding", per_sample, "µs", 0, true},
                 {"bare message between two threads", hop, "µs", 0, true},
                 {"a sample against such a message", per_sample / hop, "×", 0.9, true}};
}

}  // namespace camfleet::cli
