#pragma once

#include <atomic>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "runtime/plant/reopening_source.hpp"
#include "runtime/plant/serial_thread.hpp"
#include "runtime/plant/stream.hpp"

namespace camfleet::plant {

class RecordedStream;

/// How many recorded sources are really open at once: the one that was read least recently is closed to make
/// room. Thread-safe.
class OpenSources {
 public:
  /// The place of one stream in the order; invalid until its first use.
  using Place = std::list<RecordedStream*>::iterator;

  explicit OpenSources(std::size_t most) : most_(most) {}

  /// The stream is about to be read: others make room for it.
  void use(RecordedStream& stream);
  void forget(RecordedStream& stream);

 private:
  std::mutex mutex_;
  std::size_t most_;
  std::list<RecordedStream*> recent_;  ///< the last used first
};

/// The stream of one slice of recorded footage or pictures, decoded on the pool at the slice's own media
/// time; footage over the network on a thread of its own.
class RecordedStream final : public Stream, public std::enable_shared_from_this<RecordedStream> {
 public:
  /// `thread`: where it is read; null: on the pool.
  RecordedStream(StreamParts parts, OpenSources& open_sources, ReopeningSource source, DeviceIx device,
                 StreamIx stream, std::shared_ptr<SerialThread> thread);
  ~RecordedStream() override;

  /// Opens it on the pool, which answers StreamOpened or StreamFailed.
  void start();
  void read(const ReadRequest& request) override;
  void close() override;

  /// Closes the source unless it is being read.
  bool close_if_idle();

 private:
  friend class OpenSources;

  /// Has `work` done after what was submitted before.
  template <class Work>
  void submit(Work work);
  void submit_read(const ReadRequest& request);
  void read_now(const ReadRequest& request);
  void open_now();
  void answer(const Message& message);
  [[nodiscard]] std::uint64_t strand() const { return reinterpret_cast<std::uintptr_t>(this); }

  StreamParts parts_;
  OpenSources* open_sources_;
  DeviceIx device_;
  StreamIx stream_;
  std::shared_ptr<SerialThread> thread_;
  std::atomic<bool> closed_ = false;
  std::mutex mutex_;  ///< guards source_
  ReopeningSource source_;
  std::optional<OpenSources::Place> place_;  ///< guarded by open_sources_
};

}  // namespace camfleet::plant
