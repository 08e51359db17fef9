#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "actors/base/error.hpp"
#include "actors/base/ids.hpp"
#include "actors/base/time.hpp"
#include "actors/plan/roster.hpp"
#include "actors/spec/schedule.hpp"
#include "actors/spec/spec.hpp"

namespace camfleet::check {

/// One device in an instance's list.
struct CheckedMember {
  std::uint32_t device = 0;  ///< in the plan's list
  bool is_pulled = true;     ///< StartStream
  bool may_be_gone = false;  ///< it was taken out some time: rows of it need not be there
};

/// What an instance was asked to do, as whoever asked has written it.
struct CheckedInstance {
  std::string id;
  Instant created{};
  Instant ended = end_of_time;  ///< deleted: what is due later is not known to be
  Schedule schedule;
  std::optional<Polling> polling;
  int spf = 1;
  bool every_frame = false;
  std::vector<std::string> algorithms;
  std::vector<Duration> phases;  ///< φ, one per listed window
  std::vector<CheckedMember> members;
};

struct CheckedDevice {
  std::string id;
  bool is_live = true;
  bool is_known = true;  ///< false: it is gone, and nobody knows what it was
};

/// What a run or a service had to do: where a checker's own reckoning begins.
struct CheckedPlan {
  Instant from{};         ///< what was due before is not looked for
  Instant until{};        ///< nothing is due from here on …
  Instant known_until{};  ///< … and what is due from here on need not have its row yet
  /// From here on no fault makes a difference; none: it is not known.
  std::optional<Instant> healed;
  /// When an instance was deleted is known so well: a slice that was due then may have a row, or none.
  Duration around_end = seconds(1);
  std::vector<CheckedDevice> devices;
  std::vector<CheckedInstance> instances;
};

/// Of a run: its roster's numbers are the plan's.
CheckedPlan plan_of(const Roster& roster, Instant from, Instant until);

/// For plan.json of a run's folder.
nlohmann::ordered_json to_json(const CheckedPlan& plan);
/// Errors: corrupt, with the place.
result<CheckedPlan> read_plan(const nlohmann::json& json);

}  // namespace camfleet::check
