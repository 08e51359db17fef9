#include "actors/machines/placement.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace camfleet {
namespace {

/// Cameras of two regions under one instance, whose slices cost a tenth of a core each for analysis and
/// decoding.
class PlacementRules : public ::testing::Test {
 protected:
  PlacementRules() {
    roster_.add_algorithm("2").value();
    costs_.decode_per_second.clear();
    costs_.analyse_default = milliseconds(100);
  }

  void node(const std::string& id, const std::string& region, std::uint32_t acu) {
    roster_.add_node({id, {.region = roster_.region(region).value(), .acu = acu}}).value();
  }

  InstanceIx instance(const std::string& name, const std::string& region, int cameras) {
    nlohmann::json fields = {{"InstanceName", name},
                             {"AlgorithmType", "PICTURE"},
                             {"Algorithms", {{{"AlgorithmId", "2"}, {"AlgorithmName", "person"}}}},
                             {"ScheduleType", "EVERYDAY"},
                             {"ScheduleTimes", {{{"StartTime", "01:00:00"}, {"EndTime", "02:00:00"}}}},
                             {"Devices", nlohmann::json::array()}};
    for (int i = 0; i < cameras; ++i) {
      const std::string id = name + "-" + std::to_string(i);
      roster_.add_device({id, region, "rtsp://camera", DeviceKind::live, Duration(0), 0}).value();
      fields["Devices"].push_back({{"DeviceId", id}, {"StartStream", true}});
    }
    return roster_.add_instance(name, parse_instance(fields, {}).value(), Instant()).value();
  }

  /// How many devices each node carries, and how many are nowhere.
  std::string spread(const PlacementTable& table) const {
    std::vector<int> counts(roster_.node_count() + 1);
    for (std::uint32_t i = 0; i < roster_.device_count(); ++i)
      ++counts[table.place(DeviceIx{i}).value_or(home_place).number];
    std::string text = std::to_string(counts[0]) + " nowhere";
    for (std::uint32_t i = 0; i < roster_.node_count(); ++i)
      text += ", " + roster_[NodeIx{i}].id + " " + std::to_string(counts[i + 1]);
    return text;
  }

  std::vector<DeviceIx> join(PlacementTable& table, NodeIx node) const {
    return table.join(node, roster_[node].offer);
  }

