#pragma once

#include <cstdint>
#include <functional>

#include "actors/machines/plant.hpp"
#include "actors/machines/protocol.hpp"
#include "runtime/media/registry.hpp"
#include "runtime/plant/frame_table.hpp"
#include "runtime/plant/problem_log.hpp"
#include "runtime/plant/reason.hpp"
#include "runtime/plant/work_pool.hpp"
#include "runtime/time/timekeeper.hpp"

namespace camfleet::plant {

/// Puts a message into an actor's mailbox; from any thread.
using Deliver = std::function<void(ActorId to, const Message& message)>;

/// What every stream of the real plant works with.
struct StreamParts {
  const media::SourceRegistry* sources;
  timing::Timekeeper* time;
  WorkPool* pool;
  FrameTable* frames;
  ProblemLog* problems;
  std::function<void(DeviceIx, const Error&)> failed;  ///< hears why a stream ended, or could not be opened
  Deliver deliver;
  media::Limits limits;
};

/// One open stream of a device. Answers by itself, on threads of its own or the pool's; thread-safe.
class Stream {
 public:
  Stream() = default;
  virtual ~Stream() = default;
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  virtual void read(const ReadRequest& request) = 0;
  /// No further answer is owed; one that is on its way may still come.
  virtual void close() = 0;
};

}  // namespace camfleet::plant
