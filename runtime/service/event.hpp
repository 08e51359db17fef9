#pragma once

#include <cstdint>
#include <string_view>
#include <variant>

#include "actors/base/error.hpp"
#include "actors/ledger/ledger.hpp"
#include "runtime/store/store.hpp"

namespace camfleet::service {

// What happens in a service. What an event points to is there while it is told, and no longer.

/// Durable; or the store had it when the service began.
struct InstanceCreated {
  std::int64_t instance;
  std::string_view project;
  bool is_recovered;
};
/// Durable.
struct InstanceDeleted {
  std::int64_t instance;
  std::string_view project;
};
/// Durable: an instance no longer has this device.
struct DeviceRemoved {
  std::int64_t instance;
  std::string_view device;
};
struct SliceBecameDue {
  std::int64_t instance;
  std::string_view device;
  Instant due_at;
  Duration planned;  ///< 0: it has no end
  Duration late;     ///< how long after `due_at` it was seen
  bool is_recovered;
};
struct SliceEnded {
  std::int64_t instance;
  std::string_view device;
  const SliceRow* row;
  std::string_view line;  ///< of ledger.jsonl
};
/// Durable, and for the first time.
struct FindingStored {
  const store::FindingRecord* finding;
};
struct StreamUp {
  std::string_view device;
};
/// A live stream is tried again after it failed.
struct StreamRetried {
  std::string_view device;
};
struct Trouble {
  const Error* error;
  std::string_view device;  ///< empty: it is of none
  Reason reason;            ///< that the ledger would give for it, where it is of a device
  bool ends_stream;
};

using Event = std::variant<InstanceCreated, InstanceDeleted, DeviceRemoved, SliceBecameDue, SliceEnded,
                           FindingStored, StreamUp, StreamRetried, Trouble>;

/// Hears of everything, in the order in which it happens to each instance and device, on any thread, several
/// at once, also within locks: it must neither wait nor call the service.
class EventSink {
 public:
  EventSink() = default;
  virtual ~EventSink() = default;
  EventSink(const EventSink&) = delete;
  EventSink& operator=(const EventSink&) = delete;
  virtual void on(const Event& event) = 0;
};

}  // namespace camfleet::service
