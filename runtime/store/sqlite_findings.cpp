#include <algorithm>
#include <limits>
#include <string>
#include <variant>
#include <vector>

#include "runtime/store/newest.hpp"
#include "runtime/store/sqlite_changes.hpp"
#include "runtime/store/sqlite_pages.hpp"

namespace camfleet::store {
namespace {

constexpr Nanoseconds latest = std::numeric_limits<Nanoseconds>::max();
const std::string columns = "id, instance, device, due, algorithm, at, line, picture";

FindingRecord read_finding(SQLite::Statement& row) {
  return {row.getColumn(0).getInt64(),
          {row.getColumn(1).getInt64(), row.getColumn(2).getString(), row.getColumn(3).getInt64()},
          row.getColumn(4).getString(),
          row.getColumn(5).getInt64(),
          row.getColumn(6).getString(),
          row.getColumn(7).getString()};
}

/// What a query asks, in the form that statements need.
struct Asked {
  explicit Asked(const Query& asked)
      : query(asked),
        instances(sorted_instances(asked)),
        from(asked.from.value_or(std::numeric_limits<Nanoseconds>::min())),
        to(asked.to.value_or(latest)),
        newest(asked.after ? std::min(to, asked.after->at) : to) {}
  const Query& query;
  std::vector<std::int64_t> instances;
  Nanoseconds from;
  Nanoseconds to;
  Nanoseconds newest;  ///< nothing later than this is on the page

