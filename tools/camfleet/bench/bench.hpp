#pragma once

#include <string>
#include <vector>

#include "actors/base/error.hpp"

namespace camfleet::cli {

/// One measured figure and what it must keep to.
struct Figure {
  std::string name;
  double value = 0;
  std::string unit;
  double bound = 0;  ///< 0: none
  bool at_most = true;
  [[nodiscard]] bool holds() const { return bound == 0 || (at_most ? value <= bound : value >= bound); }
};

using Figures = std::vector<Figure>;

/// With a null engine and frames that are decoded already: the CPU that a sample costs between its frame and
/// its finding and row on disk, beside two threads that hand a message to and fro.
result<Figures> bench_overhead();

/// A clip as eight devices: the share of the CPU that is decoding and inference, and what a second core
/// gains.
result<Figures> bench_pipeline();

/// Frames from device to analyzer: in process, and over ipc and tcp beside a bare loop of the same payload.
result<Figures> bench_bus();

/// What a thousand idle devices take, and whether memory grows over an hour of slices.
result<Figures> bench_memory();

/// 10,000 devices with staggered rounds in real time, on a plant that only waits: the share of a core,
/// whether the schedule is held, and the memory of a device.
result<Figures> bench_hold();

/// hold's plan over 1, 2 and 4 local nodes: the scheduler's CPU for a slice beside that of one process;
/// records in envelopes beside a message each; findings from spool to store beside a bare loop.
result<Figures> bench_cluster();

/// The service: creates and reads over HTTP from 64 connections with 100,000 instances stored, reads beside a
/// bare server of the same library.
result<Figures> bench_api();

/// What a page of the store costs at 2,000,000 slices and 1,000,000 findings of 1,000 instances, beside as
/// many rows by their key. Filling it takes some minutes and 1.2 GB of the temporary folder.
result<Figures> bench_pages();

/// Virtual time: what a sample costs with all its messages, beside a bare priority queue of the same events.
result<Figures> bench_kernel();

/// Virtual time with counted samples: a year of 10,000 cameras, without the ledger and with it.
result<Figures> bench_counted();

/// Synthetic cameras: what drawing adds to the encoder, what a packet costs, and how soon a thousand have a
/// picture.
result<Figures> bench_cameras();

}  // namespace camfleet::cli
