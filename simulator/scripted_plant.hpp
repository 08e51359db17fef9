#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "actors/ledger/ledger_book.hpp"
#include "actors/machines/plant.hpp"
#include "simulator/event_queue.hpp"
#include "simulator/simulated_plant.hpp"

namespace camfleet::sim {

/// What goes wrong, for whom and when: [from, to) in executor time, of one device.
struct ScriptedFault {
  enum class Kind : std::uint8_t {
    offline,  ///< opens fail and open streams break, camera_offline
    corrupt,  ///< each read is lost, stream_corrupt
    freeze,   ///< reads are not answered until it is over
    failing,  ///< analyses of samples of that time fail
  };
  DeviceIx device;
  Instant from{};
  Instant to{};
  Kind kind = Kind::offline;
};

struct Script {
  Duration open_delay = milliseconds(200);
  Duration read_delay = milliseconds(2);
  Duration analysis_delay = milliseconds(20);
  Duration frame_interval = milliseconds(40);
  /// Live: how far key frames are apart, and where one is; of any other device every frame is one.
  std::map<DeviceIx, Duration> key_distances;
  Instant a_key{};
  std::vector<ScriptedFault> faults;
  /// [from, to): nothing further can be written down; see slice_due of Plant.
  std::vector<std::pair<Instant, Instant>> store_full;
};

/// A plant without pixels, with fixed delays and scripted failures: for tests of the machines. Recorded media
/// end at the device's length (0 = never), pictures after their count.
class ScriptedPlant : public OneProcessPlant {
 public:
  /// Where time comes from and answers go: the kernel's queue, or another executor's.
  struct Answers {
    std::function<Instant()> now;
    std::function<void(ActorId from, ActorId to, Instant at, const Message& message)> post;
  };
  ScriptedPlant(const Roster& roster, Answers answers, LedgerBook& book, Script script);
  ScriptedPlant(const Roster& roster, EventQueue& queue, LedgerBook& book, Script script);

  void open(DeviceIx device, StreamIx stream, std::uint32_t spf_s);
  void read(DeviceIx device, const ReadRequest& request);
  void close(DeviceIx device, StreamIx stream);
  void retain(FrameIx frame);
  void release(FrameIx frame);
  void analyse(AnalyzerIx analyzer, std::uint32_t ticket, const Sample& sample);
  bool slice_due(const SliceKey& key, Duration planned);
  void slice_ended(const SliceRow& row) { book_->ended(row); }

  [[nodiscard]] std::uint64_t frames_held() const { return held_; }  ///< 0 when all slices are through
  [[nodiscard]] std::size_t streams_open() const { return streams_.size(); }
  [[nodiscard]] std::uint64_t opens() const { return opened_.size(); }
  [[nodiscard]] const std::vector<Instant>& opened() const { return opened_; }  ///< when each was asked for

 private:
  struct Stream {
    std::uint32_t spf_s = 1;
    Duration next_media{0};  ///< every-frame reads: where the next frame is
    bool started = false;
    Instant first_key = Instant::min();  ///< nothing is shown before
  };
  /// A live stream that was opened at `at` waits for its key frames, and measures how far they are apart.
  [[nodiscard]] Instant wait_for_key(DeviceIx device, StreamIx stream, Instant at);
  [[nodiscard]] bool store_is_full() const;
  [[nodiscard]] const ScriptedFault* fault(DeviceIx device, Instant at, ScriptedFault::Kind kind) const;
  void answer(DeviceIx device, Instant at, const Message& message);

  const Roster* roster_;
  Answers answers_;
  LedgerBook* book_;
  Script script_;
  std::map<std::pair<DeviceIx, StreamIx>, Stream> streams_;
  std::map<std::uint32_t, std::uint32_t> references_;
  std::uint32_t next_frame_ = 0;
  std::uint64_t held_ = 0;
  std::vector<Instant> opened_;
};

}  // namespace camfleet::sim
