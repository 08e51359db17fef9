#pragma once

#include "runtime/log/log.hpp"
#include "runtime/service/event.hpp"
#include "runtime/service/metrics.hpp"

namespace camfleet::service {

/// Writes what an operator wants to read.
class EventLog final : public EventSink {
 public:
  explicit EventLog(logging::Log& log) : log_(&log) {}
  void on(const Event& event) override;

 private:
  void write(const InstanceCreated& event) const;
  void write(const InstanceDeleted& event) const;
  void write(const DeviceRemoved& event) const;
  void write(const SliceEnded& event) const;
  void write(const StreamUp& event) const;
  void write(const StreamRetried& event) const;
  void write(const Trouble& event) const;
  template <class Other>
  void write(const Other& /*event*/) const {}

  logging::Log* log_;
};

/// Counts.
class EventMetrics final : public EventSink {
 public:
  explicit EventMetrics(Metrics& metrics) : metrics_(&metrics) {}
  void on(const Event& event) override;

 private:
  Metrics* metrics_;
};

}  // namespace camfleet::service
