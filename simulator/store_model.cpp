#include "simulator/store_model.hpp"

#include <algorithm>
#include <utility>

namespace camfleet::sim {
namespace {

/// Whose timer a commit is.
constexpr ActorId the_store{ActorKind::plant, home_place, 0};

bool is_of_store(const Fault& fault) {
  return fault.kind == FaultKind::store_slow || fault.kind == FaultKind::store_full;
}

bool covers(const Fault& fault, Instant at) {
  return fault.from <= at && at < fault.to;
}

}  // namespace

StoreModel::StoreModel(const Roster& roster, EventQueue& queue, LedgerBook& book,
                       std::span<const Fault> faults)
    : roster_(&roster),
      queue_(&queue),
      book_(&book),
      is_immediate_(std::ranges::none_of(faults, [](const Fault& fault) {
        return is_of_store(fault) || fault.kind == FaultKind::scheduler_restart;
      })) {
  std::ranges::copy_if(faults, std::back_inserter(faults_), is_of_store);
}

bool StoreModel::takes_more() const {
  const Instant now = queue_->now();
  return std::ranges::none_of(
      faults_, [&](const Fault& fault) { return fault.kind == FaultKind::store_full && covers(fault, now); });
}

void StoreModel::due(const SliceKey& key, Duration planned) {
  add(Due{key, planned});
}

void StoreModel::ended(const SliceRow& row, std::string detail) {
  if (is_immediate_) return book_->ended(row, std::move(detail));
  add(Ended{row, std::move(detail)});
}

void StoreModel::add(Change change) {
  if (is_immediate_) return std::visit([this](const auto& one) { apply(one); }, change);
  waiting_.push_back(std::move(change));
  if (committing_ == 0) begin_commit();
}

Duration StoreModel::commit_takes() const {
  Duration takes = usual_commit;
  const Instant now = queue_->now();
  for (const Fault& fault : faults_) {
    if (fault.kind == FaultKind::store_slow && covers(fault, now)) takes += fault.by;
  }
  // One that a full disk refuses is tried again until it is taken.
  for (const Fault& fault : faults_) {
    if (fault.kind == FaultKind::store_full && covers(fault, now + takes))
      takes = fault.to - now + usual_commit;
  }
  return takes;
}

void StoreModel::begin_commit() {
  committing_ = waiting_.size();
  timer_ = queue_->set_timer_after(the_store, commit_takes(), commit_tag);
}

void StoreModel::committed() {
  for (; committing_ > 0; --committing_) {
    std::visit([this](const auto& one) { apply(one); }, waiting_.front());
    waiting_.pop_front();
  }
  if (!waiting_.empty()) begin_commit();
}

void StoreModel::apply(const Due& change) {
  book_->due(change.key, change.planned);
  if (is_immediate_) return;
  const std::uint32_t instance = change.key.instance.value;
  if (last_due_.size() <= instance) last_due_.resize(instance + 1);
  LastDue& last = last_due_[instance];
  if (change.key.due_at > last.at) last = {change.key.due_at, {}};
  if (change.key.due_at == last.at) last.devices.push_back(change.key.device);
}

void StoreModel::apply(const Ended& change) {
  book_->ended(change.row, change.detail);
  if (is_immediate_) return;
  stored_.push_back(change.row.key);
  moved_.erase(change.row.key);
}

void StoreModel::apply(const Moved& change) {
  if (!is_immediate_) moved_.insert_or_assign(change.key, change.so_far);
}

const SliceSoFar* StoreModel::so_far(const SliceKey& key) const {
  const auto found = moved_.find(key);
  return found == moved_.end() ? nullptr : &found->second;
}

void StoreModel::process_ended() {
  waiting_.clear();
  committing_ = 0;
  queue_->cancel_timer(std::exchange(timer_, no_timer));
}

std::vector<StoredInstance> StoreModel::stored() const {
  std::vector<StoredInstance> stored(roster_->instance_count());
  for (std::uint32_t i = 0; i < stored.size(); ++i) {
    stored[i].instance.value = i;
    if (i >= last_due_.size() || last_due_[i].devices.empty()) continue;
    stored[i].last_due = last_due_[i].at;
    for (const DeviceIx device : last_due_[i].devices)
      stored[i].ended.push_back({device, last_due_[i].at, Duration(0)});
  }
  for (const auto& [key, planned] : book_->ledger().open_slices()) {
    StoredInstance& of = stored[key.instance.value];
    of.open.push_back({key.device, key.due_at, planned});
    std::erase(of.ended, StoredSlice{key.device, key.due_at, Duration(0)});
  }
  return stored;
}

bool StoreModel::fault_near(Instant from, Instant to, Duration reach) const {
  return std::ranges::any_of(
      faults_, [&](const Fault& fault) { return fault.from <= to && from <= fault.to + reach; });
}

}  // namespace camfleet::sim
