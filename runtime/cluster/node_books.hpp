#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "actors/base/error.hpp"
#include "actors/ledger/ledger_book.hpp"
#include "actors/plan/roster.hpp"
#include "runtime/cluster/records.hpp"

namespace camfleet::cluster {

/// What a node knows of what it carries, by numbers of its own, and which of the scheduler's they stand for.
/// One thread adds and removes; others ask meanwhile.
class NodeBooks {
 public:
  NodeBooks() : ledger_(roster_, nullptr, false) {}

  [[nodiscard]] Roster& roster() { return roster_; }
  [[nodiscard]] const Roster& roster() const { return roster_; }
  /// No row is written here.
  [[nodiscard]] LedgerBook& ledger() { return ledger_; }

  /// Whether nothing has a number any more, which another may get.
  template <class Ix>
  using Forget = std::function<bool(Ix own)>;

  /// In the place of whatever had its number. Errors: limit.
  result<void> add(const DeviceText& text, const Forget<DeviceIx>& forget);
  /// Errors: unknown_id: an algorithm that the node does not have; limit.
  result<void> add(const InstanceText& text);
  void remove(DeviceIx theirs, const Forget<DeviceIx>& forget);
  /// What was open of it.
  std::vector<SliceKey> remove(InstanceIx theirs, const Forget<InstanceIx>& forget);

  [[nodiscard]] std::optional<DeviceIx> own(DeviceIx theirs) const;
  [[nodiscard]] std::optional<InstanceIx> own(InstanceIx theirs) const;
  /// None: it is known no longer.
  [[nodiscard]] std::optional<InstanceIx> theirs(InstanceIx own) const;
  [[nodiscard]] std::optional<DeviceIx> theirs(DeviceIx own) const;

  /// Another scheduler gives other numbers: what it describes by the same name stays what it is.
  void begin_reign();

  /// A slice that is open here, by own numbers.
  void add_slice(const SliceKey& key);
  /// False: it was not open.
  bool drop_slice(const SliceKey& key);
  std::vector<SliceKey> take_slices();
  [[nodiscard]] std::uint32_t slice_count() const;

 private:
  Roster roster_;
  LedgerBook ledger_;
  mutable std::mutex mutex_;
  std::map<std::uint32_t, DeviceIx> devices_;        ///< by the scheduler's number
  std::map<std::uint32_t, InstanceIx> instances_;    ///< the same
  std::map<std::uint32_t, InstanceIx> theirs_;       ///< by the own number
  std::map<std::uint32_t, DeviceIx> their_devices_;  ///< the same
  std::map<std::uint32_t, std::vector<SliceKey>>
      slices_;  ///< that are open, by the own number of the instance
  /// By name: what an earlier scheduler has described, and this one has not.
  std::map<std::string, DeviceIx, std::less<>> former_devices_;
  std::map<std::string, InstanceIx, std::less<>> former_instances_;
};

}  // namespace camfleet::cluster
