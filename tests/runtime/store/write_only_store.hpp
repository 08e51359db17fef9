#pragma once

#include <optional>

#include "runtime/store/store.hpp"

namespace camfleet::store {

/// A store of which a test looks at the commits alone: nothing is ever read.
class WriteOnlyStore : public Store {
 public:
  result<State> load() override { return State{}; }
  result<Withdrawn> withdraw(Nanoseconds) override { return Withdrawn{}; }
  result<SlicePage> slices(const Query&) override { return SlicePage{}; }
  result<Page<FindingRecord>> findings(const Query&) override { return Page<FindingRecord>{}; }
  result<std::optional<FindingRecord>> finding(std::int64_t) override {
    return std::optional<FindingRecord>();
  }
};

}  // namespace camfleet::store
