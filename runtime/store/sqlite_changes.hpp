#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/store/sqlite_connection.hpp"
#include "runtime/store/store.hpp"

namespace camfleet::store {

/// A JSON array of whole numbers.
std::string list_text(const std::vector<std::int64_t>& numbers);
std::optional<std::vector<std::int64_t>> read_list(std::string_view text);

/// What became of a change: only a finding may be left out, see Committed.
enum class Applied { stored, repeated, orphaned };

/// Stores one change, within the caller's transaction. Errors: broken_invariant, see Store::commit. Throws
/// SQLite::Exception.
result<Applied> apply(Connection& to, const Change& change);

/// See Store::withdraw; within the caller's transaction. Throws SQLite::Exception.
Withdrawn withdraw_missed(Connection& from, Nanoseconds now);

}  // namespace camfleet::store
