#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <functional>
#include <utility>
#include <vector>

#include <SQLiteCpp/SQLiteCpp.h>
#include <fmt/format.h>
#include <unistd.h>

#include "runtime/store/store.hpp"
#include "tools/camfleet/bench/bench.hpp"

namespace camfleet::cli {
namespace {

using namespace store;

constexpr int instances = 1000;
constexpr int slices = 2'000'000;  ///< every second one has a finding
constexpr Nanoseconds first_due = 1'772'380'800LL * 1'000'000'000;
constexpr Nanoseconds round_time = 600LL * 1'000'000'000;
constexpr Nanoseconds last_due = first_due + slices / instances * round_time;
constexpr std::size_t changes_at_once = 20'000;
constexpr std::size_t page = 100;
constexpr double most_cpu_ms = 20;

/// CPU of this thread.
double cpu_ms() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) / 1e6;
}

void add_slice(std::vector<Change>& changes, int round, int instance) {
  const SliceName name{instance, fmt::format("cam-{}", instance), first_due + round * round_time + instance};
  const bool is_missed = (round * 7 + instance) % 50 == 0;
  changes.emplace_back(SliceDue{name, 60});
  changes.emplace_back(SliceEnded{
      {name, is_missed ? "missed" : "done",
       fmt::format(
           R"({{"instance":"{}","device":"{}","due_at":"2026-03-02T10:00:00Z","reason":{},"node":"local","algorithms":[{{"algorithm":"2","due":60,"analysed":60,"gated":0,"dropped":{{}}}}]}})",
           instance, name.device, is_missed ? R"("camera_offline")" : "null")}});
  if (round % 2 != 0) return;
  const int kind = round / 2 + instance;
  const std::string line = fmt::format(
      R"({{"instance":"{}","device":"{}","boxes":[{{"label":"{}","score":0.9,"x":1,"y":2,"w":3,"h":4}}]}})",
      instance, name.device, kind % 3 == 0 ? "face" : "person");
  changes.emplace_back(PutFinding{{0, name, kind % 5 == 0 ? "1" : "2", name.due + 5, line, ""}});
}

result<void> fill(Store& store) {
  std::vector<Change> changes;
  for (int i = 1; i <= instances; ++i) changes.emplace_back(PutInstance{{i, "p", "n", "{}", {}, 1}});
  for (int round = 0; round < slices / instances; ++round) {
    for (int i = 1; i <= instances; ++i) add_slice(changes, round, i);
    if (changes.size() < changes_at_once) continue;
    CAMFLEET_CHECK(store.commit(changes));
    changes.clear();
  }
  CAMFLEET_CHECK(store.commit(changes));
  return success();
}

/// The median of five.
result<double> cpu_ms_of(const std::function<result<void>()>& read) {
  std::vector<double> took;
  for (int i = 0; i < 5; ++i) {
    const double before = cpu_ms();
    CAMFLEET_CHECK(read());
    took.push_back(cpu_ms() - before);
  }
  std::ranges::sort(took);
  return took[2];
}

/// As many rows as a page has, by their key.
result<double> bare_read(const std::string& path) {
  const SQLite::Database database(path, SQLite::OPEN_READONLY);
  SQLite::Statement row(database, "SELECT instance, device, due, outcome, line FROM slices WHERE rowid = ?");
  std::size_t bytes = 0;
  auto took = cpu_ms_of([&]() -> result<void> {
    for (std::size_t i = 0; i < page; ++i) {
      row.bind(1, static_cast<std::int64_t>(slices / 2 + i * 100));
      if (row.executeStep()) bytes += row.getColumn(4).getString().size();
      row.reset();
    }
    return success();
  });
  if (bytes == 0) return fail(Errc::broken_invariant, path, "has no rows");
  return took;
}

struct Asked {
  const char* name;
  bool is_of_findings;
  std::function<void(Query&)> set;
};

std::vector<Asked> all_asked() {
  constexpr std::size_t far = 99 * page;
  const auto thirds = [](Query& query) {
    query.from = first_due + (last_due - first_due) / 3 + 7;
    query.to = first_due + (last_due - first_due) * 2 / 3 + 7;
  };
  return {{"slices", false, [](Query&) {}},
          {"slices, page 100", false, [](Query& query) { query.offset = far; }},
          {"slices, by token from the middle", false,
           [](Query& query) {
             query.after = Cursor{false, (first_due + last_due) / 2, 5, ""};
           }},
          {"slices of a third of the time", false, thirds},
          {"slices with a reason", false, [](Query& query) { query.reason = "camera_offline"; }},
          {"slices of a device", false, [](Query& query) { query.device = "cam-7"; }},
          {"slices of 100 instances, page 100", false,
           [](Query& query) {
             query.instances.resize(100);
             query.offset = far;
           }},
          {"findings", true, [](Query&) {}},
          {"findings, page 100", true, [](Query& query) { query.offset = far; }},
          {"findings of 100 instances, page 100", true,
           [](Query& query) {
             query.instances.resize(100);
             query.offset = far;
           }},
          {"findings of a label, page 100", true,
           [](Query& query) {
             query.label = "face";
             query.offset = far;
           }},
          {"findings of a label that is not there", true, [](Query& query) { query.label = "nobody"; }},
          {"findings of a label and an algorithm", true,
           [](Query& query) {
             query.label = "face";
             query.algorithm = "1";
           }},
          {"findings of a label, of a third of the time", true, [thirds](Query& query) {
             query.label = "face";
             thirds(query);
           }}};
}

result<Figures> measure_pages(Store& store, const std::string& path) {
  Figures figures;
  CAMFLEET_TRY(const double bare, bare_read(path));
  figures.push_back({fmt::format("bare SQLite, {} rows by their key", page), bare, "ms of CPU"});
  for (const Asked& asked : all_asked()) {
    Query query;
    for (int i = 1; i <= instances; ++i) query.instances.push_back(i);
    query.limit = page;
    asked.set(query);
    CAMFLEET_TRY(const double took, cpu_ms_of([&]() -> result<void> {
                   if (asked.is_of_findings) {
                     CAMFLEET_CHECK(store.findings(query));
                   } else {
                     CAMFLEET_CHECK(store.slices(query));
                   }
                   return success();
                 }));
    figures.push_back({fmt::format("a page of {}", asked.name), took, "ms of CPU", most_cpu_ms, true});
  }
  return figures;
}

}  // namespace

result<Figures> bench_pages() {
  std::string folder = (std::filesystem::temp_directory_path() / "camfleet-pages-XXXXXX").string();
  if (mkdtemp(folder.data()) == nullptr) return fail(Errc::io, folder, "cannot be made");
  const std::string path = folder + "/camfleet.db";
  result<Figures> figures = Figures{};
  {
    CAMFLEET_TRY(const auto store, open_sqlite(path));
    auto filled = fill(*store);
    figures = filled.has_value() ? measure_pages(*store, path) : pass(filled.error());
  }
  std::error_code ignored;
  std::filesystem::remove_all(folder, ignored);
  return figures;
}

}  // namespace camfleet::cli
