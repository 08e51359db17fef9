#pragma once

#include "simulator/checker/checked_plan.hpp"

namespace camfleet::check {

/// So many minutes of an instance that owes 10 s of "gate" at the beginning of each minute.
inline CheckedPlan gate_plan(int minutes_long) {
  CheckedPlan plan;
  plan.from = parse_iso("2026-03-01T00:00:00Z").value();
  plan.until = plan.from + minutes(minutes_long);
  plan.known_until = end_of_time;
  plan.devices = {{"gate", true}, {"yard", true}};
  CheckedInstance instance;
  instance.id = "x";
  instance.created = plan.from - seconds(1);
  instance.schedule.windows = {{0, 3600}};
  instance.schedule.zone = "UTC";
  instance.polling = {seconds(10), minutes(1)};
  instance.algorithms = {"3"};
  instance.phases = {Duration(0)};
  instance.members = {{0, true}};
  plan.instances = {instance};
  return plan;
}

}  // namespace camfleet::check
