// When the faults of a scenario do what to real processes.
#include <array>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "actors/base/time.hpp"
#include "tools/camfleet/worlds/process_faults.hpp"

namespace camfleet::cli {
namespace {

using sim::FaultKind;

constexpr Instant run_start{hours(400'000)};

sim::Fault fault(FaultKind kind, int from, int to, std::uint32_t node = 0) {
  return {.device = {},
          .kind = kind,
          .from = run_start + seconds(from),
          .to = run_start + seconds(to),
          .node = NodeIx{node}};
}

/// "second kind node" of all that is to be done, each at its time.
std::string told(const std::vector<sim::Fault>& faults) {
  constexpr std::array<const char*, 7> names{"kill", "stop", "go on", "drain", "start", "end", "begin"};
  ProcessFaults timetable(2, faults);
  std::string text;
  while (const auto next = timetable.next()) {
    for (const ProcessAction& action : timetable.take_due(*next)) {
      text += text.empty() ? "" : ", ";
      text += std::to_string((*next - run_start) / seconds(1)) + " " +
              names[static_cast<std::size_t>(action.kind)];
      if (action.kind < ProcessAction::Kind::end_scheduler) text += " " + std::to_string(action.node.value);
    }
  }
  return text;
}

TEST(RealFaults, DoWhatTheirKindsSay) {
  EXPECT_EQ(told({fault(FaultKind::node_crash, 10, 20, 1)}), "10 kill 1, 20 start 1");
  EXPECT_EQ(told({fault(FaultKind::node_hang, 10, 20, 1)}), "10 stop 1, 20 go on 1");
  EXPECT_EQ(told({fault(FaultKind::scheduler_restart, 10, 20)}), "10 end, 20 begin");
}

TEST(RealFaults, DrainsEndByThemselvesOrAreEnded) {
  EXPECT_EQ(told({fault(FaultKind::node_drain, 10, 100)}), "10 drain 0, 40 kill 0, 100 start 0");
  EXPECT_EQ(told({fault(FaultKind::node_drain, 10, 20)}), "10 drain 0, 15 kill 0, 20 start 0");
}

TEST(RealFaults, OverlapUntilAllAreOver) {
  EXPECT_EQ(told({fault(FaultKind::node_crash, 10, 30), fault(FaultKind::node_crash, 20, 40)}),
            "10 kill 0, 40 start 0");
  EXPECT_EQ(told({fault(FaultKind::node_hang, 10, 30), fault(FaultKind::node_hang, 20, 40)}),
            "10 stop 0, 40 go on 0");
  // One that is not there can neither stand still nor be told to end.
  EXPECT_EQ(told({fault(FaultKind::node_crash, 10, 40), fault(FaultKind::node_hang, 20, 50),
                  fault(FaultKind::node_drain, 25, 35)}),
            "10 kill 0, 40 start 0");
  EXPECT_EQ(told({fault(FaultKind::node_hang, 10, 40), fault(FaultKind::node_crash, 20, 30)}),
            "10 stop 0, 20 kill 0, 30 start 0");
  // The second one finds a process that has begun since the first.
  EXPECT_EQ(told({fault(FaultKind::node_crash, 10, 20), fault(FaultKind::node_hang, 15, 60),
                  fault(FaultKind::node_hang, 30, 40)}),
            "10 kill 0, 20 start 0, 30 stop 0, 40 go on 0");
  EXPECT_EQ(told({fault(FaultKind::scheduler_restart, 10, 30), fault(FaultKind::scheduler_restart, 30, 40)}),
            "10 end, 30 begin, 30 end, 40 begin");
}

TEST(RealFaults, LeavesOthersAlone) {
  EXPECT_EQ(told({fault(FaultKind::link_cut, 10, 20), fault(FaultKind::disconnect, 10, 20),
                  fault(FaultKind::store_full, 10, 20), fault(FaultKind::node_crash, 10, 10)}),
            "");
  EXPECT_TRUE(ProcessFaults(1, {}).empty());
}

}  // namespace
}  // namespace camfleet::cli
