#pragma once

#include <cstddef>
#include <cstdint>

#include "actors/ledger/outcome.hpp"
#include "actors/machines/protocol.hpp"

namespace camfleet {

/// Calls `send(SliceAccount)` for what an algorithm's samples came to in the place `from`: once, or again for
/// each `SliceAccount::reasons_told` reasons more.
template <class Send>
void tell_account(SliceIx slice, Place from, std::uint8_t algorithm, const AlgorithmAccount& account,
                  const Send& send) {
  SliceAccount message{.slice = slice,
                       .algorithm = algorithm,
                       .goes_on = false,
                       .from = from,
                       .due = account.due,
                       .analysed = account.analysed,
                       .gated = account.gated,
                       .reasons = {},
                       .dropped = {}};
  std::size_t told = 0;
  for (std::size_t i = 1; i < reason_count; ++i) {
    if (account.dropped[i] == 0) continue;
    if (told == message.reasons.size()) {
      send(message);
      message.goes_on = true;
      message.reasons = {};
      told = 0;
    }
    message.reasons[told] = static_cast<Reason>(i);
    message.dropped[told++] = account.dropped[i];
  }
  send(message);
}

inline void take_account(const SliceAccount& message, AlgorithmAccount& account) {
  if (!message.goes_on) account = {message.analysed, message.gated, message.due, {}};
  for (std::size_t i = 0; i < message.reasons.size() && message.reasons[i] != Reason::none; ++i)
    account.dropped[static_cast<std::size_t>(message.reasons[i])] = message.dropped[i];
}

}  // namespace camfleet
