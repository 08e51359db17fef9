#include <algorithm>
#include <cassert>

#include "actors/base/text.hpp"
#include "actors/ledger/ledger.hpp"

namespace camfleet {
namespace {

void append_instant(std::string& out, Instant at) {
  out += '"';
  append_iso(out, at);
  out += '"';
}

/// Most rows have none, and do not say so.
void append_given_up(std::string& out, const SliceRow& row) {
  if (row.given_up.empty()) return;
  out += R"(,"given_up":[)";
  for (std::size_t i = 0; i < row.given_up.size(); ++i) {
    out += i == 0 ? R"({"from":")" : R"(,{"from":")";
    append_iso(out, row.given_up[i].from);
    out += R"(","to":")";
    append_iso(out, row.given_up[i].to);
    out += R"("})";
  }
  out += ']';
}

void append_parts(std::string& out, const SliceRow& row) {
  out += R"(,"parts":[)";
  for (std::size_t i = 0; i < row.parts.size(); ++i) {
    const SlicePart& part = row.parts[i];
    out += i == 0 ? R"({"node":)" : R"(,{"node":)";
    append_json_string(out, part.node);
    out += R"(,"from":)";
    append_instant(out, part.from);
    out += R"(,"to":)";
    append_instant(out, part.to);
    out += R"(,"why":)";
    if (part.why.empty()) {
      out += "null}";
    } else {
      append_json_string(out, part.why);
      out += '}';
    }
  }
  out += ']';
}

void append_account(std::string& out, const AlgorithmAccount& account) {
  out += R"(,"due":)";
  append_int(out, account.due);
  out += R"(,"analysed":)";
  append_int(out, account.analysed);
  out += R"(,"gated":)";
  append_int(out, account.gated);
  out += R"(,"dropped":{)";
  bool first = true;
  for (std::size_t i = 1; i < reason_count; ++i) {
    if (account.dropped[i] == 0) continue;
    out += first ? "\"" : ",\"";
    out += to_text(static_cast<Reason>(i));
    out += "\":";
    append_int(out, account.dropped[i]);
    first = false;
  }
  out += "}}";
}

}  // namespace

void append_ledger_line(std::string& out, const SliceRow& row, const Roster& roster) {
  const InstanceEntry& instance = roster[row.key.instance];
  const Judgement verdict = row.verdict;
  assert(row.algorithms.size() <= instance.algorithms.size());
  out += R"({"instance":)";
  append_json_string(out, instance.id);
  out += R"(,"device":)";
  append_json_string(out, roster[row.key.device].id);
  out += R"(,"due_at":)";
  append_instant(out, row.key.due_at);
  out += R"(,"started_at":)";
  if (row.started_at) {
    append_instant(out, *row.started_at);
  } else {
    out += "null";
  }
  out += R"(,"ended_at":)";
  append_instant(out, row.ended_at);
  out += R"(,"planned_s":)";
  append_seconds(out, row.planned);
  out += R"(,"observed_s":)";
  append_seconds(out, row.observed);
  out += row.cut ? R"(,"cut":true,"outcome":")" : R"(,"cut":false,"outcome":")";
  out += to_text(verdict.outcome);
  out += R"(","reason":)";
  if (verdict.reason == Reason::none) {
    out += "null";
  } else {
    append_json_string(out, to_text(verdict.reason));
  }
  out += R"(,"node":)";
  if (row.node.empty()) {
    out += "null";
  } else {
    append_json_string(out, row.node);
  }
  append_parts(out, row);
  append_given_up(out, row);
  out += R"(,"algorithms":[)";
  for (std::size_t i = 0; i < row.algorithms.size(); ++i) {
    out += i == 0 ? R"({"algorithm":)" : R"(,{"algorithm":)";
    append_json_string(out, roster[instance.algorithms[i]]);
    append_account(out, row.algorithms[i]);
  }
  out += "]}";
}

std::string detail_text(std::string_view text) {
  std::string detail;
  std::size_t characters = 0;
  for (std::size_t at = 0; at < text.size() && characters < most_detail; ++characters) {
    char32_t code = 0;
    const std::size_t length = std::max<std::size_t>(decode_utf8(text, at, code), 1);
    const std::string_view one = text.substr(at, length);
    detail += is_plain_utf8(one) ? one : "?";
    at += length;
  }
  return detail;
}

void append_detail(std::string& line, const SliceRow& row) {
  if (row.detail.empty()) return;
  assert(line.ends_with('}'));
  line.pop_back();
  line += R"(,"detail":)";
  append_json_string(line, row.detail);
  line += '}';
}

}  // namespace camfleet
