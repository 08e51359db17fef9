#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "actors/base/grow_only.hpp"
#include "actors/ledger/ledger.hpp"
#include "actors/plan/capacity.hpp"
#include "actors/plan/roster.hpp"
#include "runtime/api/backend.hpp"
#include "runtime/service/status.hpp"

namespace camfleet::service {

using api::Projects;

/// The instances of a service that are not deleted, with what their status follows from. It does not write to
/// the roster, where their specs are.
class InstanceTable {
 public:
  struct Entry {
    std::string name;
    std::string project;
    InstanceIx ix;
    std::int64_t acu = 0;
    bool durable = false;
    StatusFacts facts{};    ///< but for `begun`
    Instant last_window{};  ///< that `unreachable` is about
    std::vector<DeviceIx> removed{};
    std::vector<DeviceIx> leaving{};  ///< whose removal is not durable yet
  };
  /// One of the devices of an instance that it still has.
  struct Use {
    const Entry* entry = nullptr;
    std::int64_t instance = 0;
    DeviceIx device;
  };

  InstanceTable(const Roster& roster, const Costs& costs) : roster_(&roster), costs_(costs) {}

  [[nodiscard]] std::unique_lock<std::mutex> lock() const { return std::unique_lock(mutex_); }

  // These take the lock themselves.

  /// See Backend; this and the next two.
  [[nodiscard]] std::pair<std::vector<api::InstanceView>, std::uint64_t> list(
      const api::Backend::Filter& filter, Instant now) const;
  /// `device`: none: of all.
  [[nodiscard]] std::vector<std::int64_t> ids(const Projects& projects, bool of_all,
                                              std::optional<DeviceIx> device) const;
  [[nodiscard]] result<api::InstanceView> find(std::int64_t id, const Projects& projects, Instant now) const;
  /// Of devices that are used, the first of the instances that does.
  [[nodiscard]] std::map<DeviceIx, std::int64_t> users_of(const std::set<DeviceIx>& devices) const;
  void slice_ended(const SliceRow& row);
  /// One that was added had a frame, or a slice that has ended. Takes no lock: it is told of each sample.
  void has_begun(InstanceIx ix) {
    std::atomic<bool>& begun = begun_[ix.value].flag;
    if (!begun.load(std::memory_order_relaxed)) begun.store(true, std::memory_order_relaxed);
  }

  // The rest is for who has the lock.

  [[nodiscard]] std::int64_t last_id() const { return last_id_; }
  void set_last_id(std::int64_t id) { last_id_ = id; }
  [[nodiscard]] std::size_t size() const { return entries_.size(); }
  /// An instance of the roster that is not durable yet.
  Entry& add(std::int64_t id, Entry entry);
  /// Of one that add() added.
  void is_durable(Entry& entry);
  [[nodiscard]] Entry& at(std::int64_t id) { return entries_.at(id); }
  /// Null: none that is durable, and of these projects.
  [[nodiscard]] const Entry* seen(std::int64_t id, const Projects& projects) const;
  /// It is no longer here; none: it was not.
  std::optional<Entry> extract(std::int64_t id);
  [[nodiscard]] bool uses(const Entry& entry, DeviceIx device) const;
  /// The devices that it no longer has, and what follows from that.
  void set_removed(Entry& entry, std::vector<DeviceIx> removed) const;
  [[nodiscard]] std::vector<Use> uses_of(const std::set<DeviceIx>& devices) const;
  /// Marks by number the devices that an instance lists.
  void mark_listed(std::vector<bool>& listed) const;

 private:
  struct Begun {
    std::atomic<bool> flag = false;
    Begun() = default;
    ~Begun() = default;
    Begun(Begun&& other) noexcept : flag(other.flag.load()) {}
    Begun& operator=(Begun&&) = delete;
  };
  [[nodiscard]] api::InstanceView view(std::int64_t id, const Entry& entry, Instant now) const;
  /// What its devices that were not removed cost.
  [[nodiscard]] std::int64_t acu_of(const Entry& entry) const;

  const Roster* roster_;
  Costs costs_;
  GrowOnly<Begun> begun_;     ///< by InstanceIx
  mutable std::mutex mutex_;  ///< guards all below, and growing begun_
  std::map<std::int64_t, Entry> entries_;
  std::map<std::string, std::uint64_t, std::less<>> durable_in_;  ///< instances by project
  std::int64_t last_id_ = 0;
};

}  // namespace camfleet::service
