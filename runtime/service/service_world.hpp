#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "actors/ledger/ledger_book.hpp"
#include "actors/plan/roster.hpp"
#include "runtime/media/registry.hpp"
#include "runtime/plant/source_facts.hpp"
#include "runtime/vision/catalogue.hpp"
#include "runtime/world/real_world.hpp"

namespace camfleet::service {

/// The actors and the plant of a service that runs until it is stopped, with instances that come and go.
class ServiceWorld {
 public:
  struct Settings {
    bool rehearsal = false;  ///< the time begins at `start` and passes at `speed`; else it is the machine's
    Instant start{};
    timing::Speed speed;
    unsigned threads = 1;
    std::string catalogue;  ///< file with further algorithms; empty: none
    std::string models;     ///< folder that is looked in first; empty: none
    std::string node = "local";
    std::function<void(media::SourceRegistry&)> register_sources;  ///< adds schemes; empty: none
    Costs costs{};                                                 ///< of a placement
    /// Of a fleet on several machines: the way to its nodes, which it asks for once. Empty: this process
    /// carries all devices.
    std::function<shells::Border*(Roster&)> border{};
  };
  /// What comes out. Each is called from many threads; the plant's by several at once.
  struct Sinks {
    LedgerBook::DueSink due;
    LedgerBook::Sink ended;
    plant::ProblemLog::Listener problem;
    plant::RealPlant::Hooks plant;
    timing::Timekeeper::Moved clock_moved;
  };

  /// Loads the algorithms whose models are there. Errors: those of the catalogue.
  static result<std::unique_ptr<ServiceWorld>> make(const Settings& settings, Sinks sinks);
  ServiceWorld(const ServiceWorld&) = delete;
  ServiceWorld& operator=(const ServiceWorld&) = delete;

  /// Whoever writes to it must be the only one.
  [[nodiscard]] Roster& roster() { return roster_; }
  [[nodiscard]] const Roster& roster() const { return roster_; }
  [[nodiscard]] const vision::Catalogue& catalogue() const { return catalogue_; }
  /// Errors: model: which files are missing.
  [[nodiscard]] result<void> offers(std::string_view algorithm) const;
  /// An instance that was deleted named this algorithm, which nobody else can from now on either.
  void stand_in_for(const std::string& algorithm) {
    // One that is there is what it should be.
    if (catalogue_.find(algorithm) == nullptr) std::ignore = roster_.add_algorithm(algorithm);
  }
  [[nodiscard]] const media::SourceRegistry& sources() const { return sources_; }
  /// What a device of this URL is, as far as `facts` and the URL say. Errors: those of the URL.
  [[nodiscard]] result<DeviceEntry> device(std::string id, std::string region, std::string source,
                                           const plant::SourceFacts& facts) const;
  /// An instance names a device of this source. Errors: those of the URL; what it asks cannot be had.
  [[nodiscard]] result<void> ask(const std::string& source, const DeviceSpec& device) const;
  /// Looks at a source of this machine, whose length `facts` then know; others are not looked at. Errors:
  /// those of the URL, and of a file or folder that cannot be read.
  [[nodiscard]] result<void> measure(const std::string& source, plant::SourceFacts& facts) const;

  /// A slice that was open when the last process ended is open again. Before start(), in order.
  void reopen(const SliceKey& key, Duration planned) { world_->plant().slice_reopened(key, planned); }
  /// Before start(): what is over of one that is open again.
  void recall(const SliceKey& key, SliceSoFar so_far) {
    world_->plant().slice_recalled(key, std::move(so_far));
  }
  /// Before start(): the account of one that nobody goes on with.
  void write_off(const SliceRow& row) { world_->plant().slice_ended(row); }
  /// Before start(): nothing of an instance that was deleted is under way.
  void has_ended(InstanceIx ix) { world_->plant().instance_ended(ix); }
  void start() { world_->start_empty(); }
  /// Follows an instance of the roster; see RealExecutor::add.
  void add(const AddInstance& added, std::span<const RecallSlice> recalled = {}) {
    world_->executor().add(added, recalled);
  }
  void remove(InstanceIx ix) { world_->executor().remove(ix); }
  /// See RealPlant.
  [[nodiscard]] bool is_looked_at(InstanceIx ix) const { return world_->plant().is_looked_at(ix); }
  bool forget(DeviceIx device) {
    if (!world_->plant().forget(device)) return false;
    world_->executor().release(device);
    return true;
  }
  void deliver(ActorId to, const Message& message) { world_->executor().deliver(to, message); }
  [[nodiscard]] timing::Speed speed() const { return world_->speed(); }
  /// See RealPlant.
  void note_trouble(const Error& error, DeviceIx device, Reason reason, bool ends_stream, Instant at) {
    world_->plant().note_trouble(error, device, reason, ends_stream, at);
  }
  /// What the models are known by that are here, by algorithm. Errors: io.
  [[nodiscard]] result<std::map<std::string, std::string, std::less<>>> models() const;
  void switch_device(InstanceIx ix, const SwitchDevice& message) {
    world_->executor().deliver(actor(ix), message);
  }
  /// Ends at once; slices that are under way stay open.
  void stop() { world_->shut_down(); }

  [[nodiscard]] Instant now() const { return world_->now(); }
  [[nodiscard]] std::size_t streams_open() const { return world_->plant().streams_open(); }

 private:
  explicit ServiceWorld(Sinks& sinks);
  result<void> load(const Settings& settings);

  Roster roster_;
  vision::Catalogue catalogue_;
  vision::ModelPath models_;
  media::SourceRegistry sources_;
  plant::ProblemLog problems_;
  LedgerBook book_;
  std::unique_ptr<plant::EngineSet> engines_;
  std::unique_ptr<world::RealWorld> world_;
};

}  // namespace camfleet::service
