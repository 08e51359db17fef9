#pragma once

#include <functional>
#include <memory>

#include "actors/protocol.hpp"

namespace camfleet::bus {

/// Frames on their way to an analyzer of the same process, over ZeroMQ inproc: a message is the sample with
/// the handle of its pooled frame, no pixel is copied. What is under way is bounded by the pool of frames:
/// devices have credits, and a frame that waits for a newer one gives way at the analyzer.
class LocalBus {
 public:
  using Deliver = std::function<void(ActorId to, const Sample& sample)>;

  /// `deliver` is called on the bus's own thread, in the order in which samples were sent.
  explicit LocalBus(Deliver deliver);
  ~LocalBus();
  LocalBus(const LocalBus&) = delete;
  LocalBus& operator=(const LocalBus&) = delete;

  /// From any thread; not after stop().
  void send(ActorId to, const Sample& sample);

  /// Delivers what is under way, then ends the thread.
  void stop();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace camfleet::bus
