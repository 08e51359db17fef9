#include "runtime/service/status.hpp"

#include "actors/plan/lead.hpp"

namespace camfleet::service {

std::string_view status_of(const Calendar& calendar, Instant now, const StatusFacts& facts) {
  if (facts.stopping) return "BLOCKED";
  if (!facts.first || now < facts.first->opens - live_lead) return "UN_STATE";
  const auto open = calendar.at(now);
  // The first may really end before the calendar has it closed.
  const bool has_closed = !open || (open->opens == facts.first->opens && now >= facts.first->closes);
  const bool is_over = has_closed && !calendar.next(now);
  if (is_over) return "UN_STATE";
  if (facts.unreachable) return "EXCEPTION";
  return !facts.begun && now < facts.first->closes ? "INIT" : "RUNNING";
}

}  // namespace camfleet::service
