#include "runtime/service/downtime.hpp"

#include <nlohmann/json.hpp>

#include "actors/ledger/outcome.hpp"

namespace camfleet::service {
namespace {}  // namespace

store::MissedSpan missed_span(std::int64_t instance, Instant from, Instant until, std::uint64_t slices) {
  nlohmann::ordered_json line;
  line["instance"] = std::to_string(instance);
  line["device"] = nullptr;
  line["due_at"] = to_iso(from);
  line["until"] = to_iso(until);
  line["slices"] = slices;
  line["outcome"] = to_text(Outcome::missed);
  line["reason"] = to_text(Reason::scheduler_down);
  return {instance, from.time_since_epoch().count(), until.time_since_epoch().count(), line.dump()};
}

result<void> check_life(const std::string& store, const store::Life& life, bool rehearsal, Instant now) {
  if (life.is_rehearsal && !rehearsal)
    return fail(
        Errc::bad_usage, store,
        "was used by a rehearsal, whose times were not the machine's; give --clock, or another --store");
  if (!life.is_rehearsal && rehearsal)
    return fail(
        Errc::bad_usage, store,
        "was used in real time, and a rehearsal would mix its times with those; give another --store");
  const Instant alive = instant_of(life.alive);
  if (alive - now <= longest_setback) return success();
  return fail(Errc::unsupported, "clock",
              "says " + to_iso(std::chrono::floor<seconds>(now)) + ", more than a year before " + store +
                  " was used last, " + to_iso(std::chrono::floor<seconds>(alive)) +
                  "; set the clock, or give another --store");
}

}  // namespace camfleet::service
