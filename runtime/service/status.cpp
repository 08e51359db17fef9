#include "runtime/service/status.hpp"

namespace camfleet::service {
namespace {

/// Streams are opened so much before a window.
constexpr Duration lead = seconds(5);

}  // namespace

std::optional<Window> first_window(const Calendar& calendar, Instant created) {
  const auto open = calendar.at(created);
  return open ? open : calendar.next(created);
}

std::string_view status_of(const Calendar& calendar, Instant now, const StatusFacts& facts) {
  if (facts.stopping) return "BLOCKED";
  if (!facts.first || now < facts.first->opens - lead) return "UN_STATE";
  const bool is_over = !calendar.next(now) && !calendar.at(now);
  if (is_over) return "UN_STATE";
  if (facts.unreachable) return "EXCEPTION";
  return !facts.begun && now < facts.first->closes ? "INIT" : "RUNNING";
}

}  // namespace camfleet::service
