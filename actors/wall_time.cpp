#include "actors/wall_time.hpp"

#include <cctz/time_zone.h>

namespace camfleet {
namespace {

const std::string form = "%Y-%m-%d %H:%M:%S";
constexpr std::size_t length = 19;  ///< "2026-03-02 10:00:00"

}  // namespace

std::optional<Instant> parse_wall(const std::string& text, const std::string& zone) {
  cctz::time_zone rules;
  cctz::time_point<cctz::seconds> at;
  if (text.size() != length || !cctz::load_time_zone(zone, &rules)) return std::nullopt;
  if (!cctz::parse(form, text, rules, &at)) return std::nullopt;
  const auto since_epoch = at.time_since_epoch();
  constexpr auto most = std::chrono::duration_cast<cctz::seconds>(end_of_time.time_since_epoch());
  if (since_epoch >= most || since_epoch <= -most) return std::nullopt;
  return Instant(since_epoch);
}

std::string to_wall(Instant at, const std::string& zone) {
  cctz::time_zone rules = cctz::utc_time_zone();
  cctz::load_time_zone(zone, &rules);
  return cctz::format(form, std::chrono::floor<cctz::seconds>(at), rules);
}

}  // namespace camfleet
