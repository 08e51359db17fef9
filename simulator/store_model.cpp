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
    : queue_(&queue),
      book_(&book),
      is_immediate_(std::ranges::none_of(faults,
                                         [](const Fault& fault) {
                                           return is_of_store(fault) ||
                                                  fault.kind == FaultKind::scheduler_restart;
                                         })),
      durable_(roster, book) {
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
  if (!is_immediate_) durable_.due(change.key);
}

void StoreModel::apply(const Ended& change) {
  book_->ended(change.row, change.detail);
  if (is_immediate_) return;
  stored_.push_back(change.row.key);
  durable_.ended(change.row.key);
}

void StoreModel::apply(const Moved& change) {
  if (!is_immediate_) durable_.moved(change.key, change.so_far);
}

void StoreModel::process_ended() {
  waiting_.clear();
  committing_ = 0;
  queue_->cancel_timer(std::exchange(timer_, no_timer));
}

bool StoreModel::fault_near(Instant from, Instant to, Duration reach) const {
  return std::ranges::any_of(
      faults_, [&](const Fault& fault) { return fault.from <= to && from <= fault.to + reach; });
}

}  // namespace camfleet::sim
