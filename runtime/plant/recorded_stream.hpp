#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

#include "runtime/plant/recorded_source.hpp"
#include "runtime/plant/serial_thread.hpp"
#include "runtime/plant/stream.hpp"

namespace camfleet::plant {

/// The stream of one slice of recorded footage or pictures, decoded on the pool at the slice's own media
/// time; footage over the network on a thread of its own.
class RecordedStream final : public Stream, public std::enable_shared_from_this<RecordedStream> {
 public:
  /// `thread`: where it is read; null: on the pool.
  RecordedStream(StreamParts parts, std::unique_ptr<RecordedSource> source, DeviceIx device, StreamIx stream,
                 std::shared_ptr<SerialThread> thread);

  /// Opens it on the pool, which answers StreamOpened or StreamFailed.
  void start();
  void read(const ReadRequest& request) override;
  void close() override;

 private:
  /// Has `work` done after what was submitted before.
  template <class Work>
  void submit(Work work);
  void submit_read(const ReadRequest& request);
  void read_now(const ReadRequest& request);
  void open_now();
  void answer(const Message& message);
  [[nodiscard]] std::uint64_t strand() const { return reinterpret_cast<std::uintptr_t>(this); }

  StreamParts parts_;
  DeviceIx device_;
  StreamIx stream_;
  std::shared_ptr<SerialThread> thread_;
  std::atomic<bool> closed_ = false;
  std::unique_ptr<RecordedSource> source_;
};

}  // namespace camfleet::plant
