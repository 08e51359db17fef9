#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include <cctz/time_zone.h>

#include "actors/base/error.hpp"
#include "actors/base/time.hpp"
#include "actors/spec/schedule.hpp"

namespace camfleet {

/// A half-open span [opens, closes) in which an instance may analyse.
struct Window {
  Instant opens{};
  Instant closes{};
  std::uint32_t listed = 0;  ///< index into Schedule::windows
  friend bool operator==(const Window&, const Window&) = default;
};

/// Turns a schedule into its windows. Pure: the same schedule, creation instant and zone files give the same
/// windows.
///
/// The rules (DST): a start or an end in a gap moves to the first instant after it; in a fold a start means
/// the first occurrence, an end the last; a window closes no later than the next one opens; a window that a
/// gap empties does not exist. A window belongs to the local day on which it opens. `once`: of each listed
/// window the one that is open at `created`, else the next; without listed windows one that opens at
/// `created` and has no end.
class Calendar {
 public:
  /// Errors: those of check_zone.
  static result<Calendar> make(Schedule schedule, Instant created);

  /// The first window that opens at or after `from`; none after the last one of a `once`, and none when no
  /// listed day exists in any month.
  [[nodiscard]] std::optional<Window> next(Instant from) const;

  /// The window that is open at `at`, whole.
  [[nodiscard]] std::optional<Window> at(Instant at) const;

  [[nodiscard]] const Schedule& schedule() const { return schedule_; }

 private:
  Calendar(Schedule schedule, cctz::time_zone zone) : schedule_(std::move(schedule)), zone_(zone) {}

  [[nodiscard]] bool is_listed(const cctz::civil_day& day) const;
  [[nodiscard]] cctz::civil_day local_day(Instant at) const;
  [[nodiscard]] Instant start_of(const cctz::civil_day& day, std::size_t listed) const;
  [[nodiscard]] std::optional<Window> occurrence(const cctz::civil_day& day, std::size_t listed) const;
  [[nodiscard]] std::optional<Window> next_repeating(Instant from) const;
  [[nodiscard]] std::optional<Window> open_repeating(Instant at) const;
  void fix_once(Instant created);

  Schedule schedule_;
  cctz::time_zone zone_;
  /// By opening; null unless `once`.
  std::unique_ptr<std::vector<Window>> once_;
};

/// Errors: invalid_field when it is no IANA name of this machine's zone files; not_found when the machine has
/// none at all.
result<void> check_zone(const std::string& zone);

/// The version of the machine's zone files ("2025b"), "unknown" when they do not say.
std::string tzdata_version();

}  // namespace camfleet