  /// Of a row of an index: its id, at, instance, device and algorithm, in this order.
  [[nodiscard]] bool matches(SQLite::Statement& row) const {
    const std::int64_t at = row.getColumn(1).getInt64();
    return std::ranges::binary_search(instances, row.getColumn(2).getInt64()) && (at < to || to == latest) &&
           (!query.device || row.getColumn(3).getString() == *query.device) &&
           (!query.algorithm || row.getColumn(4).getString() == *query.algorithm);
  }
};

/// One index that has all that a query asks for, or holds it together, and the values that it is entered by.
struct Stream {
  std::string of;  ///< table and condition: "findings WHERE device = ?"
  std::string id;  ///< its column of a finding's id
  std::vector<std::variant<std::int64_t, std::string>> values;
};

void bind(SQLite::Statement& to, const Stream& stream, Nanoseconds from, Nanoseconds until) {
  int number = 0;
  for (const auto& value : stream.values)
    std::visit([&](const auto& bound) { to.bind(++number, bound); }, value);
  to.bind(++number, from);
  to.bind(++number, until);
}

std::vector<std::string> known_algorithms(Connection& from, std::optional<std::int64_t> instance) {
  std::vector<std::string> known;
  // From one to the next: as many steps as there are algorithms.
  const std::string from_table = instance
                                     ? "SELECT min(algorithm) FROM finding_counts WHERE instance = ?2 AND "
                                       "span = -1000000000 AND algorithm "
                                     : "SELECT min(algorithm) FROM findings WHERE algorithm ";
  const std::string at_least = from_table + ">= ?1";
  const std::string above = from_table + "> ?1";
  std::string last;
  bool is_first = true;
  while (true) {
    std::optional<std::string> next;
    from.rows(
        is_first ? at_least : above,
        [&](SQLite::Statement& to) {
          to.bind(1, last);
          if (instance) to.bind(2, *instance);
        },
        [&](SQLite::Statement& row) {
          if (!row.isColumnNull(0)) next = row.getColumn(0).getString();
        });
    if (!next) return known;
    last = *next;
    is_first = false;
    known.push_back(std::move(*next));
  }
}

/// By which indexes the rows of a query are found; `one_by_one`: instance after instance, not everybody's.
std::vector<Stream> streams_of(Connection& from, const Asked& asked, bool one_by_one) {
  const Query& query = asked.query;
  if (query.device && query.label)
    return {{"finding_labels INDEXED BY labels_by_device WHERE label = ? AND device = ?",
             "finding",
             {*query.label, *query.device}}};
  if (query.device)
    return {{"findings INDEXED BY findings_by_device WHERE device = ?", "id", {*query.device}}};
  if (query.label && !one_by_one) return {{"finding_labels WHERE label = ?", "finding", {*query.label}}};
  std::vector<Stream> streams;
  if (!one_by_one) {
    for (const std::string& algorithm :
         query.algorithm ? std::vector<std::string>{*query.algorithm} : known_algorithms(from, std::nullopt))
      streams.push_back({"findings INDEXED BY findings_newest WHERE algorithm = ?", "id", {algorithm}});
    return streams;
  }
  for (const std::int64_t instance : asked.instances) {
    if (query.label) {
      streams.push_back({"finding_labels INDEXED BY labels_by_instance WHERE label = ? AND instance = ?",
                         "finding",
                         {*query.label, instance}});
      continue;
    }
    for (const std::string& algorithm :
         query.algorithm ? std::vector<std::string>{*query.algorithm} : known_algorithms(from, instance))
      streams.push_back({"findings INDEXED BY findings_once WHERE instance = ? AND algorithm = ?",
                         "id",
                         {instance, algorithm}});
  }
  return streams;
}

/// Whether a list of many instances is shorter to find among everybody's rows than one instance after the
/// other.
bool are_most(Connection& from, const Asked& asked, std::uint64_t matching) {
  if (asked.instances.size() > most_instances) return true;
  std::uint64_t all = 0;
  const auto read = [&](SQLite::Statement& row) {
    all = static_cast<std::uint64_t>(row.getColumn(0).getInt64());
  };
  if (asked.query.label)
    from.rows(
        "SELECT ifnull(sum(findings), 0) FROM label_counts WHERE span = -1000000000 AND label = ?",
        [&](SQLite::Statement& to) { to.bind(1, *asked.query.label); }, read);
  else
    from.rows("SELECT ifnull(sum(findings), 0) FROM finding_counts WHERE span = -1000000000", read);
  return matching > all / least_share;
}

void offer(Connection& from, const Asked& asked, const Stream& stream, Newest& newest) {
  from.rows_while(
      "SELECT " + stream.id + ", at, instance, device, algorithm FROM " + stream.of +
          " AND at >= ? AND at <= ? ORDER BY at DESC",
      [&](SQLite::Statement& to) { bind(to, stream, asked.from, asked.newest); },
      [&](SQLite::Statement& row) {
        if (!asked.matches(row)) return true;
        const std::int64_t id = row.getColumn(0).getInt64();
        return newest.offer({{.at = row.getColumn(1).getInt64(), .id = id, .device = ""}, id});
      });
}

/// Nothing that is older is among the newest `most` of the streams.
Nanoseconds reach(Connection& from, const Asked& asked, const std::vector<Stream>& streams,
                  std::size_t most) {
  const std::size_t rows = rows_for_reach(most, streams.size());
  if (rows == 0) return asked.from;
  // What is as new as the last page's last one may have been on it.
  const Nanoseconds newest = asked.query.after ? asked.newest - 1 : asked.newest;
  std::vector<Nanoseconds> times;
  for (const Stream& stream : streams) {
    std::size_t left = rows;
    from.rows_while(
        "SELECT " + stream.id + ", at, instance, device, algorithm FROM " + stream.of +
            " AND at >= ? AND at <= ? ORDER BY at DESC",
        [&](SQLite::Statement& to) { bind(to, stream, asked.from, newest); },
        [&](SQLite::Statement& row) {
          if (!asked.matches(row)) return true;
          times.push_back(row.getColumn(1).getInt64());
          return --left > 0;
        });
  }
  return reach_of(std::move(times), most, asked.from);
}

std::uint64_t count_between(Connection& from, const Asked& asked, const std::vector<Stream>& streams,
                            Nanoseconds first, Nanoseconds end) {
  std::uint64_t count = 0;
  if (first >= end) return 0;
  for (const Stream& stream : streams) {
    from.rows(
        "SELECT " + stream.id + ", at, instance, device, algorithm FROM " + stream.of +
            " AND at >= ? AND at < ?",
        [&](SQLite::Statement& to) { bind(to, stream, first, end); },
        [&](SQLite::Statement& row) {
          if (asked.matches(row)) ++count;
        });
  }
  return count;
}

/// Of the instances that are asked for.
std::uint64_t count_kept(Connection& from, const Asked& asked, const Spans& spans) {
  const Query& query = asked.query;
  std::uint64_t count = 0;
  const std::string table = query.label ? "label_counts WHERE label = ?3 AND" : "finding_counts WHERE";
  const auto read = [&](const std::string& more, std::optional<std::int64_t> instance) {
    from.rows(
        "SELECT instance, algorithm, findings FROM " + table + " " + spans.condition() + more,
        [&](SQLite::Statement& to) {
          SQLite::bind(to, spans.first, spans.end);
          if (query.label) to.bind(3, *query.label);
          if (instance) to.bind(4, *instance);
        },
        [&](SQLite::Statement& row) {
          const bool is_asked = std::ranges::binary_search(asked.instances, row.getColumn(0).getInt64()) &&
                                (!query.algorithm || row.getColumn(1).getString() == *query.algorithm);
          if (is_asked) count += static_cast<std::uint64_t>(row.getColumn(2).getInt64());
        });
  };
  if (spans.first == spans.end) return 0;
  if (asked.instances.size() > few_instances) {
    read("", std::nullopt);
  } else {
    for (const std::int64_t instance : asked.instances) read(" AND instance = ?4", instance);
  }
  return count;
}

std::uint64_t count(Connection& from, const Asked& asked, const std::vector<Stream>& streams) {
  const CountedTime time(asked.query);
  // Of one device there are few.
  if (asked.query.device) return count_between(from, asked, streams, time.from, time.to);
  return count_between(from, asked, streams, time.from, time.whole_from) +
         count_kept(from, asked, time.spans()) + count_between(from, asked, streams, time.whole_to, time.to);
}

bool has_label(Connection& from, const std::optional<std::string>& label, const FindingRecord& finding) {
  if (!label) return true;
  bool is_there = false;
  from.rows(
      "SELECT 1 FROM finding_labels WHERE label = ? AND at = ? AND finding = ?",
      [&](SQLite::Statement& to) { SQLite::bind(to, *label, finding.at, finding.id); },
      [&](SQLite::Statement&) { is_there = true; });
  return is_there;
}

/// Whether a finding whose id is asked for is what else is asked for.
bool matches(Connection& from, const Query& query, const FindingRecord& finding) {
  return has_label(from, query.label, finding) &&
         std::ranges::find(query.instances, finding.slice.instance) != query.instances.end() &&
         (!query.device || finding.slice.device == *query.device) &&
         (!query.algorithm || finding.algorithm == *query.algorithm) &&
         (!query.from || finding.at >= *query.from) && (!query.to || finding.at < *query.to);
}

}  // namespace

std::optional<FindingRecord> find_finding(Connection& from, std::int64_t id) {
  std::optional<FindingRecord> found;
  from.rows(
      "SELECT " + columns + " FROM findings WHERE id = ?", [&](SQLite::Statement& to) { to.bind(1, id); },
      [&](SQLite::Statement& row) { found = read_finding(row); });
  return found;
}

Page<FindingRecord> list_findings(Connection& from, const Query& query) {
  Page<FindingRecord> page;
  if (query.finding) {
    auto found = find_finding(from, *query.finding);
    if (!found || !matches(from, query, *found)) return page;
    page.total = 1;
    if (query.offset == 0 && query.limit > 0 && !query.after) page.items.push_back(std::move(*found));
    return page;
  }
  Asked asked(query);
  const bool are_few = asked.instances.size() <= few_instances;
  page.total = count(from, asked, streams_of(from, asked, are_few));
  if (page.total == 0) return page;
  Newest newest(wanted_places(query), query.after, page.total);
  const auto streams = streams_of(from, asked, are_few || !are_most(from, asked, page.total));
  asked.from = reach(from, asked, streams, wanted_places(query));
  for (const Stream& stream : streams) offer(from, asked, stream, newest);
  auto [places, next] = cut_page(newest.take(), query.offset, query.limit);
  page.next = std::move(next);
  for (const Place& place : places) {
    if (auto found = find_finding(from, place.row)) page.items.push_back(std::move(*found));
  }
  return page;
}

}  // namespace camfleet::store
