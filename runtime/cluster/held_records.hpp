#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <utility>

#include "runtime/cluster/records.hpp"

namespace camfleet::cluster {

/// Accounts that wait until the findings that they count outlive the process, in order.
class HeldRecords {
 public:
  static constexpr std::size_t most = 200'000;

  /// The number of a finding: what is added from now on may count it.
  void note_found(std::uint64_t number) { found_ = std::max(found_, number); }
  /// Gives it to `post` at once where nothing is to be waited for.
  template <class Post>
  void add(const Record& record, const Post& post) {
    if (held_.empty() && found_ <= durable_) return post(record);
    held_.push_back({found_, record});
  }
  /// Findings up to this number outlive the process.
  template <class Post>
  void release(std::uint64_t durable, const Post& post) {
    durable_ = std::max(durable_, durable);
    for (; !held_.empty() && held_.front().after <= durable_; held_.pop_front()) post(held_.front().record);
  }
  void clear() { held_.clear(); }
  [[nodiscard]] bool is_empty() const { return held_.empty(); }
  [[nodiscard]] bool is_full() const { return held_.size() > most; }

 private:
  struct Held {
    std::uint64_t after;
    Record record;
  };
  std::uint64_t found_ = 0;
  std::uint64_t durable_ = 0;
  std::deque<Held> held_;
};

}  // namespace camfleet::cluster
