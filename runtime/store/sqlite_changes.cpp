#include "runtime/store/sqlite_changes.hpp"

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "actors/base/text.hpp"
#include "actors/base/time.hpp"

namespace camfleet::store {
namespace {

std::string text_of(const SliceName& name) {
  return "the slice of instance " + std::to_string(name.instance) + ", device " + quote(name.device) +
         ", due " + to_iso(Instant(Duration(name.due)));
}

std::string lines_of(const std::vector<std::string>& words) {
  std::string lines;
  for (const std::string& word : words) lines += word + '\n';
  return lines;
}

/// Of a line of ledger.jsonl: the spans that it has given up.
std::vector<std::pair<Nanoseconds, Nanoseconds>> given_up_in(const std::string& row) {
  std::vector<std::pair<Nanoseconds, Nanoseconds>> spans;
  if (row.find(R"("given_up":[{)") == std::string::npos) return spans;
  const auto line = nlohmann::json::parse(row, nullptr, false);
  if (!line.is_object() || !line.contains("given_up")) return spans;
  for (const auto& span : line["given_up"]) {
    const auto from = parse_iso(span.value("from", ""));
    const auto to = parse_iso(span.value("to", ""));
    if (from.has_value() && to.has_value())
      spans.emplace_back(from.value().time_since_epoch().count(), to.value().time_since_epoch().count());
  }
  return spans;
}

/// Stores one change; throws SQLite::Exception.
struct Apply {
  Connection& to;
  Applied& applied;

  result<void> operator()(const PutInstance& change) const {
    const InstanceRecord& instance = change.instance;
    const int made = to.run(
        "INSERT INTO instances (id, project, name, fields, phases, created) VALUES (?, ?, ?, ?, ?, ?) "
        "ON CONFLICT DO NOTHING",
        instance.id, instance.project, instance.name, instance.fields, list_text(instance.phases),
        instance.created);
    if (made == 1) return success();
    return fail(Errc::broken_invariant, "instance " + std::to_string(instance.id),
                "is stored already; an id is given once");
  }

  result<void> operator()(const EndInstance& change) const {
    to.run("UPDATE instances SET ended = ? WHERE id = ? AND ended IS NULL", change.at, change.id);
    return success();
  }

  result<void> operator()(const RemoveDevices& change) const {
    for (const std::string& device : change.devices)
      to.run("INSERT OR IGNORE INTO removed_devices (instance, device) VALUES (?, ?)", change.instance,
             device);
    return success();
  }

  result<void> operator()(const PutDevice& change) const {
    to.run("INSERT OR REPLACE INTO devices (id, project, fields, created) VALUES (?, ?, ?, ?)",
           change.device.id, change.device.project, change.device.fields, change.device.created);
    return success();
  }

  result<void> operator()(const DropDevice& change) const {
    to.run("DELETE FROM devices WHERE id = ?", change.id);
    return (*this)(DropSwitches{change.id});
  }

  result<void> operator()(const SwitchStream& change) const {
    to.run("INSERT OR REPLACE INTO switched_streams (project, device, is_on) VALUES (?, ?, ?)",
           change.stream.project, change.stream.device, std::int32_t{change.stream.on});
    return success();
  }

  result<void> operator()(const DropSwitches& change) const {
    to.run("DELETE FROM switched_streams WHERE device = ?", change.device);
    return success();
  }

  result<void> operator()(const SliceDue& change) const {
    const SliceName& name = change.name;
    const int made = to.run(
        "INSERT INTO open_slices (instance, device, due, planned) SELECT ?1, ?2, ?3, ?4 WHERE NOT EXISTS "
        "(SELECT 1 FROM slices WHERE instance = ?1 AND device = ?2 AND due = ?3) ON CONFLICT DO NOTHING",
        name.instance, name.device, name.due, change.planned);
    if (made != 1) {
      return fail(Errc::broken_invariant, text_of(name), "became due twice; a slice becomes due once");
    }
    // It must outlive the slice.
    to.run("UPDATE instances SET last_due = max(ifnull(last_due, ?1), ?1) WHERE id = ?2", name.due,
           name.instance);
    return success();
  }

  result<void> operator()(const SliceMoved& change) const {
    const SliceName& name = change.name;
    if (to.run("UPDATE open_slices SET so_far = ? WHERE instance = ? AND device = ? AND due = ?",
               change.so_far, name.instance, name.device, name.due) == 1)
      return success();
    return fail(Errc::broken_invariant, text_of(name), "moved without being open");
  }

