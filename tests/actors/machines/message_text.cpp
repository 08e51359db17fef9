#include "tests/actors/machines/message_text.hpp"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <optional>
#include <sstream>
#include <utility>
#include <vector>

#include "actors/base/text.hpp"
#include "tests/actors/machines/message_fields.hpp"

namespace camfleet::testing {
namespace {

constexpr std::array<std::string_view, 5> verdict_names{"analysed", "gated", "failed", "overload",
                                                        "store_behind"};
constexpr std::array<std::string_view, 3> loss_names{"lost", "ended", "broken"};
constexpr std::array<std::string_view, 3> mode_names{"pulled", "off", "removed"};
constexpr std::array<std::string_view, actor_kinds> kind_names{
    "scheduler", "instance", "device", "analyzer", "plant", "placement", "node", "membership"};

template <std::size_t N, class E>
bool read_name(const std::array<std::string_view, N>& names, std::string_view text, E& into) {
  const auto found = std::ranges::find(names, text);
  if (found != names.end()) into = static_cast<E>(found - names.begin());
  return found != names.end();
}

std::optional<Duration> read_seconds(std::string_view text) {
  const std::string copy(text);
  char* end = nullptr;
  const long double value = std::strtold(copy.c_str(), &end);
  if (copy.empty() || *end != '\0') return std::nullopt;
  const long double nanos = value * 1e9L;
  return Duration(static_cast<std::int64_t>(nanos + (nanos < 0 ? -0.5L : 0.5L)));
}

template <class Tag>
std::string text_of(const Id<Tag>& id) {
  return std::to_string(id.value);
}
template <class T>
requires std::is_integral_v<T> std::string text_of(T value) {
  return std::to_string(value);
}
std::string text_of(bool value) {
  return value ? "yes" : "no";
}
std::string text_of(Instant at) {
  return to_text(at);
}
std::string text_of(Duration span) {
  return to_text(span);
}
std::string text_of(Reason reason) {
  return std::string(to_text(reason));
}
std::string text_of(Verdict verdict) {
  return std::string(verdict_names.at(static_cast<std::size_t>(verdict)));
}
std::string text_of(ReadLoss loss) {
  return std::string(loss_names.at(static_cast<std::size_t>(loss)));
}
std::string text_of(DeviceMode mode) {
  return std::string(mode_names.at(static_cast<std::size_t>(mode)));
}
std::string text_of(const SliceSlot& slot) {
  return std::to_string(slot.slot) + "/" + std::to_string(slot.use);
}
std::string text_of(Place place) {
  return place == home_place ? "home" : "node" + std::to_string(node_at(place).value);
}
std::string text_of(const std::optional<Place>& place) {
  return place ? text_of(*place) : "none";
}

template <class Ix>
std::string text_of(IdSet<Ix> ids) {
  return ids == IdSet<Ix>::all() ? "all" : std::to_string(ids.bits());
}

template <class T>
requires std::is_integral_v<T>
bool read(std::string_view text, T& into) {
  const auto value = parse_int(text);
  if (value) into = static_cast<T>(*value);
  return value.has_value();
}
template <class Tag>
bool read(std::string_view text, Id<Tag>& into) {
  return read(text, into.value);
}
template <class Ix>
bool read(std::string_view text, IdSet<Ix>& into) {
  const auto bits = parse_int(text);
  into = bits ? IdSet<Ix>::of_bits(static_cast<std::uint64_t>(*bits)) : IdSet<Ix>::all();
  return bits || text == "all";
}
bool read(std::string_view text, bool& into) {
  into = text == "yes";
  return text == "yes" || text == "no";
}
bool read(std::string_view text, Instant& into) {
  const auto at = parse_story_time(text);
  if (at.has_value()) into = at.value();
  return at.has_value();
}
bool read(std::string_view text, Duration& into) {
  const auto span = read_seconds(text);
  if (span) into = *span;
  return span.has_value();
}
bool read(std::string_view text, Reason& into) {
  for (std::size_t i = 0; i < reason_count; ++i) {
    if (to_text(static_cast<Reason>(i)) != text) continue;
    into = static_cast<Reason>(i);
    return true;
  }
  return false;
}
bool read(std::string_view text, Verdict& into) {
  return read_name(verdict_names, text, into);
}
bool read(std::string_view text, ReadLoss& into) {
  return read_name(loss_names, text, into);
}
bool read(std::string_view text, DeviceMode& into) {
  return read_name(mode_names, text, into);
}
bool read(std::string_view text, SliceSlot& into) {
  const auto slash = text.find('/');
  return slash != std::string_view::npos && read(text.substr(0, slash), into.slot) &&
         read(text.substr(slash + 1), into.use);
}
bool read(std::string_view text, std::optional<Place>& into) {
  into.reset();
  if (text == "none") return true;
  if (text == "home") into = home_place;
  NodeIx node;
  if (text.starts_with("node") && read(text.substr(4), node)) into = place_of(node);
  return into.has_value();
}

bool read(std::string_view text, Place& into) {
  std::optional<Place> place;
  const bool is_place = read(text, place) && place;
  if (is_place) into = *place;
  return is_place;
}

/// A message of this kind with all fields at zero.
template <std::size_t I = 0>
Message zeros(std::size_t index) {
  if constexpr (I < std::variant_size_v<Message>) {
    return index == I ? Message(std::in_place_index<I>) : zeros<I + 1>(index);
  } else {
    return {};
  }
}

std::vector<std::pair<std::string, std::string>> fields_of(Message message) {
  std::vector<std::pair<std::string, std::string>> fields;
  std::visit(
      [&](auto& m) {
        visit_fields(m, [&](const char* name, auto& field) { fields.emplace_back(name, text_of(field)); });
      },
      message);
  return fields;
}

/// Sets the next field of this name from `from` on, in the order of the message; false: no such value.
bool set_field(Message& message, const std::string& name, std::size_t nth, std::string_view value) {
  bool is_set = false;
  std::size_t seen = 0;
  std::visit(
      [&](auto& m) {
        visit_fields(m, [&](const char* one, auto& field) {
          if (name == one && seen++ == nth) is_set = read(value, field);
        });
      },
      message);
  return is_set;
}

}  // namespace

Instant story_start() {
  static const Instant start = parse_iso("2026-03-01T00:00:00Z").value();
  return start;
}

std::string to_text(Duration span) {
  const std::int64_t nanos = span.count();
  std::string decimals = std::to_string(std::abs(nanos) % 1'000'000'000);
  decimals.insert(0, 9 - decimals.size(), '0');
  decimals.erase(decimals.find_last_not_of('0') + 1);
  const std::string whole = (nanos < 0 ? "-" : "") + std::to_string(std::abs(nanos) / 1'000'000'000);
  return decimals.empty() ? whole : whole + "." + decimals;
}

std::string to_text(Instant at) {
  if (at == end_of_time) return "never";
  if (at == Instant::min()) return "ever";
  return to_text(at - story_start());
}

std::string to_text(ActorId actor) {
  std::string text(kind_names.at(static_cast<std::size_t>(actor.kind)));
  const bool is_only_one = actor == the_scheduler || actor == the_placement || actor == the_membership;
  if (!is_only_one) text += " " + std::to_string(actor.number);
  if (actor.place() != home_place && actor.kind != ActorKind::node)
    text += " at node " + std::to_string(node_at(actor.place()).value);
  return text;
}

std::string to_text(const Message& message) {
  std::string text(message_names.at(message.index()));
  const auto fields = fields_of(message);
  const auto usual = fields_of(zeros(message.index()));
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (fields[i] == usual[i]) continue;
    text += ' ';
    text += fields[i].first;
    text += '=';
    text += fields[i].second;
  }
  return text;
}

result<Message> parse_message(std::string_view text) {
  std::istringstream words{std::string(text)};
  std::string word;
  words >> word;
  const auto found = std::ranges::find(message_names, word);
  if (found == message_names.end()) return fail(Errc::invalid_field, "", quote(word) + " is no message");
  Message message = zeros(static_cast<std::size_t>(found - message_names.begin()));
  std::map<std::string, std::size_t> seen;
  while (words >> word) {
    const auto equals = std::min(word.find('='), word.size() - 1);
    const std::string name = word.substr(0, equals);
    if (!set_field(message, name, seen[name]++, word.substr(equals + 1)))
      return fail(Errc::invalid_field, "", quote(word) + " is no field of " + std::string(*found));
  }
  return message;
}

result<Instant> parse_story_time(std::string_view text) {
  if (text == "never") return end_of_time;
  if (text == "ever") return Instant::min();
  const auto span = read_seconds(text);
  if (!span) return fail(Errc::invalid_field, "", quote(text) + " is no number of seconds");
  return story_start() + *span;
}

}  // namespace camfleet::testing
