#include "actors/plan/capacity.hpp"

#include <string>

#include <gtest/gtest.h>

namespace camfleet {
namespace {

/// 98 ms of decoding (H264, 1080p) and 2 ms of analysis a second: ten streams keep a core busy.
Costs round_costs() {
  Costs costs;
  costs.analyse_per_sample["light"] = milliseconds(2);
  return costs;
}

InstanceSpec instance(std::size_t devices, std::vector<std::string> algorithms = {"light"}) {
  InstanceSpec spec;
  spec.name = "gate";
  spec.devices.resize(devices);
  for (std::string& id : algorithms) spec.algorithms.push_back({std::move(id), "name"});
  spec.schedule.windows = {{36'000, 39'600}};
  return spec;
}

std::int64_t acu(const InstanceSpec& spec) {
  return acu_used(spec, spec.schedule, round_costs());
}

TEST(SliceCost, Table) {
  struct Row {
    Coding coding;
    FrameSize size;
    int spf;
    bool every_frame;
    std::vector<std::string> algorithms;
    Duration cost;
  };
  const Row rows[] = {
      {Coding::h264, {}, 1, false, {"light"}, milliseconds(100)},
      {Coding::h264, {1920, 1080}, 1, false, {"light"}, milliseconds(100)},
      {Coding::h264, {}, 1, false, {"unknown"}, milliseconds(148)},
      {Coding::h264, {}, 1, false, {"light", "unknown"}, milliseconds(150)},
      {Coding::h264, {}, 10, false, {"unknown"}, milliseconds(103)},
      {Coding::h264, {}, 1, true, {"light"}, milliseconds(148)},
      {Coding::h264, {}, 10, true, {"light"}, milliseconds(148)},
      {Coding::h265, {}, 1, false, {"light"}, milliseconds(109)},
      {Coding::vp8, {}, 1, false, {"light"}, milliseconds(102)},
      {Coding::h264,
       {3840, 2160},
       1,
       false,
       {"light"},
       Duration(98'000'000LL * 8294 / 2073) + milliseconds(2)},
      {Coding::h264, {1280, 720}, 1, false, {"light"}, Duration(43'539'797) + milliseconds(2)},
  };
  for (const Row& row : rows) {
    InstanceSpec spec = instance(1, row.algorithms);
    spec.spf = row.spf;
    spec.every_frame = row.every_frame;
    spec.devices[0].coding = row.coding;
    spec.devices[0].size = row.size;
    EXPECT_EQ(slice_cost(spec.devices[0], spec, round_costs()), row.cost)
        << to_text(row.coding) << " " << row.size.width << "x" << row.size.height << " spf " << row.spf;
  }
}

TEST(AcuUsed, RoundsUpAndIsAtLeastOne) {
  const std::pair<std::size_t, std::int64_t> rows[] = {{1, 1},  {9, 1},  {10, 1},       {11, 2},
                                                       {20, 2}, {21, 3}, {10'000, 1000}};
  for (const auto& [devices, used] : rows) EXPECT_EQ(acu(instance(devices)), used) << devices;
}

TEST(AcuUsed, OfAPolledInstanceOnlyItsPeakRuns) {
  InstanceSpec spec = instance(1000);
  spec.polling = Polling{seconds(60), minutes(10)};
  EXPECT_EQ(acu(spec), 10);  // 100 at once
  spec.devices.resize(1001);
  EXPECT_EQ(acu(spec), 11);  // 101
}

TEST(AcuUsed, TheShortestListedWindowCounts) {
  InstanceSpec spec = instance(1000);
  spec.polling = Polling{seconds(60), minutes(10)};
  spec.schedule.windows = {{0, 3600}, {7200, 7500}};  // 200 at once in five minutes
  EXPECT_EQ(acu(spec), 20);
  spec.schedule.windows = {{0, 30}};
  EXPECT_EQ(acu(spec), 100);
}

TEST(AcuUsed, OnceWithoutTimes) {
  InstanceSpec spec = instance(1000);
  spec.schedule.type = ScheduleType::once;
  spec.schedule.windows.clear();
  EXPECT_EQ(acu(spec), 100);
  spec.polling = Polling{seconds(60), minutes(10)};
  EXPECT_EQ(acu(spec), 10);
}

TEST(AcuUsed, TheDearestDevicesRunTogether) {
  InstanceSpec spec = instance(20);
  spec.polling = Polling{seconds(60), minutes(10)};
  EXPECT_EQ(acu(spec), 1);
  spec.devices[3].size = {7680, 4320};  // 16 times 98 ms
  spec.devices[17].size = {7680, 4320};
  EXPECT_EQ(acu(spec), 4);
}

TEST(Admit, SaysByHowMuchItFallsShort) {
  const InstanceSpec spec = instance(101);
  EXPECT_TRUE(admit(spec, round_costs(), 11).has_value());
  const auto refused = admit(spec, round_costs(), 8);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, Errc::limit);
  EXPECT_EQ(refused.error().line(),
            "Devices: 'gate' needs 11 ACU at its peak, the fleet offers 8: 3 too few; use fewer devices, a "
            "larger spf or longer "
            "rounds");
  EXPECT_FALSE(admit(instance(1), round_costs(), 0).has_value());
}

}  // namespace
}  // namespace camfleet