  result<void> operator()(const SliceEnded& change) const {
    const SliceName& name = change.slice.name;
    if (to.run("DELETE FROM open_slices WHERE instance = ? AND device = ? AND due = ?", name.instance,
               name.device, name.due) != 1) {
      return fail(Errc::broken_invariant, text_of(name),
                  "ended without being due, or twice; a slice ends once, after it became due");
    }
    // The columns say again what the line says, for who looks for slices by it.
    if (to.run("INSERT INTO slices (instance, device, due, outcome, line, reason, node, samples, analysed, "
               "gated) "
               "SELECT ?1, ?2, ?3, ?4, ?5, CAST(json_extract(whole, '$.reason') AS TEXT), "
               "CAST(json_extract(whole, '$.node') AS TEXT), "
               "(SELECT sum(json_extract(value, '$.due')) FROM json_each(whole, '$.algorithms')), "
               "(SELECT sum(json_extract(value, '$.analysed')) FROM json_each(whole, '$.algorithms')), "
               "(SELECT sum(json_extract(value, '$.gated')) FROM json_each(whole, '$.algorithms')) "
               "FROM (SELECT CASE WHEN json_valid(?5) THEN ?5 ELSE '{}' END AS whole) WHERE true "
               "ON CONFLICT DO NOTHING",
               name.instance, name.device, name.due, change.slice.outcome, change.slice.line) != 1) {
      return fail(Errc::broken_invariant, text_of(name), "has an outcome already; a slice ends once");
    }
    mark_late(name, change.slice.line);
    return success();
  }

  result<void> operator()(const PutFinding& change) const {
    const FindingRecord& finding = change.finding;
    if (change.needs_slice && !has_slice(finding.slice)) {
      applied = Applied::orphaned;
    } else if (to.run("INSERT INTO findings (instance, device, due, algorithm, at, line, picture) "
                      "VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
                      finding.slice.instance, finding.slice.device, finding.slice.due, finding.algorithm,
                      finding.at, finding.line, finding.picture) == 0) {
      applied = Applied::repeated;
    } else {
      // It comes after its row where its node was away meanwhile, or its analysis took too long.
      mark_late(finding.slice);
    }
    return success();
  }
  /// Marks what was found in samples of a slice that its row says are given up.
  void mark_late(const SliceName& name, const std::string& row) const {
    for (const auto& [from, until] : given_up_in(row))
      to.run(
          "UPDATE findings SET line = json_set(line, '$.late', json('true')) WHERE instance = ? AND device = "
          "? "
          "AND due = ? AND at >= ? AND at < ?",
          name.instance, name.device, name.due, from, until);
  }
  void mark_late(const SliceName& name) const {
    std::string row;
    to.rows(
        "SELECT line FROM slices WHERE instance = ? AND device = ? AND due = ?",
        [&](SQLite::Statement& statement) {
          statement.bind(1, name.instance);
          statement.bind(2, name.device);
          statement.bind(3, name.due);
        },
        [&](SQLite::Statement& found) { row = found.getColumn(0).getString(); });
    mark_late(name, row);
  }
  [[nodiscard]] bool has_slice(const SliceName& name) const {
    bool is_there = false;
    const auto look = [&](const char* query) {
      to.rows(
          query,
          [&](SQLite::Statement& statement) {
            statement.bind(1, name.instance);
            statement.bind(2, name.device);
            statement.bind(3, name.due);
          },
          [&](SQLite::Statement& /*row*/) { is_there = true; });
    };
    look("SELECT 1 FROM open_slices WHERE instance = ? AND device = ? AND due = ?");
    if (!is_there) look("SELECT 1 FROM slices WHERE instance = ? AND device = ? AND due = ?");
    return is_there;
  }

  result<void> operator()(const PutMissedSpan& change) const {
    const MissedSpan& span = change.span;
    to.run(
        "INSERT INTO slices (instance, device, due, outcome, line, until, reason) "
        "VALUES (?1, '', ?2, 'missed', ?3, ?4, CASE WHEN json_valid(?3) THEN json_extract(?3, '$.reason') "
        "END) "
        "ON CONFLICT DO UPDATE SET line = excluded.line, until = excluded.until, reason = excluded.reason",
        span.instance, span.from, span.line, span.until);
    return success();
  }

  result<void> operator()(const DropMissedSpan& change) const {
    to.run("DELETE FROM slices WHERE instance = ? AND device = '' AND due = ? AND until IS NOT NULL",
           change.instance, change.from);
    return success();
  }

  result<void> operator()(const PutLife& change) const {
    to.run("INSERT OR REPLACE INTO life (only, alive, is_rehearsal) VALUES (1, ?, ?)", change.life.alive,
           std::int32_t{change.life.is_rehearsal});
    return success();
  }

  result<void> operator()(const PutNode& change) const {
    const NodeRecord& node = change.node;
    to.run("INSERT OR REPLACE INTO nodes (name, acu, region, algorithms, schemes) VALUES (?, ?, ?, ?, ?)",
           node.name, std::int64_t{node.acu}, node.region, lines_of(node.algorithms), lines_of(node.schemes));
    return success();
  }

  result<void> operator()(const DropNode& change) const {
    to.run("DELETE FROM nodes WHERE name = ?", change.name);
    return success();
  }

