/// The fields of an instance, and the windows that come of them. The input: a line "RULES INSTANT", RULES a
/// digit (1: unknown fields are refused, 2: overlapping windows are united), INSTANT when the instance was
/// created; then the fields, as a JSON object or as a form.

#include <algorithm>
#include <cstdint>
#include <string_view>

#include <nlohmann/json.hpp>

#include "actors/base/json_text.hpp"
#include "actors/plan/calendar.hpp"
#include "actors/spec/spec.hpp"
#include "runtime/api/form.hpp"
#include "tests/fuzz/require.hpp"
#include "tests/fuzz/spec_text.hpp"

namespace camfleet::fuzz {
namespace {

using nlohmann::json;

struct Input {
  SpecRules rules;
  Instant created = parse_iso("2026-03-01T02:00:00Z").value();
  std::string_view fields;
};

Input read(std::string_view text) {
  Input input;
  const std::string_view first = text.substr(0, text.find('\n'));
  input.fields = text.substr(std::min(first.size() + 1, text.size()));
  const unsigned digit = first.empty() ? 0 : static_cast<unsigned char>(first.front());
  input.rules.refuse_unknown_fields = (digit & 1U) != 0;
  input.rules.overlap = (digit & 2U) != 0 ? OverlapRule::merge : OverlapRule::reject;
  if (const auto at = parse_iso(first.substr(std::min<std::size_t>(2, first.size()))))
    input.created = at.value();
  return input;
}

/// As request parameters come, in whatever order.
result<json> fields_of_form(std::string_view form) {
  CAMFLEET_TRY(Parameters parameters, api::parse_form(form));
  auto fields = fields_from_parameters(parameters);
  std::ranges::reverse(parameters);
  const auto reversed = fields_from_parameters(parameters);
  require(fields.has_value() == reversed.has_value(), "the order of parameters does not matter");
  if (fields.has_value()) require(fields.value() == reversed.value(), "nor for what they hold");
  return fields;
}

/// Each answer of the calendar agrees with its others.
void check_windows(const Calendar& calendar, Instant created) {
  constexpr int asked = 8;
  const std::size_t listed = std::max<std::size_t>(calendar.schedule().windows.size(), 1);
  auto before = calendar.at(created);
  if (before) {
    require(before->opens <= created && created < before->closes, "a window that is open holds the instant");
    require(calendar.next(before->opens) == before, "a window opens next at its own opening");
  }
  Instant from = created;
  for (int i = 0; i < asked; ++i) {
    const auto window = calendar.next(from);
    if (!window) return;
    const std::string name = to_iso(window->opens);
    require(window->opens >= from && window->opens < window->closes, "a window opens later, and lasts", name);
    require(window->listed < listed, "a window is one that is listed", name);
    require(calendar.next(window->opens) == window, "next() at an opening is that window", name);
    require(calendar.at(window->opens) == window, "a window is open at its opening", name);
    if (before && before->opens != window->opens) {
      require(before->closes <= window->opens, "windows are apart", name);
      const Instant middle = before->closes + (window->opens - before->closes) / 2;
      if (middle < window->opens) require(!calendar.at(middle), "nothing is open between two windows", name);
    }
    if (window->closes == end_of_time) return;
    require(calendar.at(window->closes - Duration(1)) == window, "a window is open to its end", name);
    const auto after = calendar.at(window->closes);
    require(!after || after->opens == window->closes, "a window is closed at its end", name);
    before = window;
    from = window->opens + Duration(1);
  }
}

void check_calendar(const Schedule& schedule, Instant created) {
  const auto calendar = Calendar::make(schedule, created);
  if (!calendar.has_value()) {
    check_error(calendar.error());
    return;
  }
  if (schedule.type == ScheduleType::every_day || schedule.type == ScheduleType::every_week)
    require(calendar.value().next(created).has_value(), "a day of every week has a window");
  check_windows(calendar.value(), created);
}

/// What is kept of an instance makes the same one again, also where the default zone is another.
void check_kept(const json& fields, const InstanceSpec& spec) {
  const SpecRules elsewhere{.default_zone = "Pacific/Apia"};
  json kept = fields;
  kept["Zone"] = spec.schedule.zone;
  const json own = fields_of(spec);
  for (const json& one : {kept, own}) {
    const auto again = parse_instance(json::parse(one.dump()), elsewhere);
    require(again.has_value(), "what is kept is read again", again.has_value() ? "" : again.error().line());
    require(fields_of(again.value()) == own, "what is kept is the same instance", one.dump());
  }
}

void run(const Input& input) {
  const bool is_object = input.fields.starts_with('{');
  const auto fields = is_object ? parse_json(input.fields, "fields") : fields_of_form(input.fields);
  if (!fields.has_value()) return check_error(fields.error());
  const auto spec = parse_instance(fields.value(), input.rules);
  if (!spec.has_value()) return check_error(spec.error());
  check_spec(spec.value(), input.rules.overlap);
  if (input.rules.overlap == OverlapRule::reject) check_kept(fields.value(), spec.value());
  check_calendar(spec.value().schedule, input.created);
}

}  // namespace
}  // namespace camfleet::fuzz

// NOLINTNEXTLINE(readability-identifier-naming): it is libFuzzer's.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  camfleet::fuzz::run(camfleet::fuzz::read({reinterpret_cast<const char*>(data), size}));
  return 0;
}
