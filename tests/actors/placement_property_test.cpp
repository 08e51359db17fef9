// What is due at the same instant is spread over the nodes, whatever the figures.
#include <algorithm>

#include <gtest/gtest.h>

#include "tests/actors/placement_fleet.hpp"
#include "tests/actors/property.hpp"

namespace camfleet::testing {
namespace {

constexpr std::uint32_t most_nodes = 64;

/// One polled instance, and equal nodes with room for it.
struct OneInstance {
  PlacedFleet fleet;
  std::uint32_t nodes = 1;
  InstanceIx instance{};
  std::int64_t peak = 0;

  [[nodiscard]] std::int64_t bound(std::uint32_t alive) const {
    return ceil_div(peak, std::int64_t{alive}) + 1;
  }
};

std::unique_ptr<OneInstance> any_instance(int longest_round_min) {
  auto one = std::make_unique<OneInstance>();
  one->nodes = *rc::gen::inRange(1U, most_nodes + 1);
  for (std::uint32_t i = 0; i < one->nodes; ++i) one->fleet.add_node(4096);
  const int every_min =
      *rc::gen::oneOf(rc::gen::element(1, 2, 5, 10, 15, 30, 60), rc::gen::inRange(1, longest_round_min + 1));
  const int every_s = every_min * 60;
  const int slice_s = *rc::gen::inRange(1, *rc::gen::element(std::min(20, every_s), every_s) + 1);
  const std::int32_t start = *rc::gen::inRange(0, 86'400);
  // Windows of whole rounds, of others, and of less than one.
  const std::int32_t length =
      std::min(86'400, *rc::gen::element(every_s * 2, every_s * 3 + 100, every_s / 2));
  const Duration phase = seconds(*rc::gen::inRange(0, std::min(length, every_s)));
  std::vector<DeviceIx> devices(*rc::gen::inRange(1U, *rc::gen::element(40U, 800U)));
  for (DeviceIx& device : devices) device = one->fleet.add_device();
  InstanceSpec spec;
  spec.polling = Polling{seconds(slice_s), minutes(every_min)};
  one->instance = one->fleet.add_instance(spec, devices, {start, start + length}, phase);
  one->peak = peak_of(one->fleet.slices(one->instance));
  one->fleet.make_table();
  return one;
}

TEST(PlacementProperty, OneInstanceIsSpreadOverEqualNodes) {
  check_property([] {
    const auto one = any_instance(24 * 60);
    one->fleet.join_all();
    one->fleet.table().add(one->instance);
    RC_ASSERT(one->fleet.highest_peak(one->instance) <= one->bound(one->nodes));
  });
}

TEST(PlacementProperty, ItIsTooWhenTheNodesJoinOneByOne) {
  check_property([] {
    // Of rounds that are no longer, the strips know each second.
    const auto one = any_instance(60);
    one->fleet.table().add(one->instance);
    one->fleet.join_all();
    RC_ASSERT(one->fleet.highest_peak(one->instance) <= one->bound(one->nodes));
  });
}

TEST(PlacementProperty, LossesAndJoinsKeepItSpread) {
  check_property([] {
    const auto one = any_instance(60);
    one->fleet.join_all();
    PlacementTable& table = one->fleet.table();
    table.add(one->instance);
    std::uint32_t alive = one->nodes;
    for (int turn = 0; turn < 10; ++turn) {
      const NodeIx node{*rc::gen::inRange(0U, one->nodes)};
      const bool loses = one->fleet.is_alive(node);
      if (loses && alive == 1) continue;
      const auto before = one->fleet.places();
      const std::vector<DeviceIx> moved = loses ? one->fleet.lose(node) : one->fleet.join(node);
      alive = loses ? alive - 1 : alive + 1;
      RC_ASSERT(one->fleet.highest_peak(one->instance) <= one->bound(alive));
      const auto after = one->fleet.places();
      for (std::uint32_t i = 0; i < before.size(); ++i) {
        const bool is_told = std::ranges::find(moved, DeviceIx{i}) != moved.end();
        RC_ASSERT(is_told == (before[i] != after[i]));
      }
    }
  });
}

/// Nodes, devices and instances of all kinds.
struct Mix {
  struct Instance {
    std::vector<std::uint32_t> devices;
    std::size_t algorithms = 1;
    std::optional<Polling> polling;
    DailyWindow window;
    FrameSize size;
  };
  struct Node {
    std::string region;
    std::uint32_t acu = 1;
  };
  std::vector<Node> nodes;
  std::vector<std::string> regions;  ///< of the devices
  std::vector<Instance> instances;
};

/// Each node has cores for a few slices.
Mix any_mix(std::uint32_t nodes) {
  const auto region = rc::gen::element<std::string>("", "east", "west");
  Mix mix;
  const bool equal = *rc::gen::arbitrary<bool>();
  const std::uint32_t acu = *rc::gen::inRange(2U, 17U);
  for (std::uint32_t i = 0; i < nodes; ++i)
    mix.nodes.push_back({*region, equal ? acu : *rc::gen::inRange(2U, 17U)});
  mix.regions.resize(*rc::gen::inRange<std::size_t>(1, 200));
  for (std::string& one : mix.regions) one = *region;
  mix.instances.resize(*rc::gen::inRange<std::size_t>(1, 6));
  for (Mix::Instance& one : mix.instances) {
    const auto count = static_cast<std::uint32_t>(mix.regions.size());
    const std::uint32_t step = *rc::gen::inRange(1U, 4U);
    for (std::uint32_t i = *rc::gen::inRange(0U, count); i < count; i += step) one.devices.push_back(i);
    one.algorithms = *rc::gen::inRange<std::size_t>(1, 4);
    const int every_min = *rc::gen::element(2, 5, 10, 15, 20, 30);
    const Polling polling{seconds(*rc::gen::inRange(5, every_min * 60 + 1)), minutes(every_min)};
    if (*rc::gen::inRange(0, 5) > 0) one.polling = polling;
    const std::int32_t start = 600 * *rc::gen::inRange(0, 12);
    one.window = {start, start + 300 * *rc::gen::inRange(1, 24)};
    one.size = *rc::gen::element(FrameSize{320, 240}, FrameSize{1280, 720}, FrameSize{1920, 1080},
                                 FrameSize{3840, 2160});
  }
  return mix;
}

/// Core time that is due, and what of it comes when a node has more to do than it can.
struct Work {
  std::int64_t due = 0;
  std::int64_t lost = 0;
};

Work work_of(const Mix& mix, std::uint32_t nodes) {
  constexpr std::size_t span_s = 4 * 3600;
  PlacedFleet fleet;
  for (std::uint32_t i = 0; i < nodes; ++i) fleet.add_node(mix.nodes[i].acu, mix.nodes[i].region);
  std::vector<DeviceIx> devices;
  for (const std::string& region : mix.regions) devices.push_back(fleet.add_device(region));
  std::vector<InstanceIx> instances;
  for (const Mix::Instance& one : mix.instances) {
    InstanceSpec spec;
    spec.algorithms = {{"1", "face"}, {"2", "person"}, {"3", "motion"}};
    spec.algorithms.resize(one.algorithms);
    spec.polling = one.polling;
    std::vector<DeviceIx> own;
    for (const std::uint32_t i : one.devices) own.push_back(devices[i]);
    instances.push_back(fleet.add_instance(spec, own, one.window, std::nullopt, one.size));
  }
  fleet.make_table();
  fleet.join_all();
  fleet.table().add(instances);
  std::vector<std::vector<std::int64_t>> steps(nodes, std::vector<std::int64_t>(span_s + 1));
  for (const InstanceIx ix : instances) {
    const InstanceEntry& entry = fleet.roster()[ix];
    for (const PlannedSlice& slice : fleet.slices(ix)) {
      const std::int64_t cost = slice_cost(entry.spec.devices[slice.device], entry.spec, Costs{}).count();
      auto& own = steps[node_at(*fleet.table().place(entry.devices[slice.device])).value];
      own[static_cast<std::size_t>(slice.begins.time_since_epoch() / seconds(1))] += cost;
      own[static_cast<std::size_t>(slice.ends.time_since_epoch() / seconds(1))] -= cost;
    }
  }
  Work work;
  for (std::uint32_t i = 0; i < nodes; ++i) {
    std::int64_t load = 0;
    for (const std::int64_t step : steps[i]) {
      load += step;
      work.due += load;
      work.lost += std::max<std::int64_t>(0, load - Duration(seconds(mix.nodes[i].acu)).count());
    }
  }
  return work;
}

TEST(PlacementProperty, AnotherNodeCostsNextToNothing) {
  check_property([] {
    const std::uint32_t nodes = *rc::gen::inRange(1U, 14U);
    const Mix mix = any_mix(nodes + 1);
    const Work before = work_of(mix, nodes);
    const Work after = work_of(mix, nodes + 1);
    RC_ASSERT(before.due == after.due);
    RC_ASSERT(after.lost <= before.lost + after.due / 100);
  });
}

TEST(PlacementProperty, DevicesStayWhereTheyAreWhenInstancesComeAndGo) {
  check_property([] {
    const std::uint32_t nodes = *rc::gen::inRange(1U, 9U);
    const Mix mix = any_mix(nodes);
    PlacedFleet fleet;
    for (const Mix::Node& node : mix.nodes) fleet.add_node(node.acu, node.region);
    std::vector<DeviceIx> devices;
    for (const std::string& region : mix.regions) devices.push_back(fleet.add_device(region));
    fleet.make_table();
    fleet.join_all();
    std::vector<InstanceIx> there;
    for (int turn = 0; turn < 12; ++turn) {
      const auto before = turn == 0 ? std::vector<std::optional<Place>>() : fleet.places();
      if (there.empty() || *rc::gen::inRange(0, 3) > 0) {
        const Mix::Instance& one = *rc::gen::elementOf(mix.instances);
        std::vector<DeviceIx> own;
        for (const std::uint32_t i : one.devices) own.push_back(devices[i]);
        InstanceSpec spec;
        spec.polling = one.polling;
        there.push_back(fleet.add_instance(spec, own, one.window, std::nullopt, one.size));
        fleet.table().add(there.back());
      } else {
        const auto gone = there.begin() + *rc::gen::inRange<std::ptrdiff_t>(0, std::ssize(there));
        fleet.table().remove(*gone);
        there.erase(gone);
      }
      const auto after = fleet.places();
      for (std::uint32_t i = 0; i < before.size(); ++i) {
        // Whom no instance has any more is nowhere.
        const bool has_gone = fleet.table().mentions(DeviceIx{i}).empty();
        RC_ASSERT(!before[i] || before[i] == after[i] || (has_gone && !after[i]));
      }
    }
    for (const InstanceIx instance : there) fleet.table().remove(instance);
    for (std::uint32_t i = 0; i < nodes; ++i) RC_ASSERT(fleet.table().load(NodeIx{i}) == Duration(0));
  });
}

}  // namespace
}  // namespace camfleet::testing
