#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "runtime/media/decoder.hpp"
#include "runtime/media/ffmpeg.hpp"
#include "runtime/media/interrupt.hpp"
#include "runtime/media/run_clock.hpp"
#include "runtime/media/source.hpp"

namespace camfleet::media {

/// What a live stream is opened with.
struct LiveOptions {
  Limits limits;
  Interrupt* interrupt = nullptr;   ///< ends what it does early; outlives the source
  const RunClock* clock = nullptr;  ///< of those that film by the run's time; outlives the source
  std::string device;               ///< its id
  /// Nanoseconds since 1970 of the earliest frame that somebody waits for, by the run's clock: packets of
  /// earlier ones may come together. Null: each is wanted at once.
  const std::atomic<std::int64_t>* wanted_at = nullptr;
};

/// One connection to a live stream: it makes one connection or fails; whoever owns it decides what happens
/// next. Not thread-safe.
class PacketSource {
 public:
  enum class Outcome { packet, ended, failed };

  PacketSource() = default;
  virtual ~PacketSource() = default;
  PacketSource(const PacketSource&) = delete;
  PacketSource& operator=(const PacketSource&) = delete;

  /// The next packet of the video, in the order of decoding; waits for it, at most `deadline` of its clock.
  virtual Outcome read(AVPacket& packet, Duration deadline) = 0;

  /// Why the last read() gave none: unreachable (it ended or broke off), timed_out (stalled).
  [[nodiscard]] virtual const Error& error() const = 0;

  /// A decoder for its packets. Errors: those of Decoder::open.
  [[nodiscard]] virtual result<Decoder> make_decoder() const = 0;

  /// Packets come as they are filmed; else their stamps say when they are due.
  [[nodiscard]] virtual bool is_paced() const = 0;

  /// The nominal distance of two frames as the stream says it; a guess of 40 ms where it does not.
  [[nodiscard]] virtual Duration frame_interval() const = 0;

  /// When the frame of the packet that was read last was filmed: of a stream on the run's clock since 1970,
  /// else in the stream's own time; none where it does not say.
  [[nodiscard]] virtual std::optional<Duration> time_of(const AVPacket& packet) const = 0;
};

}  // namespace camfleet::media
