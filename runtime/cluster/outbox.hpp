#pragma once

#include <cstddef>
#include <deque>
#include <string>
#include <utility>

#include "runtime/cluster/records.hpp"

namespace camfleet::cluster {

/// Records that wait for a peer, in envelopes: what comes while one is under way shares the next.
class Outbox {
 public:
  static constexpr std::size_t envelope_bytes = std::size_t{64} << 10U;
  static constexpr std::size_t most_waiting = std::size_t{16} << 20U;

  /// Whether somebody is to be told that there is something to take.
  bool add(const Record& record) {
    if (envelopes_.empty() || envelopes_.back().size() >= envelope_bytes) envelopes_.emplace_back();
    const std::size_t before = envelopes_.back().size();
    append(envelopes_.back(), record);
    bytes_ += envelopes_.back().size() - before;
    return !std::exchange(is_told_, true);
  }
  /// The next envelope; empty: none.
  std::string take() {
    if (envelopes_.empty()) {
      is_told_ = false;
      return "";
    }
    std::string envelope = std::move(envelopes_.front());
    envelopes_.pop_front();
    bytes_ -= envelope.size();
    return envelope;
  }
  /// Whether the peer has left more than may wait.
  [[nodiscard]] bool is_full() const { return bytes_ > most_waiting; }
  void clear() { *this = {}; }

 private:
  std::deque<std::string> envelopes_;
  std::size_t bytes_ = 0;
  bool is_told_ = false;
};

}  // namespace camfleet::cluster
