#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "actors/base/time.hpp"
#include "runtime/service/event.hpp"
#include "runtime/service/observers.hpp"
#include "runtime/time/clock_watch.hpp"

namespace camfleet::service {

/// What a service says of itself: its events to whoever listens, the rest to its log and metrics.
/// Thread-safe.
class Reporter {
 public:
  explicit Reporter(const Observers& observers);

  void tell(const Event& event) const {
    for (const auto& sink : sinks_) sink->on(event);
  }
  /// `about` with the device's id where it is of one; `reason`: see plant::ProblemSubject.
  void trouble(const Error& error, std::string_view device = "", bool ends_stream = false,
               Reason reason = Reason::none) const;

  void migrates(std::int32_t from, std::int32_t to) const;
  void pictures_gave_way(std::size_t count, std::uint64_t bytes) const;
  void picture_lost(const Error& error) const;
  /// A node has found something in a slice that is not there.
  void orphaned(const store::FindingRecord& finding) const;
  /// What there is to say of the nodes of a cluster.
  void node(const std::string& line) const;
  void behind(bool is_behind, std::size_t waiting) const;
  void committed(Duration took, const result<store::Committed>& outcome, bool store_works) const;
  void clock_moved(const timing::ClockMove& move, Instant at) const;
  /// It was opened without its log.
  void lost_log(const std::string& store, const store::State& state) const;
  /// Of instances that were made while the clock was ahead nothing is due until it is where it was.
  void made_later(const store::State& state, Instant now) const;
  void withdrawn(const store::Withdrawn& what, Instant now, Instant alive) const;
  /// Slices that have one row for many.
  void absence(std::size_t instances, std::uint64_t slices, std::optional<Instant> alive,
               Instant until) const;
  void recovered(std::size_t instances, std::size_t devices, std::size_t open_slices, Duration took) const;
  /// Devices of the fleet file and what is wrong with their sources.
  /// What servers said otherwise than their URLs alone do.
  void surprises(const std::vector<Error>& sources) const;
  void unreadable(const std::vector<std::pair<std::string, Error>>& sources) const;
  /// Devices that nobody made: a slip of the pen looks the same.
  void demo(const std::vector<std::string>& devices) const;

  [[nodiscard]] Metrics& metrics() const { return *observers_.metrics; }

 private:
  Observers observers_;
  std::vector<std::unique_ptr<EventSink>> sinks_;
};

}  // namespace camfleet::service
