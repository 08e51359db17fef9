#include "simulator/scenario.hpp"

#include <cstdlib>
#include <ostream>
#include <string>

#include <gtest/gtest.h>

namespace camfleet::sim {
namespace {

constexpr const char* good = R"(name: two gates
seed: 7
clock: {from: "2026-03-01T00:00:00Z", for: 30d, zone: Europe/Berlin}
devices:
  - {id: "cam-{i}", count: 3, region: huadong, source: "file:///clips/{i}.mp4?loop=1"}
  - {id: album, source: "pictures://${CAMFLEET_DATA}/faces"}
instances:
  - InstanceName: rounds
    AlgorithmType: PICTURE
    Devices: "cam-*"
    Algorithms: [{AlgorithmId: "2", AlgorithmName: person}]
    ScheduleType: EVERY_WEEK
    ScheduleCycleDate: 1
    ScheduleTimes: [{StartTime: "10:00:00", EndTime: "11:00:00"}]
    IsPolling: true
    SliceExecutionTime: 60
    OverallExecutionTime: 10
expect:
  - slices.missed <= 200
)";

/// The good scenario with the first `what` in it replaced.
std::string with(const std::string& what, const std::string& instead) {
  std::string text = good;
  const std::size_t at = text.find(what);
  EXPECT_NE(at, std::string::npos) << what;
  return text.replace(at, what.size(), instead);
}

result<Scenario> read(const std::string& text) {
  CAMFLEET_TRY(const YamlDocument document, YamlDocument::parse(text, "s.yaml"));
  return read_scenario(document);
}

TEST(Scenario, ReadsAWholeFile) {
  setenv("CAMFLEET_DATA", "/data", 1);
  const auto scenario = read(good);
  ASSERT_TRUE(scenario.has_value()) << scenario.error().line();
  const Scenario& s = scenario.value();
  EXPECT_EQ(s.name, "two gates");
  EXPECT_EQ(s.seed, 7U);
  EXPECT_EQ(to_iso(s.until()), "2026-03-31T00:00:00Z");
  ASSERT_EQ(s.devices.size(), 4U);
  EXPECT_EQ(s.devices[2].id, "cam-2");
  EXPECT_EQ(s.devices[2].source, "file:///clips/2.mp4?loop=1");
  EXPECT_EQ(s.devices[2].region, "huadong");
  EXPECT_EQ(s.devices[3].source, "pictures:///data/faces");
  ASSERT_EQ(s.instances.size(), 1U);
  EXPECT_EQ(s.instances[0].devices.size(), 3U);
  EXPECT_EQ(s.instances[0].schedule.zone, "Europe/Berlin");
  EXPECT_EQ(s.instances[0].schedule.days, 1U << 1U);
  EXPECT_EQ(s.instances[0].polling->slice, seconds(60));
}

TEST(Scenario, TakesDevicesAndNodesOfItsFleetFilesFirst) {
  const auto fleet = YamlDocument::parse(
      "nodes: [{id: a, acu: 2}, {id: b, acu: 2}]\ndevices: [{id: gate, source: \"rtsp://gate\"}]\n",
      "f.yaml");
  const auto more = YamlDocument::parse("devices: [{id: yard, source: \"rtsp://yard\"}]\n", "g.yaml");
  const auto document = YamlDocument::parse(
      "name: n\ninclude: [f.yaml, g.yaml]\nclock: {from: \"2026-03-01T00:00:00Z\", for: 1d}\n"
      "devices: [{id: own, source: \"rtsp://own\"}]\ninstances:\n  - InstanceName: i\n"
      "    AlgorithmType: PICTURE\n    Devices: \"*\"\n"
      "    Algorithms: [{AlgorithmId: \"1\", AlgorithmName: a}]\n    ScheduleType: ONCE\n",
      "s.yaml");
  const auto scenario = read_scenario(document.value(), {fleet.value(), more.value()});
  ASSERT_TRUE(scenario.has_value()) << scenario.error().line();
  ASSERT_EQ(scenario.value().devices.size(), 3U);
  EXPECT_EQ(scenario.value().devices[0].id, "gate");
  EXPECT_EQ(scenario.value().devices[2].id, "own");
  EXPECT_EQ(scenario.value().nodes.size(), 2U);
  EXPECT_EQ(scenario.value().instances[0].devices.size(), 3U);
  const auto nested =
      YamlDocument::parse("include: h.yaml\ndevices: [{id: x, source: \"rtsp://x\"}]\n", "g.yaml");
  const auto refused = read_scenario(document.value(), {nested.value()});
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().line(), "g.yaml:1: include: unknown field; the fields are devices, nodes");
}

