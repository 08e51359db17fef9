#pragma once

#include <string>

#include "actors/ledger/ledger.hpp"

namespace camfleet::testing {

/// Instances "first" and "second" with devices "cam-0" to "cam-3" and the algorithms "face" and "person".
inline Roster two_instances() {
  Roster roster;
  InstanceSpec spec;
  spec.schedule.windows = {{0, 3600}};
  for (int i = 0; i < 4; ++i) {
    const std::string id = "cam-" + std::to_string(i);
    static_cast<void>(roster.add_device({id, "", "synthetic://street", DeviceKind::live, Duration(0), 0}));
    spec.devices.push_back({});
    spec.devices.back().id = id;
  }
  for (const char* id : {"face", "person"}) {
    static_cast<void>(roster.add_algorithm(id));
    spec.algorithms.push_back({id, id});
  }
  static_cast<void>(roster.add_instance("first", spec, Instant()));
  static_cast<void>(roster.add_instance("second", spec, Instant()));
  return roster;
}

inline AlgorithmAccount account(std::uint32_t due, std::uint32_t analysed, std::uint32_t gated = 0) {
  AlgorithmAccount out;
  out.due = due;
  out.analysed = analysed;
  out.gated = gated;
  return out;
}

/// The account with `count` more samples due and dropped.
inline AlgorithmAccount dropped(AlgorithmAccount out, Reason reason, std::uint32_t count) {
  out.due += count;
  out.drop(reason, count);
  return out;
}

/// A row that is fine: 60 s from 2026-03-01T02:00:00Z, done.
inline SliceRow good_row(std::uint32_t instance = 0, std::uint32_t device = 0) {
  SliceRow row;
  row.key = {InstanceIx{instance}, DeviceIx{device}, parse_iso("2026-03-01T02:00:00Z").value()};
  row.started_at = row.key.due_at + milliseconds(20);
  row.ended_at = row.key.due_at + seconds(60);
  row.planned = seconds(60);
  row.observed = seconds(60);
  row.node = "node-1";
  row.algorithms = {account(60, 60), account(60, 50, 10)};
  return row;
}

}  // namespace camfleet::testing