  Roster roster_;
  Costs costs_;
};

TEST_F(PlacementRules, ShareByAcu) {
  node("small", "", 1);
  node("large", "", 3);
  const InstanceIx watch = instance("watch", "", 40);
  PlacementTable table(roster_, costs_);
  join(table, NodeIx{0});
  join(table, NodeIx{1});
  table.add(watch);
  EXPECT_EQ(spread(table), "0 nowhere, small 10, large 30");
  table.remove(watch);
  EXPECT_EQ(table.load(NodeIx{0}), Duration(0));
  EXPECT_EQ(table.load(NodeIx{1}), Duration(0));
}

TEST_F(PlacementRules, TheRegionComesFirstAndElsewhereIsBetterThanNowhere) {
  node("e", "east", 4);
  node("w", "west", 4);
  const InstanceIx east = instance("east", "east", 12);
  const InstanceIx south = instance("south", "south", 4);
  PlacementTable table(roster_, costs_);
  join(table, NodeIx{0});
  join(table, NodeIx{1});
  table.add(east);
  EXPECT_EQ(spread(table), "4 nowhere, e 12, w 0");
  table.add(south);
  EXPECT_EQ(spread(table), "0 nowhere, e 12, w 4");
  EXPECT_EQ(table.lose(NodeIx{0}).size(), 12U);
  EXPECT_EQ(spread(table), "0 nowhere, e 0, w 16");
  EXPECT_EQ(join(table, NodeIx{0}).size(), 12U) << "who is of the region comes home_place";
  EXPECT_EQ(spread(table), "0 nowhere, e 12, w 4");
}

TEST_F(PlacementRules, WhatIsOnANodeAlreadyStaysThereUnlessAnotherServesMore) {
  node("a", "", 4);
  node("b", "", 4);
  const InstanceIx watch = instance("watch", "", 8);
  PlacementTable table(roster_, costs_);
  join(table, NodeIx{0});
  join(table, NodeIx{1});
  for (std::uint32_t i = 0; i < 8; ++i) table.keep(DeviceIx{i}, NodeIx{1});
  table.add(watch);
  EXPECT_EQ(spread(table), "0 nowhere, a 0, b 8");
  table.remove(watch);
  table.add(watch);
  EXPECT_EQ(spread(table), "0 nowhere, a 4, b 4") << "that was said of the first time";
  // It lacks the algorithm by now.
  table.remove(watch);
  table.lose(NodeIx{1});
  NodeOffer poor = roster_[NodeIx{1}].offer;
  poor.algorithms = {};
  table.join(NodeIx{1}, poor);
  for (std::uint32_t i = 0; i < 8; ++i) table.keep(DeviceIx{i}, NodeIx{1});
  table.add(watch);
  EXPECT_EQ(spread(table), "0 nowhere, a 8, b 0");
}

TEST_F(PlacementRules, ANodeThatJoinsTakesItsShareAndTheOthersStay) {
  node("a", "", 2);
  node("b", "", 2);
  const InstanceIx watch = instance("watch", "", 20);
  PlacementTable table(roster_, costs_);
  EXPECT_TRUE(table.add(watch).empty());
  EXPECT_EQ(spread(table), "20 nowhere, a 0, b 0");
  EXPECT_EQ(join(table, NodeIx{0}).size(), 20U);
  EXPECT_EQ(join(table, NodeIx{1}).size(), 10U);
  EXPECT_EQ(spread(table), "0 nowhere, a 10, b 10");
  table.lose(NodeIx{0});
  table.lose(NodeIx{1});
  EXPECT_EQ(spread(table), "20 nowhere, a 0, b 0");
}

TEST_F(PlacementRules, WhatARegionHasNoRoomForGoesElsewhere) {
  node("e", "east", 1);
  node("w", "west", 4);
  const InstanceIx east = instance("east", "east", 16);
  PlacementTable table(roster_, costs_);
  join(table, NodeIx{1});
  table.add(east);
  EXPECT_EQ(spread(table), "0 nowhere, e 0, w 16");
  join(table, NodeIx{0});
  EXPECT_EQ(spread(table), "0 nowhere, e 5, w 11") << "five of 200 ms a second are a core";
}

TEST_F(PlacementRules, ANodeCarriesWhatItReachesAndHas) {
  roster_.add_algorithm("3").value();
  node("files", "", 4);
  node("cameras", "", 4);
  const InstanceIx watch = instance("watch", "", 10);
  PlacementTable table(roster_, costs_);
  NodeOffer offer{.acu = 4};
  offer.schemes = IdSet<SchemeIx>::of_bits(2);
  table.join(NodeIx{0}, offer);
  EXPECT_TRUE(table.add(watch).empty()) << "rtsp is the first scheme";
  EXPECT_EQ(spread(table), "10 nowhere, files 0, cameras 0");
  offer.schemes = IdSet<SchemeIx>::of_bits(1);
  offer.algorithms = IdSet<AlgorithmIx>::of_bits(2);
  EXPECT_TRUE(table.join(NodeIx{1}, offer).empty()) << "it lacks the algorithm";
  table.lose(NodeIx{1});
  offer.algorithms = IdSet<AlgorithmIx>::of_bits(1);
  EXPECT_EQ(table.join(NodeIx{1}, offer).size(), 10U);
  EXPECT_EQ(spread(table), "0 nowhere, files 0, cameras 10");
  EXPECT_EQ(table.place({watch, 3}), place_of(NodeIx{1}));
}

/// One camera, instances of which each asks for one algorithm, and nodes that have one each.
class TwoAlgorithms : public PlacementRules {
 protected:
  TwoAlgorithms() {
    roster_.add_algorithm("3").value();
    node("two", "", 4);
    node("three", "", 4);
    roster_.add_device({"cam", "", "rtsp://camera", DeviceKind::live, Duration(0), 0}).value();
  }
  InstanceIx asks(const std::string& algorithm) {
    InstanceSpec spec;
    spec.devices.emplace_back();
    spec.devices.back().id = "cam";
    spec.algorithms = {{algorithm, "one"}};
    spec.schedule.windows = {{0, 3600}};
    const std::string name = "i" + std::to_string(roster_.instance_count());
    return roster_.add_instance(name, spec, Instant()).value();
  }
  static NodeOffer having(std::uint64_t algorithms) {
    return {.acu = 4, .algorithms = IdSet<AlgorithmIx>::of_bits(algorithms)};
  }
};

TEST_F(TwoAlgorithms, WhatNoNodeHadForTheFirstIsPlacedForALaterOne) {
  PlacementTable table(roster_, costs_);
  table.join(NodeIx{1}, having(2));
  EXPECT_TRUE(table.add(asks("2")).empty());
  EXPECT_EQ(table.add(asks("3")).size(), 1U);
  EXPECT_EQ(table.place({InstanceIx{0}, 0}), std::nullopt);
  EXPECT_EQ(table.place({InstanceIx{1}, 0}), place_of(NodeIx{1}));
}

TEST_F(TwoAlgorithms, WhoeverIsLeftIsServed) {
  PlacementTable table(roster_, costs_);
  table.join(NodeIx{0}, having(1));
  table.join(NodeIx{1}, having(2));
  const InstanceIx first = asks("2");
  table.add(first);
  EXPECT_TRUE(table.add(asks("3")).empty()) << "it serves as many where it is";
  EXPECT_EQ(table.place({InstanceIx{1}, 0}), std::nullopt);
  EXPECT_EQ(table.remove(first), std::vector<DeviceIx>{DeviceIx{0}});
  EXPECT_EQ(table.place({InstanceIx{1}, 0}), place_of(NodeIx{1}));
  EXPECT_EQ(table.load(NodeIx{0}), Duration(0));
  table.remove(InstanceIx{1});
  EXPECT_EQ(table.place(DeviceIx{0}), std::nullopt) << "its number may be another camera's";
}

TEST_F(PlacementRules, ADeviceWithoutARegionIsAtHomeEverywhere) {
  node("e", "east", 4);
  node("any", "", 4);
  const InstanceIx watch = instance("watch", "", 10);
  PlacementTable table(roster_, costs_);
  join(table, NodeIx{0});
  join(table, NodeIx{1});
  table.add(watch);
  EXPECT_EQ(spread(table), "0 nowhere, e 5, any 5");
}

TEST_F(PlacementRules, InstancesThatComeTogetherArePlacedTogether) {
  node("a", "", 8);
  node("b", "", 8);
  const InstanceIx all = instance("all", "", 8);
  InstanceSpec spec;
  spec.name = "every second one";
  spec.algorithms = {{"2", "person"}};
  for (int i = 0; i < 8; i += 2)
    spec.devices.push_back({.id = "all-" + std::to_string(i), .region = "", .size = {}});
  spec.schedule.windows = {{3600, 7200}};
  const InstanceIx second = roster_.add_instance(spec.name, spec, Instant()).value();
  PlacementTable table(roster_, costs_);
  join(table, NodeIx{0});
  join(table, NodeIx{1});
  table.add(std::vector{all, second});
  EXPECT_EQ(spread(table), "0 nowhere, a 4, b 4");
  EXPECT_EQ(table.load(NodeIx{0}), table.load(NodeIx{1})) << "not all of the second instance on one of them";
}

}  // namespace
}  // namespace camfleet
