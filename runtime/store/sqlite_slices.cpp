#include <algorithm>
#include <array>
#include <limits>
#include <string>
#include <string_view>

#include "runtime/store/newest.hpp"
#include "runtime/store/sqlite_changes.hpp"
#include "runtime/store/sqlite_pages.hpp"

namespace camfleet::store {
namespace {

constexpr std::array<const char*, 4> outcomes{"done", "partial", "missed", "skipped"};
constexpr Nanoseconds latest = std::numeric_limits<Nanoseconds>::max();

/// What a query asks of slices that have ended, in the form that statements need.
struct Asked {
  explicit Asked(const Query& asked)
      : query(asked),
        instances(sorted_instances(asked)),
        from(asked.from.value_or(std::numeric_limits<Nanoseconds>::min())),
        to(asked.to.value_or(latest)),
        newest(asked.after && !asked.after->is_open ? std::min(to, asked.after->at) : to) {
    for (const char* outcome : outcomes) {
      // What is done has no reason.
      const bool can_be = !asked.reason || std::string_view(outcome) != "done";
      if (can_be && (!asked.outcome || *asked.outcome == outcome)) wanted.emplace_back(outcome);
    }
  }
  const Query& query;
  std::vector<std::int64_t> instances;
  Nanoseconds from;
  Nanoseconds to;
  Nanoseconds newest;  ///< nothing later than this is on the page
  std::vector<std::string> wanted;