struct Wrong {
  const char* what;
  const char* instead;
  const char* line;
};

std::ostream& operator<<(std::ostream& out, const Wrong& wrong) {
  return out << wrong.instead;
}

class WrongScenario : public testing::TestWithParam<Wrong> {};

TEST_P(WrongScenario, IsAnsweredByOneLine) {
  const auto scenario = read(with(GetParam().what, GetParam().instead));
  ASSERT_FALSE(scenario.has_value());
  EXPECT_EQ(scenario.error().line(), GetParam().line);
}

INSTANTIATE_TEST_SUITE_P(
    Table, WrongScenario,
    testing::Values(
        Wrong{"seed: 7", "seed: seven",
              "s.yaml:2: seed: 'seven' is not allowed; write a whole number from 0 to 9223372036854775807"},
        Wrong{"seed: 7", "sede: 7",
              "s.yaml:2: sede: unknown field; the fields are name, include, seed, samples, clock, costs, "
              "nodes, "
              "devices, "
              "instances, "
              "faults, expect"},
        Wrong{"name: two gates\n", "", "s.yaml:1: name: absent; it is required"},
        Wrong{"for: 30d", "for: a month",
              "s.yaml:3: clock.for: 'a month' is not a span; write a whole number and ms, s, min, h or d, "
              "like 90s or 30d"},
        Wrong{"2026-03-01T00:00:00Z\", for: 30d", "2200-03-01T00:00:00Z\", for: 36500d",
              "s.yaml:3: clock.for: '36500d' from '2200-03-01T00:00:00Z' ends after "
              "2261-04-10T23:47:16.854775807Z, which no clock here reaches; write a shorter span, or an "
              "earlier from"},
        Wrong{"2026-03-01T00:00:00Z", "2026-03-01",
              "s.yaml:3: clock.from: '2026-03-01' is not an instant; write it like 2026-03-01T10:00:00+08:00 "
              "or 2026-03-01T02:00:00Z"},
        Wrong{"count: 3", "count: 0",
              "s.yaml:5: devices[0].count: '0' is not allowed; write a whole number from 1 to 1000000"},
        Wrong{"cam-{i}", "cam",
              "s.yaml:5: devices[0].id: 'cam' would be the id of 3 devices; put {i} into it"},
        Wrong{"region", "regoin",
              "s.yaml:5: devices[0].regoin: unknown field; the fields are id, count, region, source"},
        Wrong{"CAMFLEET_DATA", "NO_SUCH_NAME",
              "s.yaml:6: devices[1].source: the environment variable 'NO_SUCH_NAME' is not set; set it or "
              "write the path"},
        Wrong{"AlgorithmType: PICTURE", "AlgorithmType: PICTURES",
              "s.yaml:9: instances[0].AlgorithmType: 'PICTURES' is not one of REALTIME_STREAM, PICTURE"},
        Wrong{"cam-*", "kam-*", "s.yaml:10: instances[0].Devices: 'kam-*' matches no device of the scenario"},
        Wrong{"AlgorithmId", "AlgoritmId",
              "s.yaml:11: instances[0].Algorithms[0].AlgoritmId: unknown field; the fields are AlgorithmId, "
              "AlgorithmName"},
        Wrong{"    ScheduleCycleDate: 1\n", "",
              "s.yaml:8: instances[0].ScheduleCycleDate: absent; it is required"},
        Wrong{"ScheduleCycleDate: 1", "ScheduleCycleDate: 8",
              "s.yaml:13: instances[0].ScheduleCycleDate: '8' is not a day; write weekdays 1 (Monday) to 7 "
              "(Sunday) like 1,4,6"},
        Wrong{"11:00:00", "25:00:00",
              "s.yaml:14: instances[0].ScheduleTimes[0].EndTime: '25:00:00' is not a time of day; write "
              "HH:mm:ss, at most 24:00:00"},
        Wrong{"IsPolling: true", "IsPolling: yes",
              "s.yaml:15: instances[0].IsPolling: 'yes' is not true or false"},
        Wrong{"SliceExecutionTime: 60", "SliceExecutionTime: 601",
              "s.yaml:16: instances[0].SliceExecutionTime: 601 s is longer than the round of 10 min; write "
              "at most 600"},
        Wrong{"slices.missed <= 200", "slices.missed =< 200",
              "s.yaml:19: expect[0]: 'slices.missed =< 200' is not a comparison: at character 15 there "
              "should be one of < <= > >= == !="},
        Wrong{"slices.missed <= 200", "slices.lost <= 200",
              "s.yaml:19: expect[0]: 'slices.lost' is not a number of the summary"},
        Wrong{"seed: 7", "samples: some",
              "s.yaml:2: samples: 'some' is not a way to simulate samples; write each or counted"},
        Wrong{"seed: 7", "nodes: [{id: a, acu: 0}]",
              "s.yaml:2: nodes[0].acu: '0' is not allowed; write whole ACU from 1 to 60000"},
        Wrong{"seed: 7", "nodes: [{id: a, acu: 1, joins: 7}, {id: b, acu: 1}]",
              "s.yaml:2: nodes[0].joins: '7' is not an instant; write it like 2026-03-01T10:00:00+08:00 or "
              "2026-03-01T02:00:00Z"},
        Wrong{"seed: 7",
              "nodes: [{id: a, acu: 1, joins: [\"2026-03-01T10:00:00Z\", \"2026-03-01T09:00:00Z\"]}, {id: b, "
              "acu: "
              "1}]",
              "s.yaml:2: nodes[0].joins: [\"2026-03-01T10:00:00Z\",\"2026-03-01T09:00:00Z\"] is no instant "
              "and no "
              "range of two; the earlier one comes first"},
        Wrong{
            "seed: 7", "nodes: [{id: a, acu: 1, schemes: [rtsp]}]",
            "s.yaml:2: nodes: node 'a' has schemes, but one node alone is the scheduler's process, which is "
            "there from the beginning and carries everything; write two nodes or more"},
        Wrong{"seed: 7", "nodes: [{id: a, acu: 1}, {id: a, acu: 1}]",
              "s.yaml:2: nodes[1].id: 'a' is there twice; give each node its own"},
        Wrong{"expect:\n",
              "faults: [{at: \"2026-03-01T00:00:00Z\", node: a, kind: node_crash, for: 1s}]\nexpect:\n",
              "s.yaml:18: faults[0].node: there is no node to lose: the scheduler's process carries "
              "everything; write two nodes or more"},
        Wrong{"expect:\n",
              "nodes: [{id: a, acu: 1}, {id: b, acu: 1}]\nfaults: [{draw: 2, from: seed, nodes: c-*, kinds: "
              "[node_hang], for: 1s}]\nexpect:\n",
              "s.yaml:19: faults[0].nodes: 'c-*' matches no node of the scenario"},
        Wrong{"expect:\n",
              "faults: [{at: \"2026-03-01T00:00:00Z\", device: kam, kind: freeze, for: 1s}]\nexpect:\n",
              "s.yaml:18: faults[0].device: 'kam' matches no device of the scenario"},
        Wrong{"expect:\n",
              "faults: [{at: \"2026-03-01T00:00:00Z\", device: cam-1, kind: thaw, for: 1s}]\nexpect:\n",
              "s.yaml:18: faults[0].kind: 'thaw' is not a fault; right are disconnect, freeze, slow_connect, "
              "corrupt, black, burst, late_key, wrong_stamps, resize, node_crash, node_hang, node_slow, "
              "node_drain, link_delay, link_cut, "
              "scheduler_restart, "
              "clock_forward, clock_back, store_slow, store_full"},
        Wrong{"name: two gates", "name: [1", "s.yaml:2: not YAML: end of sequence flow not found"},
        Wrong{"seed: 7", "name: again", "s.yaml:2: 'name' is given twice; give it once"}));

