#include "runtime/service/so_far_text.hpp"

#include <cstdint>

#include <nlohmann/json.hpp>

namespace camfleet::service {
namespace {

using nlohmann::json;

std::int64_t count_of(Instant at) {
  return at.time_since_epoch().count();
}
Instant instant_of(const json& count) {
  return Instant(Duration(count.get<std::int64_t>()));
}

json dropped_of(const AlgorithmAccount& account) {
  json dropped = json::object();
  for (std::size_t i = 1; i < reason_count; ++i) {
    if (account.dropped[i] > 0) dropped[std::string(to_text(static_cast<Reason>(i)))] = account.dropped[i];
  }
  return dropped;
}

/// False: it does not add up, or has a reason that there is none of.
bool take_dropped(const json& dropped, AlgorithmAccount& account) {
  for (const auto& [name, count] : dropped.items()) {
    std::size_t reason = 1;
    while (reason < reason_count && to_text(static_cast<Reason>(reason)) != name) ++reason;
    if (reason == reason_count) return false;
    account.dropped[reason] = count.get<std::uint32_t>();
  }
  return account.accounted() == account.due;
}

}  // namespace

std::string to_text(const SliceSoFar& so_far) {
  json text{{"due_at", count_of(so_far.due_at)},
            {"observed", so_far.observed.count()},
            {"parts", json::array()},
            {"given_up", json::array()},
            {"accounts", json::array()}};
  if (so_far.started_at) text["started_at"] = count_of(*so_far.started_at);
  for (const SlicePart& part : so_far.parts)
    text["parts"].push_back({part.node, count_of(part.from), count_of(part.to), part.why});
  for (const GivenUp& span : so_far.given_up)
    text["given_up"].push_back({count_of(span.from), count_of(span.to)});
  for (const AlgorithmAccount& account : so_far.accounts)
    text["accounts"].push_back({{"due", account.due},
                                {"analysed", account.analysed},
                                {"gated", account.gated},
                                {"dropped", dropped_of(account)}});
  return text.dump(-1, ' ', false, json::error_handler_t::replace);
}

result<SliceSoFar> parse_so_far(std::string_view text, std::size_t algorithms) {
  const auto wrong = fail(Errc::corrupt, "moved slice", "is stored with what is no account of its parts");
  const json known = json::parse(text, nullptr, false);
  if (!known.is_object()) return wrong;
  SliceSoFar so_far;
  try {
    so_far.due_at = instant_of(known.at("due_at"));
    so_far.observed = Duration(known.at("observed").get<std::int64_t>());
    if (known.contains("started_at")) so_far.started_at = instant_of(known.at("started_at"));
    for (const json& part : known.at("parts"))
      so_far.parts.push_back({part.at(0).get<std::string>(), instant_of(part.at(1)), instant_of(part.at(2)),
                              part.at(3).get<std::string>()});
    for (const json& span : known.value("given_up", json::array()))
      so_far.given_up.push_back({instant_of(span.at(0)), instant_of(span.at(1))});
    for (const json& one : known.at("accounts")) {
      AlgorithmAccount account{one.at("analysed").get<std::uint32_t>(),
                               one.at("gated").get<std::uint32_t>(),
                               one.at("due").get<std::uint32_t>(),
                               {}};
      if (!take_dropped(one.at("dropped"), account)) return wrong;
      so_far.accounts.push_back(account);
    }
  } catch (const json::exception&) {
    return wrong;
  }
  if (so_far.accounts.size() != algorithms) return wrong;
  return so_far;
}

}  // namespace camfleet::service
