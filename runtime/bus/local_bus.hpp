#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>

#include "actors/machines/protocol.hpp"

namespace camfleet::bus {

/// Frames on their way to the analyzers of the same process, over ZeroMQ inproc: a message is the sample with
/// the handle of its pooled frame, no pixel is copied. It has no thread: an analyzer that samples wait for is
/// told once, and takes them in its own turn. What is under way is bounded by the pool of frames: devices
/// have credits, and a frame that waits for a newer one gives way at the analyzer.
class LocalBus {
 public:
  /// Samples wait for `analyzer`, which was not told of any since it last took some. On the thread that
  /// sends.
  using Tell = std::function<void(AnalyzerIx analyzer)>;

  LocalBus(std::uint32_t analyzers, Tell tell);
  ~LocalBus();
  LocalBus(const LocalBus&) = delete;
  LocalBus& operator=(const LocalBus&) = delete;

  /// From any thread. `to` is an analyzer.
  void send(ActorId to, const Sample& sample);

  /// Fills `into` from its start with what waits for `analyzer`, in the order in which it was sent, and
  /// returns how many; a full `into` leaves the analyzer told, so it comes again by itself. From one thread
  /// at a time per analyzer.
  std::size_t take(AnalyzerIx analyzer, std::span<Sample> into);

 private:
  struct Lane;
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace camfleet::bus