TEST(Scenario, AFileThatCannotBeReadIsSaid) {
  EXPECT_EQ(load_scenario("/no/such.yaml").error().line(),
            "/no/such.yaml: no such file; give the path of a YAML file");
  EXPECT_EQ(load_scenario("/tmp").error().line(), "/tmp: not a regular file; give the path of a YAML file");
}

TEST(Scenario, AValueThatHoldsItselfIsRefused) {
  for (const char* text : {"x: &a [*a]", "devices: &a {b: *a}"}) {
    const auto document = YamlDocument::parse(text, "loop.yaml");
    ASSERT_FALSE(document.has_value()) << text;
    EXPECT_EQ(document.error().line(),
              "loop.yaml:1: an alias stands within its own anchor; a value cannot hold itself");
  }
}

TEST(Scenario, AnchorsDoNotGrowWithoutBound) {
  std::string text = "a: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 9; ++i) {
    text += "b" + std::to_string(i) + ": &a" + std::to_string(i) + " [";
    for (int k = 0; k < 10; ++k) text += (k > 0 ? ", *a" : "*a") + std::to_string(i - 1);
    text += "]\n";
  }
  const auto document = YamlDocument::parse(text, "bomb.yaml");
  ASSERT_FALSE(document.has_value());
  EXPECT_EQ(document.error().line(), "bomb.yaml:6: more than 2000000 values");
}

}  // namespace
}  // namespace camfleet::sim
