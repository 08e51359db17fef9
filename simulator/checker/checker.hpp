#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "actors/base/error.hpp"
#include "actors/ledger/ledger.hpp"
#include "simulator/checker/breaches.hpp"
#include "simulator/checker/checked_plan.hpp"
#include "simulator/checker/due_slices.hpp"

namespace camfleet::check {

/// A finding, by the plan's numbers.
struct CheckedFinding {
  std::uint32_t instance = 0;
  std::uint32_t device = 0;
  std::uint32_t algorithm = 0;  ///< position in the instance's list
  Instant due{};                ///< of its slice
  Instant at{};
  /// As its line says: of a sample that the ledger has given up; none: nobody has said.
  std::optional<bool> is_late{};
};

/// Looks at what a run or a service has written down, and at nothing else: every slice that the calendar owes
/// has one row, and no other one is there; rows add up, judge as they should and have parts that follow each
/// other; each finding is of a sample that its row counts, and there once. It has code of its own for all of
/// it, slow and plain.
class Checker {
 public:
  /// Rows and findings, together.
  static constexpr std::size_t most_records = 50'000'000;

  explicit Checker(CheckedPlan plan) : plan_(std::move(plan)) {}

  /// A row: `key` has the plan's numbers. Errors: limit, of this and the next two.
  result<void> row(const SliceRow& row);
  /// One row for all slices that were due in [from, to).
  result<void> rows_together(std::uint32_t instance, Instant from, Instant to, std::uint64_t slices);
  result<void> finding(const CheckedFinding& finding);
  /// A slice that is known to be due and has no row.
  void open(std::uint32_t instance, std::uint32_t device, Instant due);

  /// All is told.
  void close();

  [[nodiscard]] const CheckedPlan& plan() const { return plan_; }
  [[nodiscard]] Breaches& breaches() { return breaches_; }
  [[nodiscard]] const Breaches& breaches() const { return breaches_; }
  [[nodiscard]] std::uint64_t rows() const { return rows_.size(); }
  [[nodiscard]] std::uint64_t findings() const { return findings_.size(); }

 private:
  struct Row {
    std::uint32_t instance;
    std::uint32_t device;
    Instant due;
    Duration planned;
    Outcome outcome;
    Reason reason;
    bool has_node;
    std::uint32_t first_count;  ///< in analysed_
    [[nodiscard]] std::tuple<std::uint32_t, Instant, std::uint32_t> order() const {
      return {instance, due, device};
    }
  };
  struct Together {
    std::uint32_t instance;
    Instant from;
    Instant to;
    std::uint64_t slices;
  };

  [[nodiscard]] std::string name(std::uint32_t instance, std::uint32_t device, Instant due) const;
  [[nodiscard]] std::string name(const SliceRow& row) const;
  result<void> has_room() const;
  // What is to be seen in a row alone.
  void check_sums(const SliceRow& row, const CheckedInstance& instance);
  void check_verdict(const SliceRow& row);
  void check_times(const SliceRow& row);
  void check_parts(const SliceRow& row);
  // What is to be seen in all of them.
  void compare(const std::vector<DueSlice>& due, std::uint32_t instance);
  void compare_sums(const std::vector<DueSlice>& without_row, std::uint32_t instance);
  void compare_planned(const Row& row, const DueSlice& due, const CheckedInstance& instance);
  void check_healed(const Row& row, const CheckedInstance& instance);
  void check_findings();
  /// Those of one slice and algorithm, [first, last) of findings_.
  void check_group(std::size_t first, std::size_t last);

  CheckedPlan plan_;
  Breaches breaches_;
  std::vector<Row> rows_;
  std::vector<std::uint32_t> analysed_;  ///< of rows, by algorithm
  std::map<std::tuple<std::uint32_t, Instant, std::uint32_t>, std::vector<GivenUp>> given_up_;  ///< by row
  std::vector<Together> together_;
  std::vector<CheckedFinding> findings_;
};

}  // namespace camfleet::check
