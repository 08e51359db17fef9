#include "actors/base/wall_time.hpp"

#include <cctz/civil_time.h>
#include <cctz/time_zone.h>

namespace camfleet {
namespace {

const std::string form = "%Y-%m-%d %H:%M:%S";

}  // namespace

std::optional<Instant> parse_wall(const std::string& text, const std::string& zone) {
  const cctz::time_zone utc = cctz::utc_time_zone();
  cctz::time_zone rules;
  cctz::time_point<cctz::seconds> written;
  if (!cctz::load_time_zone(zone, &rules) || !cctz::parse(form, text, utc, &written)) return std::nullopt;
  // It takes more than is written here: other spaces, single digits, a 60th second.
  if (cctz::format(form, written, utc) != text) return std::nullopt;
  const auto found = rules.lookup(cctz::convert(written, utc));
  const auto at = found.kind == cctz::time_zone::civil_lookup::SKIPPED ? found.trans : found.pre;
  constexpr auto most = std::chrono::duration_cast<cctz::seconds>(end_of_time.time_since_epoch());
  if (at.time_since_epoch() >= most || at.time_since_epoch() <= -most) return std::nullopt;
  return Instant(at.time_since_epoch());
}

std::string to_wall(Instant at, const std::string& zone) {
  cctz::time_zone rules = cctz::utc_time_zone();
  cctz::load_time_zone(zone, &rules);
  return cctz::format(form, std::chrono::floor<cctz::seconds>(at), rules);
}

}  // namespace camfleet
