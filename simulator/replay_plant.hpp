#pragma once

#include <cstdint>
#include <future>
#include <map>
#include <memory>
#include <optional>
#include <utility>

#include "actors/base/slots.hpp"
#include "actors/ledger/ledger_book.hpp"
#include "actors/machines/plant.hpp"
#include "runtime/media/registry.hpp"
#include "runtime/plant/engine_set.hpp"
#include "runtime/plant/finding_log.hpp"
#include "runtime/plant/frame_table.hpp"
#include "runtime/plant/last_problems.hpp"
#include "runtime/plant/problem_log.hpp"
#include "runtime/plant/recorded_source.hpp"
#include "runtime/plant/slice_states.hpp"
#include "runtime/plant/work_pool.hpp"
#include "simulator/event_queue.hpp"
#include "simulator/replay_films.hpp"
#include "simulator/simulated_plant.hpp"

namespace camfleet::sim {

/// The real plant under virtual time: footage is decoded and analysed for real while the clock stands still,
/// so that the same footage gives the same findings and the same ledger. Decoding is done on the kernel's
/// thread, inference on the pool; answers come in an order that does not depend on how long either took.
class ReplayPlant : public OneProcessPlant {
 public:
  struct Parts {
    const Roster* roster;
    EventQueue* queue;
    LedgerBook* book;
    const media::SourceRegistry* sources;
    plant::WorkPool* pool;
    plant::EngineSet* engines;
    plant::FindingLog* findings;
    plant::ProblemLog* problems;
    ReplayFilms* films = nullptr;  ///< null: no device is a synthetic camera
  };
  struct Settings {
    media::Limits limits;
    std::uint32_t frames = 32;      ///< frames in memory at once; reads wait for a free one
    std::size_t open_sources = 64;  ///< files that are really open at once
  };

  ReplayPlant(const Parts& parts, const Settings& settings);

  void open(DeviceIx device, StreamIx stream, std::uint32_t spf_s);
  void read(DeviceIx device, const ReadRequest& request);
  void close(DeviceIx device, StreamIx stream);
  void retain(FrameIx frame) { frames_.retain(frame); }
  void release(FrameIx frame) { frames_.release(frame); }
  void analyse(AnalyzerIx analyzer, std::uint32_t ticket, const Sample& sample);
  bool slice_due(const SliceKey& key, Duration planned) {
    states_.begin(key);
    parts_.book->due(key, planned);
    return true;
  }
  void slice_ended(const SliceRow& row);
  void on(const TimerFired& message);

  /// Core time of opening and decoding footage, which is done here and not in the pool.
  [[nodiscard]] Duration decoding() const { return decoding_; }
  [[nodiscard]] std::uint32_t frames_held() const { return frames_.in_use(); }

 private:
  struct PendingRead {
    DeviceIx device;
    ReadRequest request;
    std::optional<camera::FilmModel::Shot> shot;  ///< of a synthetic camera
  };
  struct PendingAnalysis {
    AnalyzerIx analyzer;
    std::uint32_t ticket = 0;
    Sample sample{};
    std::future<plant::Analysis> future;
  };

  [[nodiscard]] bool is_film(DeviceIx device) const {
    return parts_.films != nullptr && parts_.films->holds(device);
  }
  void open_film(DeviceIx device, StreamIx stream);
  void read_film(DeviceIx device, const ReadRequest& request);
  void break_off(DeviceIx device);
  [[nodiscard]] bool is_open(DeviceIx device, StreamIx stream) const;
  void try_read(std::uint32_t slot);
  /// Reads into `frame`; answers where there is none.
  plant::Reading take(const PendingRead& read, media::Frame& frame);
  void finish_analysis(std::uint32_t slot);
  void answer(DeviceIx device, const Message& message);
  /// For its rows, and for whoever runs it.
  void note(DeviceIx device, const Error& error);

  Parts parts_;
  Settings settings_;
  Duration decoding_{0};
  using StreamKey = std::pair<DeviceIx, StreamIx>;
  plant::OpenSources open_sources_;
  std::map<StreamKey, std::unique_ptr<plant::RecordedSource>> sources_;
  plant::FrameTable frames_;
  Slots<PendingRead> reads_;
  Slots<PendingAnalysis> analyses_;
  plant::SliceStates states_;
  plant::LastProblems last_problems_;
};

}  // namespace camfleet::sim