  [[nodiscard]] bool has(std::int64_t instance) const {
    return std::ranges::binary_search(instances, instance);
  }
  [[nodiscard]] bool has_outcome(SQLite::Column&& outcome) const {
    return wanted.size() == outcomes.size() || std::ranges::find(wanted, outcome.getString()) != wanted.end();
  }
  [[nodiscard]] bool has_reason(SQLite::Column&& reason) const {
    return !query.reason || (!reason.isNull() && reason.getString() == *query.reason);
  }
  [[nodiscard]] bool has_time(Nanoseconds due) const { return due < to || to == latest; }
  /// Of a row with due, instance, outcome and reason from a column on.
  [[nodiscard]] bool matches(SQLite::Statement& row, int column) const {
    return has(row.getColumn(column + 1).getInt64()) && has_time(row.getColumn(column).getInt64()) &&
           has_outcome(row.getColumn(column + 2)) && has_reason(row.getColumn(column + 3));
  }
};

Place place_of(SQLite::Statement& row, int due, std::int64_t instance, const std::string& device) {
  return {{.at = row.getColumn(due).getInt64(), .id = instance, .device = device},
          row.getColumn(0).getInt64()};
}

void offer_device(Connection& from, const Asked& asked, const std::string& device, Newest& newest) {
  from.rows_while(
      "SELECT rowid, due, instance, outcome, reason FROM slices INDEXED BY slices_by_device WHERE device = ? "
      "AND "
      "due >= ? AND due <= ? ORDER BY due DESC",
      [&](SQLite::Statement& to) { SQLite::bind(to, device, asked.from, asked.newest); },
      [&](SQLite::Statement& row) {
        if (!asked.matches(row, 1)) return true;
        return newest.offer(place_of(row, 1, row.getColumn(2).getInt64(), device));
      });
}

std::uint64_t count_device(Connection& from, const Asked& asked, const std::string& device) {
  std::uint64_t count = 0;
  from.rows(
      "SELECT due, instance, outcome, reason FROM slices INDEXED BY slices_by_device WHERE device = ? AND "
      "due >= ? "
      "AND due <= ?",
      [&](SQLite::Statement& to) { SQLite::bind(to, device, asked.from, asked.to); },
      [&](SQLite::Statement& row) { count += asked.matches(row, 0) ? 1 : 0; });
  return count;
}

void offer_instance(Connection& from, const Asked& asked, std::int64_t instance, const std::string& outcome,
                    Newest& newest) {
  from.rows_while(
      "SELECT rowid, due, device, reason FROM slices WHERE instance = ? AND outcome = ? AND due >= ? AND due "
      "<= ? "
      "ORDER BY due DESC, device DESC",
      [&](SQLite::Statement& to) { SQLite::bind(to, instance, outcome, asked.from, asked.newest); },
      [&](SQLite::Statement& row) {
        if (!asked.has_reason(row.getColumn(3)) || !asked.has_time(row.getColumn(1).getInt64())) return true;
        return newest.offer(place_of(row, 1, instance, row.getColumn(2).getString()));
      });
}

/// Nothing that is older is among the newest `most` of the instances.
Nanoseconds reach(Connection& from, const Asked& asked, std::size_t most) {
  const std::size_t rows = rows_for_reach(most, asked.instances.size());
  if (rows == 0) return asked.from;
  // What is as new as the last page's last one may have been on it.
  const Nanoseconds newest = asked.query.after ? asked.newest - 1 : asked.newest;
  std::vector<Nanoseconds> dues;
  for (const std::string& outcome : asked.wanted) {
    for (const std::int64_t instance : asked.instances) {
      std::size_t left = rows;
      from.rows_while(
          "SELECT due, reason FROM slices WHERE instance = ? AND outcome = ? AND due >= ? AND due <= ? "
          "ORDER BY due DESC, device DESC",
          [&](SQLite::Statement& to) { SQLite::bind(to, instance, outcome, asked.from, newest); },
          [&](SQLite::Statement& row) {
            const Nanoseconds due = row.getColumn(0).getInt64();
            if (!asked.has_reason(row.getColumn(1)) || !asked.has_time(due)) return true;
            dues.push_back(due);
            return --left > 0;
          });
    }
  }
  return reach_of(std::move(dues), most, asked.from);
}

void offer_everybody(Connection& from, const Asked& asked, const std::string& outcome, Newest& newest) {
  from.rows_while(
      "SELECT rowid, due, instance, device, reason FROM slices WHERE outcome = ? AND due >= ? AND due <= ? "
      "ORDER BY due DESC, instance DESC, device DESC",
      [&](SQLite::Statement& to) { SQLite::bind(to, outcome, asked.from, asked.newest); },
      [&](SQLite::Statement& row) {
        const std::int64_t instance = row.getColumn(2).getInt64();
        if (!asked.has(instance) || !asked.has_reason(row.getColumn(4)) ||
            !asked.has_time(row.getColumn(1).getInt64()))
          return true;
        return newest.offer(place_of(row, 1, instance, row.getColumn(3).getString()));
      });
}

/// Rows that stand for many slices and begin before the time that is asked for: they match within it.
std::uint64_t offer_spans_around(Connection& from, const Asked& asked, Newest& newest) {
  std::uint64_t count = 0;
  const bool may_match = std::ranges::find(asked.wanted, "missed") != asked.wanted.end();
  if (!asked.query.from || !may_match) return 0;
  from.rows(
      "SELECT rowid, due, instance, reason FROM slices WHERE until > ?1 AND due < ?1 AND due < ?2 AND "
      "instance IN "
      "(SELECT value FROM json_each(?3)) ORDER BY due DESC",
      [&](SQLite::Statement& to) { SQLite::bind(to, asked.from, asked.to, list_text(asked.instances)); },
      [&](SQLite::Statement& row) {
        if (!asked.has_reason(row.getColumn(3))) return;
        ++count;
        newest.offer(place_of(row, 1, row.getColumn(2).getInt64(), ""));
      });
  return count;
}

std::uint64_t count_between(Connection& from, const Asked& asked, Nanoseconds first, Nanoseconds end) {
  std::uint64_t count = 0;
  if (first >= end) return 0;
  const bool are_few = asked.instances.size() <= few_instances;
  const std::string index = are_few ? "slices_by_outcome" : "slices_newest";
  for (const std::string& outcome : asked.wanted) {
    from.rows(
        "SELECT reason FROM slices INDEXED BY " + index +
            " WHERE outcome = ? AND due >= ? AND due < ? AND instance IN "
            "(SELECT value FROM json_each(?))",
        [&](SQLite::Statement& to) { SQLite::bind(to, outcome, first, end, list_text(asked.instances)); },
        [&](SQLite::Statement& row) {
          if (asked.has_reason(row.getColumn(0))) ++count;
        });
  }
  return count;
}

std::uint64_t count_kept(Connection& from, const Asked& asked, const Spans& spans) {
  std::uint64_t count = 0;
  const auto read = [&](const std::string& more, std::optional<std::int64_t> instance) {
    from.rows(
        std::string("SELECT instance, outcome, slices, reason FROM slice_counts WHERE ") + spans.condition() +
            more,
        [&](SQLite::Statement& to) {
          SQLite::bind(to, spans.first, spans.end);
          if (instance) to.bind(3, *instance);
        },
        [&](SQLite::Statement& row) {
          if (asked.has_outcome(row.getColumn(1)) && asked.has(row.getColumn(0).getInt64()) &&
              asked.has_reason(row.getColumn(3)))
            count += static_cast<std::uint64_t>(row.getColumn(2).getInt64());
        });
  };
  if (spans.first == spans.end) return 0;
  if (asked.instances.size() > few_instances) {
    read("", std::nullopt);
  } else {
    for (const std::int64_t instance : asked.instances) read(" AND instance = ?3", instance);
  }
  return count;
}

std::uint64_t count(Connection& from, const Asked& asked) {
  if (const auto& device = asked.query.device)
    return count_device(from, asked, *device) + (device->empty() ? 0 : count_device(from, asked, ""));
  const CountedTime time(asked.query);
  return count_between(from, asked, time.from, time.whole_from) + count_kept(from, asked, time.spans()) +
         count_between(from, asked, time.whole_to, time.to);
}

SliceRecord read_slice(Connection& from, std::int64_t row_id) {
  SliceRecord slice;
  from.rows(
      "SELECT instance, device, due, outcome, line FROM slices WHERE rowid = ?",
      [&](SQLite::Statement& to) { to.bind(1, row_id); },
      [&](SQLite::Statement& row) {
        slice = {{row.getColumn(0).getInt64(), row.getColumn(1).getString(), row.getColumn(2).getInt64()},
                 row.getColumn(3).getString(),
                 row.getColumn(4).getString()};
      });
  return slice;
}

/// As many as run at one time: all are looked at.
std::vector<OpenSlice> open_slices(Connection& from, const Query& query) {
  std::vector<OpenSlice> open;
  const std::vector<std::int64_t> instances = sorted_instances(query);
  from.rows("SELECT instance, device, due, planned FROM open_slices", [&](SQLite::Statement& row) {
    OpenSlice one = read_open(row);
    const bool is_asked = std::ranges::binary_search(instances, one.name.instance) &&
                          (!query.device || one.name.device == *query.device) &&
                          (!query.from || one.name.due >= *query.from) &&
                          (!query.to || one.name.due < *query.to);
    if (is_asked) open.push_back(std::move(one));
  });
  return open;
}

Cursor cursor_of(const OpenSlice& slice) {
  return {.is_open = true, .at = slice.name.due, .id = slice.name.instance, .device = slice.name.device};
}

/// The page's slices that run; what is left of its offset and its limit. True: more of them follow.
bool list_open(Connection& from, Query& rest, SlicePage& page) {
  std::vector<OpenSlice> open = open_slices(from, rest);
  page.total = open.size();
  if (rest.after && !rest.after->is_open) return false;
  std::ranges::sort(
      open, [](const OpenSlice& a, const OpenSlice& b) { return is_newer(cursor_of(a), cursor_of(b)); });
  if (rest.after)
    std::erase_if(open, [&](const OpenSlice& one) { return !is_newer(*rest.after, cursor_of(one)); });
  const std::size_t first = std::min(rest.offset, open.size());
  const std::size_t count = std::min(rest.limit, open.size() - first);
  for (std::size_t i = 0; i < count; ++i) page.open.push_back(std::move(open[first + i]));
  rest.offset -= first;
  rest.limit -= count;
  rest.after.reset();
  return first + count < open.size();
}

/// Whether a list of many instances is shorter to find among everybody's rows than one instance after the
/// other.
bool are_most(Connection& from, const Asked& asked, std::uint64_t matching) {
  if (asked.instances.size() > most_instances) return true;
  std::uint64_t all = 0;
  from.rows("SELECT outcome, sum(slices) FROM slice_counts WHERE span = -1000000000 GROUP BY outcome",
            [&](SQLite::Statement& row) {
              if (asked.has_outcome(row.getColumn(0)))
                all += static_cast<std::uint64_t>(row.getColumn(1).getInt64());
            });
  return matching > all / least_share;
}

void offer_all(Connection& from, Asked asked, std::uint64_t matching, Newest& newest) {
  if (matching == 0) return;
  if (const auto& device = asked.query.device) {
    offer_device(from, asked, *device, newest);
    if (!device->empty()) offer_device(from, asked, "", newest);
    return;
  }
  const bool are_few = asked.instances.size() <= few_instances || !are_most(from, asked, matching);
  if (are_few) asked.from = reach(from, asked, wanted_places(asked.query));
  for (const std::string& outcome : asked.wanted) {
    if (!are_few) {
      offer_everybody(from, asked, outcome, newest);
      continue;
    }
    for (const std::int64_t instance : asked.instances)
      offer_instance(from, asked, instance, outcome, newest);
  }
}

/// True: some follow the page.
bool list_ended(Connection& from, const Query& rest, SlicePage& page) {
  const Asked asked(rest);
  const std::uint64_t matching = count(from, asked);
  Newest newest(wanted_places(rest), rest.after, matching);
  offer_all(from, asked, matching, newest);
  page.total += matching + offer_spans_around(from, asked, newest);
  std::vector<Place> all = newest.take();
  const bool has_more = all.size() > rest.offset && all.size() - rest.offset > rest.limit;
  auto [places, next] = cut_page(std::move(all), rest.offset, rest.limit);
  for (const Place& place : places) page.ended.push_back(read_slice(from, place.row));
  page.next = std::move(next);
  return has_more;
}

}  // namespace

OpenSlice read_open(SQLite::Statement& row) {
  return {{row.getColumn(0).getInt64(), row.getColumn(1).getString(), row.getColumn(2).getInt64()},
          row.getColumn(3).getInt64()};
}

SlicePage list_slices(Connection& from, const Query& query) {
  SlicePage page;
  Query rest = query;
  bool has_more = false;
  if (query.state != SliceState::ended && !query.outcome && !query.reason)
    has_more = list_open(from, rest, page);
  if (query.state != SliceState::open) has_more = list_ended(from, rest, page) || has_more;
  if (page.ended.empty() && !page.open.empty() && has_more) page.next = cursor_of(page.open.back());
  return page;
}

}  // namespace camfleet::store
