#include "simulator/replay_plant.hpp"

#include <string>

#include <gtest/gtest.h>

#include "simulator/kernel.hpp"
#include "tests/runtime/plant/counting_source.hpp"

namespace camfleet::sim {
namespace {

using plant::CountingSource;

/// The machines on the kernel with the replay plant, over footage that is counted instead of decoded.
struct Replay {
  explicit Replay(int devices) {
    roster.add_algorithm("3").value();
    InstanceSpec spec;
    spec.schedule.type = ScheduleType::every_day;
    spec.schedule.zone = "UTC";
    spec.schedule.windows = {{3600, 3720}};
    spec.algorithms = {{"3", "motion"}};
    for (int i = 0; i < devices; ++i) {
      DeviceEntry device;
      device.id = "cam-" + std::to_string(i);
      device.source = "count:///clip";
      device.kind = DeviceKind::recorded;
      roster.add_device(device).value();
      spec.devices.emplace_back();
      spec.devices.back().id = device.id;
    }
    roster.add_instance("i", spec, start).value();
  }

  /// Runs one day with `frames` frames in memory and `open` sources really open.
  LedgerTotals run(std::uint32_t frames, std::size_t open, Duration length) {
    plant::SourceCounts counts;
    const auto sources = CountingSource::registry(counts, length);
    const auto catalogue = vision::Catalogue::built_in();
    const auto engines = plant::EngineSet::load(
                             {catalogue.find("3")},
                             [](const vision::Algorithm& one) { return vision::make_engine(one, {}); }, 2)
                             .value();
    auto findings = plant::FindingLog::make(roster, "").value();
    EventQueue queue(start);
    plant::WorkPool pool(2);
    LedgerBook book(roster, nullptr);
    ReplayPlant plant({&roster, &queue, &book, &sources, &pool, engines.get(), &findings, &problems},
                      {{}, frames, open});
    Kernel<ReplayPlant> kernel(roster, queue, plant, {1, start + hours(24), {2, 64}, {}});
    kernel.add_instance(InstanceIx{0});
    kernel.run();
    const auto closed = book.closed();
    EXPECT_TRUE(closed.has_value()) << closed.error().line();
    EXPECT_EQ(plant.frames_held(), 0U);
    EXPECT_EQ(counts.alive, 0);
    fingerprint = book.ledger().fingerprint();
    return book.ledger().totals();
  }

  Instant start = parse_iso("2026-03-01T00:00:00Z").value();
  Roster roster;
  plant::ProblemLog problems;
  std::string fingerprint;
};

TEST(ReplayPlant, ReadsWaitForAFreeFrameAndNoneIsLost) {
  Replay replay(12);
  const auto totals = replay.run(1, 64, hours(1));
  EXPECT_EQ(totals.slices[static_cast<int>(Outcome::done)], 12U);
  EXPECT_EQ(totals.analysed, 12U * 120U);
  EXPECT_TRUE(replay.problems.counts().empty());
}

TEST(ReplayPlant, FewOpenSourcesGiveTheSameLedger) {
  Replay replay(12);
  replay.run(32, 64, hours(1));
  const std::string fingerprint = replay.fingerprint;
  replay.run(32, 2, hours(1));
  EXPECT_EQ(replay.fingerprint, fingerprint);
}

TEST(ReplayPlant, FootageThatEndsIsAccountedFor) {
  Replay replay(2);
  const auto totals = replay.run(4, 64, seconds(50));
  EXPECT_EQ(totals.slices[static_cast<int>(Outcome::partial)], 2U);
  EXPECT_EQ(totals.analysed, 2U * 50U);
  EXPECT_EQ(totals.dropped[static_cast<int>(Reason::source_ended)], 2U * 70U);
}

}  // namespace
}  // namespace camfleet::sim
