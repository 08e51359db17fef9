#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "actors/base/time.hpp"
#include "actors/ledger/ledger.hpp"

namespace camfleet::service {

/// What is measured of a node now.
struct NodeFigures {
  std::string name;
  bool is_up = false;
  double acu = 0;
  double cores = 0;  ///< that its process keeps busy
  std::size_t devices = 0;
  std::size_t streams = 0;
  std::size_t slices = 0;
  std::uint64_t spooled = 0;  ///< findings
  std::uint64_t spooled_bytes = 0;
  std::uint64_t findings_lost = 0;  ///< since its process began
  std::uint64_t pictures_lost = 0;
  Duration round_trip{0};
};

/// What the service counts and measures, for Prometheus; of this process since its start. Thread-safe; no
/// call holds what another waits for longer than one count takes.
class Metrics {
 public:
  /// Different codes of API calls that are counted apart; further ones are counted as "other".
  static constexpr std::size_t most_codes = 200;

  Metrics();
  ~Metrics();
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  /// `lateness`: from the instant at which it was due until the scheduler knew, by the executor's clock.
  void slice_due(Duration lateness);
  /// A slice that was open when the last process ended runs again.
  void slice_reopened();
  /// So many slices were due while no service was there, and have one row for many.
  void slices_missed(std::uint64_t count);
  void picture_lost();
  /// What a node has found belongs to no slice.
  void finding_dropped();
  /// A node has said something of a slice that it does not have.
  void answer_dropped();
  /// So many rows were taken back: their slices are due again.
  void slices_withdrawn(std::uint64_t count);
  void slice_ended(const SliceRow& row);
  /// Findings of this algorithm may come: they are counted from 0 on.
  void algorithm_offered(std::string_view algorithm);
  void found(std::string_view algorithm);
  void instance_added();
  void instance_gone();
  void stream_reconnecting();
  /// `kind`: forward, back, suspended.
  void clock_moved(std::string_view kind);
  void committed(Duration took, bool stored);
  /// `action` must come from a closed list. `took`: none for what never became a call.
  void api_called(std::string_view action, std::string_view code, std::optional<Duration> took);

  // What is asked for when it is read.
  void set_streams_open(std::size_t count);
  void set_changes_waiting(std::size_t count);
  /// All there are; of others nothing is told any more.
  void set_nodes(const std::vector<NodeFigures>& nodes);

  /// Everything in Prometheus' text format 0.0.4.
  [[nodiscard]] std::string text() const;

 private:
  struct Families;
  std::unique_ptr<Families> families_;
};

}  // namespace camfleet::service
