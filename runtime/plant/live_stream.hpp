#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "actors/machines/plant.hpp"
#include "runtime/plant/packet_meter.hpp"
#include "runtime/plant/stream.hpp"
#include "runtime/plant/timekeeper_clock.hpp"

namespace camfleet::plant {

/// The stream of a live camera. A light thread takes its packets and keeps those since the last key frame;
/// pictures are decoded, on the pool, only up to the frames that somebody waits for. A frame's time is when
/// its packet came, so stamps that jump do no harm, unless the stream films by the run's time; one whose
/// packets come in bursts is paced by its stamps. How far frames and key frames are apart is measured as they
/// come, and told by StreamMeasured.
class LiveStream final : public Stream, public std::enable_shared_from_this<LiveStream> {
 public:
  /// Packets that are kept since the last key frame; beyond these they are dropped up to the next one.
  static constexpr std::size_t max_packets = 4096;
  static constexpr std::size_t max_bytes = 64U << 20U;
  /// With more of them the pictures are decoded as they come, so that who then waits for one has it soon.
  static constexpr std::size_t most_undecoded = 256;

  /// Without a picture from so long a time of packets, what waits for one is lost.
  static constexpr Duration longest_undecoded = seconds(1);

  LiveStream(StreamParts parts, DeviceIx device, std::string device_id, StreamIx stream,
             media::SourceUrl url);

  /// Starts the thread, which answers StreamOpened or StreamFailed. The stream lives until the thread is
  /// through.
  std::thread start();

  void read(const ReadRequest& request) override;
  void close() override;

 private:
  /// A camera that sends nothing for so many of its frames has stalled, where that is longer than for any
  /// other.
  static constexpr int frames_of_patience = 3;

  using PacketPtr = media::FfmpegPtr<AVPacket>;
  struct Arrived {
    PacketPtr packet;
    Instant at;
    bool after_gap = false;  ///< what came before it was left out
  };
  struct Want {
    ReadRequest request;
    Instant from;  ///< the first frame that came at or after this
  };

  struct Given {
    std::uint32_t use;
    Instant at;
  };

  void run();
  void pull(media::PacketSource& source);
  void pace(const media::PacketSource& source, const AVPacket& packet);
  /// When the frame of the packet that just came was filmed.
  [[nodiscard]] Instant filmed_at(const media::PacketSource& source, const AVPacket& packet) const;
  /// What spans of the stream are measured by, at an instant of it that is now.
  [[nodiscard]] Duration passed_at(Instant at) const;
  void keep(PacketPtr packet, Instant at);
  /// No packet came later than `at`: the clock may have been put back since.
  void put_back(Instant at);
  /// A new group of pictures begins: what nobody waits for in the one before it need not be decoded.
  void begin_group(Instant at);
  void measure(Duration at, bool key);
  void tell_measured();
  /// A packet came that cannot be decoded, as no key frame came before it.
  void wait_for_key(Duration at, bool missed);
  void stop_waiting_for_key(Duration at);
  /// Says how long no key frame came, once, where somebody has missed a picture by it.
  void say_no_key(Duration at);
  [[nodiscard]] bool decodes_on() const;
  /// How long the next packet may take; the pull thread's.
  [[nodiscard]] Duration patience() const;
  /// wants_ or what has come of them has changed; with the lock.
  void note_wants();
  /// Leaves out what came before the last key frame, where nobody waits for it any more: a machine that is
  /// behind must not decode what nobody looks at. With the lock.
  void drop_older_groups();
  void wake_decoder();
  /// Of packets_, with the lock.
  Arrived take_first();
  void decode();
  void decode_one(const Arrived& arrived);
  /// A packet of `at` gave a picture or none.
  void note_decoded(Instant at, bool any);
  void deliver(const AVFrame& picture, Instant at);
  void fail(const Error& error);
  /// Who takes every frame gets the one after the last that it was given.
  Instant next_frame_of(const ReadRequest& request);

  StreamParts parts_;
  DeviceIx device_;
  std::string device_id_;
  StreamIx stream_;
  media::SourceUrl url_;
  TimekeeperClock clock_;
  media::SourceTraits traits_;  ///< before the thread starts
  media::Interrupt interrupt_;
  std::optional<Duration> paced_from_;  ///< the pull thread's: stamp at paced_since_
  std::chrono::steady_clock::time_point paced_since_;

  std::mutex mutex_;
  std::deque<Arrived> packets_;  ///< not decoded yet, in order
  std::size_t bytes_ = 0;
  Instant last_key_ = Instant::min();    ///< when the last key frame came
  Instant before_key_ = Instant::min();  ///< the last packet that is kept from before it
  bool gap_ = false;                     ///< what came last was left out
  bool want_key_ = true;                 ///< packets are of no use before the next key frame
  bool decoding_ = false;                ///< a job is on the pool
  std::vector<Want> wants_;
  std::atomic<std::int64_t> wanted_at_ =
      INT64_MAX;  ///< nanoseconds: the earliest of wants_ that has not come
  bool broken_ = false;
  Duration interval_{0};
  PacketMeter meter_;
  StreamMeasured told_{};                 ///< what the device knows
  std::optional<Duration> no_key_since_;  ///< since then packets came that cannot be decoded …
  bool missed_for_key_ = false;           ///< … while somebody waited for a picture …
  bool said_no_key_ = false;              ///< … which was said
  Instant opened_at_{};
  Instant every_frame_until_ = Instant::min();  ///< packets are kept beyond their key frame until then
  std::map<std::uint32_t, Given> last_given_;   ///< by slot of the slice that takes every frame

  // The decoding job's own.
  std::optional<media::Decoder> decoder_;
  std::optional<Instant> undecoded_since_;  ///< from then on no picture came out, though somebody waits
  Instant decoded_at_{};                    ///< the last packet
  bool said_undecoded_ = false;
  media::FfmpegPtr<AVFrame> picture_;
};

}  // namespace camfleet::plant
