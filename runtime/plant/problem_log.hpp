#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "actors/base/error.hpp"
#include "actors/base/ids.hpp"
#include "actors/ledger/outcome.hpp"

namespace camfleet::plant {

/// What a problem is about.
struct ProblemSubject {
  std::optional<DeviceIx> device{};
  bool ends_stream = false;      ///< the device's stream is open no longer, or was not opened
  Reason reason = Reason::none;  ///< that the ledger gives for it; none: what reason_of says
};

/// What went wrong while running, each message once with its count: the ledger has the reasons, this has the
/// words. add() may be called from any thread; read it when all is over.
class ProblemLog {
 public:
  static constexpr std::size_t max_messages = 1000;

  using Listener = std::function<void(const Error& error, const ProblemSubject& about)>;

  /// `listener`, if any, hears of every one at once, from any thread.
  explicit ProblemLog(Listener listener = {}) : listener_(std::move(listener)) {}

  void add(const Error& error, const ProblemSubject& about = {}) {
    if (listener_) listener_(error, about);
    const std::string line = error.line();
    const std::lock_guard lock(mutex_);
    if (const auto found = counts_.find(line); found != counts_.end()) {
      ++found->second;
    } else if (counts_.size() < max_messages) {
      counts_.emplace(line, 1);
    } else {
      ++not_kept_;
    }
  }

  /// The same of what is so as long as a source is as it is: only the first time is told and counted.
  void add_once(const Error& error) {
    {
      const std::lock_guard lock(mutex_);
      if (counts_.contains(error.line())) return;
    }
    add(error);
  }

  [[nodiscard]] const std::map<std::string, std::uint64_t>& counts() const { return counts_; }
  /// Further messages beyond max_messages.
  [[nodiscard]] std::uint64_t not_kept() const { return not_kept_; }

 private:
  Listener listener_;
  std::mutex mutex_;
  std::map<std::string, std::uint64_t> counts_;
  std::uint64_t not_kept_ = 0;
};

}  // namespace camfleet::plant
