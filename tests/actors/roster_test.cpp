#include "actors/plan/roster.hpp"

#include <gtest/gtest.h>

namespace camfleet::testing {
namespace {

DeviceEntry device(std::string id, DeviceKind kind = DeviceKind::live) {
  return {std::move(id), "", "rtsp://camera/", kind, Duration(0), 0};
}

class RosterTest : public ::testing::Test {
 protected:
  RosterTest() { roster_.add_algorithm("face").value(); }

  result<InstanceIx> add(const std::string& name, const std::vector<std::string>& devices) {
    InstanceSpec spec;
    for (const std::string& id : devices) {
      spec.devices.emplace_back();
      spec.devices.back().id = id;
    }
    spec.algorithms.push_back({"face", "face"});
    spec.polling = Polling{seconds(60), minutes(10)};
    spec.schedule.windows = {{0, 3600}};
    spec.schedule.zone = "UTC";
    return roster_.add_instance(name, std::move(spec), Instant());
  }

  Roster roster_;
};

TEST_F(RosterTest, NodesComeWhileInstancesAreThere) {
  roster_.add_device(device("a")).value();
  roster_.use_placement().value();
  add("1", {"a"}).value();
  EXPECT_TRUE(roster_.has_placement());
  const RegionIx east = roster_.region("east").value();
  EXPECT_EQ(roster_.region("").value(), RegionIx{0});
  EXPECT_EQ(roster_.region("east").value(), east);
  EXPECT_EQ(roster_[east], "east");
  for (std::size_t i = 0; i < max_nodes; ++i) {
    const NodeIx node = roster_.add_node({"n" + std::to_string(i), {.region = east}}).value();
    EXPECT_EQ(roster_[node].offer.region, east);
  }
  EXPECT_EQ(roster_.find_node("n499"), NodeIx{499});
  EXPECT_EQ(roster_.find_node("n500"), std::nullopt);
  EXPECT_EQ(roster_.add_node({"n7"}).error().line(), "nodes: 'n7' is there twice; give each node its own id");
  EXPECT_EQ(roster_.add_node({"n500"}).error().line(), "nodes: a fleet has at most 500 nodes");
}

TEST_F(RosterTest, RegionsAndSchemesAreBounded) {
  for (std::size_t i = 1; i < max_regions; ++i)
    ASSERT_TRUE(roster_.region("r" + std::to_string(i)).has_value());
  EXPECT_EQ(roster_.region("one more").error().line(), "regions: 'one more' would be more than 1000 of them");
  for (std::size_t i = 0; i < max_schemes; ++i) {
    DeviceEntry entry = device("d" + std::to_string(i));
    entry.source = "S" + std::to_string(i) + "://host";
    const DeviceIx ix = roster_.add_device(entry).value();
    EXPECT_EQ(roster_[roster_[ix].scheme], "s" + std::to_string(i));
  }
  roster_.use_placement().value();
  const DeviceEntry entry = device("one more");
  EXPECT_EQ(roster_.add_device(entry).error().line(),
            "device 'one more': schemes: 'rtsp' would be more than 64 of them");
  EXPECT_EQ(roster_.find_device("one more"), std::nullopt);
  Roster alone;
  for (std::size_t i = 0; i <= max_schemes; ++i) {
    DeviceEntry one = device("d" + std::to_string(i));
    one.source = "s" + std::to_string(i) + "://host";
    ASSERT_TRUE(alone.add_device(one).has_value()) << "one process asks for no scheme";
  }
  EXPECT_FALSE(alone.use_placement().has_value());
}

TEST_F(RosterTest, AClusterHasAtMostSixtyFourAlgorithms) {
  for (int i = 1; i < 64; ++i) roster_.add_algorithm("a" + std::to_string(i)).value();
  ASSERT_TRUE(roster_.use_placement().has_value());
  roster_.add_algorithm("one more").value();
  EXPECT_EQ(roster_.use_placement().error().line(),
            "algorithms: there are 65, and a cluster's catalogue has at most 64");
}

TEST_F(RosterTest, TheNumberOfAnInstanceThatIsGoneIsUsedAgain) {
  roster_.add_device(device("a")).value();
  const InstanceIx first = add("1", {"a"}).value();
  const InstanceIx second = add("2", {"a"}).value();
  EXPECT_EQ(roster_[second].phases.at(0), seconds(60));
  roster_.release_instance(first);
  EXPECT_TRUE(roster_[first].devices.empty());
  EXPECT_TRUE(roster_[first].id.empty());
  EXPECT_EQ(roster_[second].id, "2");
  const InstanceIx third = add("3", {"a"}).value();
  EXPECT_EQ(third, first);
  EXPECT_EQ(roster_[third].id, "3");
  EXPECT_EQ(roster_[third].phases.at(0), seconds(120)) << "the second one is where it was";
  EXPECT_EQ(roster_.instance_count(), 2U);
  EXPECT_EQ(add("3", {"a"}).error().code, Errc::invalid_field);
  EXPECT_EQ(add("1", {"a"}).value(), InstanceIx{2}) << "its name is free";
}

TEST_F(RosterTest, TheNumberOfADeviceIsUsedAgainByOneOfItsKind) {
  const DeviceIx live = roster_.add_device(device("a")).value();
  const DeviceIx recorded = roster_.add_device(device("b", DeviceKind::recorded)).value();
  roster_.forget_device("a");
  EXPECT_EQ(roster_.find_device("a"), std::nullopt);
  roster_.release_device(live);
  EXPECT_EQ(roster_.add_device(device("c", DeviceKind::recorded)).value(), DeviceIx{2});
  EXPECT_EQ(roster_.add_device(device("a")).value(), live);
  EXPECT_EQ(roster_.find_device("a"), live);
  EXPECT_EQ(roster_.find_device("b"), recorded);
  EXPECT_EQ(roster_.device_count(), 3U);
}

TEST_F(RosterTest, ForgettingAnIdThatAnotherHasBeforeItsNumberIsFree) {
  const DeviceIx old = roster_.add_device(device("a")).value();
  roster_.forget_device("a");
  const DeviceIx next = roster_.add_device(device("a")).value();
  EXPECT_NE(next, old);
  roster_.release_device(old);
  EXPECT_EQ(roster_.find_device("a"), next);
}

TEST_F(RosterTest, CamerasOfOneConnectionSaySo) {
  for (const char* url : {"rtsp://u:p@h/a#connections=1", "rtsp://h/a?x=1#transport=udp&connections=1",
                          "http://h/a#connections=1&kind=flv"})
    EXPECT_TRUE(takes_one_connection(url)) << url;
  for (const char* url : {"rtsp://h/a", "rtsp://h/a?connections=1", "rtsp://h/a#connections=2", "rtsp://h/a#",
                          "rtsp://h/a#connections=10", "rtsp://h/a#some_connections=1", "rtsp://h/#&&", ""})
    EXPECT_FALSE(takes_one_connection(url)) << url;
  DeviceEntry alone = device("alone");
  alone.source = "rtsp://h/a#connections=1";
  EXPECT_TRUE(roster_[roster_.add_device(alone).value()].takes_one_connection);
  EXPECT_FALSE(roster_[roster_.add_device(device("usual")).value()].takes_one_connection);
}

TEST_F(RosterTest, MillionsComeAndGo) {
  roster_.add_device(device("a")).value();
  constexpr int more_than_there_can_be = 1'100'000;
  for (int i = 0; i < more_than_there_can_be; ++i) {
    const auto ix = add(std::to_string(i), {"a"});
    ASSERT_TRUE(ix.has_value()) << i << ": " << ix.error().line();
    roster_.release_instance(ix.value());
  }
  EXPECT_EQ(roster_.instance_count(), 1U);
}

}  // namespace
}  // namespace camfleet::testing