  result<void> operator()(const PutSpool& change) const {
    const auto spool = static_cast<std::int64_t>(change.spool.spool);
    const auto number = static_cast<std::int64_t>(change.spool.number);
    if (to.run("UPDATE spools SET number = max(number, ?) WHERE node = ? AND spool = ?", number,
               change.spool.node, spool) == 1)
      return success();
    to.run("INSERT INTO spools (node, spool, number) VALUES (?, ?, ?)", change.spool.node, spool, number);
    to.run(
        "DELETE FROM spools WHERE node = ?1 AND made NOT IN "
        "(SELECT made FROM spools WHERE node = ?1 ORDER BY made DESC LIMIT ?2)",
        change.spool.node, most_spools);
    return success();
  }

  result<void> operator()(const Probe& /*change*/) const {
    SQLite::Database& database = to.database();
    // Written although it is the same: SQLite does not compare.
    database.exec("PRAGMA user_version = " + database.execAndGet("PRAGMA user_version").getString());
    return success();
  }
};

}  // namespace

std::string list_text(const std::vector<std::int64_t>& numbers) {
  std::string text = "[";
  for (const std::int64_t number : numbers) {
    if (text.size() > 1) text += ',';
    append_int(text, number);
  }
  return text += ']';
}

std::optional<std::vector<std::int64_t>> read_list(std::string_view text) {
  if (text.size() < 2 || text.front() != '[' || text.back() != ']') return std::nullopt;
  text = text.substr(1, text.size() - 2);
  std::vector<std::int64_t> numbers;
  while (!text.empty()) {
    const std::size_t comma = text.find(',');
    const auto number = parse_int(text.substr(0, comma));
    if (!number) return std::nullopt;
    numbers.push_back(*number);
    text.remove_prefix(comma == std::string_view::npos ? text.size() : comma + 1);
  }
  return numbers;
}

result<Applied> apply(Connection& to, const Change& change) {
  Applied applied = Applied::stored;
  CAMFLEET_CHECK(std::visit(Apply{to, applied}, change));
  return applied;
}

Withdrawn withdraw_missed(Connection& from, Nanoseconds now) {
  const std::string followed = "instance IN (SELECT id FROM instances WHERE ended IS NULL)";
  // A row that was written later than now was written by the clock that was ahead, also where its slice is
  // under way now. What had begun by then stays.
  const std::string rows =
      " FROM slices WHERE until IS NULL AND outcome = 'missed' AND " + followed +
      " AND CASE WHEN json_valid(line) THEN json_extract(line, '$.started_at') IS NULL AND "
      "json_extract(line, '$.reason') IN ('scheduler_down', 'late_start', 'store_behind') AND "
      "(due > ? OR substr(json_extract(line, '$.ended_at'), 1, 19) > ?) END";
  const std::string spans = " FROM slices WHERE until > ? AND " + followed;
  const auto bind = [&](SQLite::Statement& to) { to.bind(1, now); };
  std::map<std::int64_t, Nanoseconds> first;  // that has no row any more, by instance
  const std::string second = to_iso(std::chrono::floor<seconds>(Instant(Duration(now)))).substr(0, 19);
  const auto bind_row = [&](SQLite::Statement& to) {
    to.bind(1, now);
    to.bind(2, second);
  };
  from.rows("SELECT instance, min(due)" + rows + " GROUP BY instance", bind_row, [&](SQLite::Statement& row) {
    first.emplace(row.getColumn(0).getInt64(), row.getColumn(1).getInt64());
  });
  const auto free_from = [&](std::int64_t instance, Nanoseconds due) {
    Nanoseconds& known = first.emplace(instance, due).first->second;
    known = std::min(known, due);
  };
  const std::string open = " FROM open_slices WHERE due > ? AND " + followed;
  from.rows("SELECT instance, min(due)" + open + " GROUP BY instance", bind, [&](SQLite::Statement& row) {
    free_from(row.getColumn(0).getInt64(), row.getColumn(1).getInt64());
  });
  Withdrawn withdrawn;
  from.rows("SELECT instance, due" + spans, bind, [&](SQLite::Statement& row) {
    ++withdrawn.spans;
    free_from(row.getColumn(0).getInt64(), row.getColumn(1).getInt64());
  });
  withdrawn.slices = static_cast<std::uint64_t>(from.run("DELETE" + rows, now, second));
  // They are due again, and what is found then is another picture.
  withdrawn.findings = static_cast<std::uint64_t>(from.run(
      "DELETE FROM findings WHERE (instance, device, due) IN (SELECT instance, device, due" + open + ")",
      now));
  withdrawn.open = static_cast<std::uint64_t>(from.run("DELETE" + open, now));
  from.run("DELETE" + spans + " AND due >= ?", now, now);
  from.run("UPDATE slices SET until = ? WHERE until > ? AND " + followed, now, now);
  for (const auto& [instance, due] : first)
    from.run("UPDATE instances SET last_due = min(last_due, ?) WHERE id = ?", due - 1, instance);
  return withdrawn;
}

}  // namespace camfleet::store
