#pragma once

#include <string>
#include <string_view>

#include "actors/base/error.hpp"
#include "runtime/api/action.hpp"
#include "runtime/store/store.hpp"

namespace camfleet::api {

/// Where a page ended, as a caller hands it back for the next one: letters, digits, - and _.
std::string token_of(const store::Cursor& cursor);

/// Errors: invalid_field, of NextToken: no page ended so.
result<store::Cursor> cursor_of(std::string_view token);

/// Of lists that are read from the store: what is skipped must be looked at.
inline constexpr std::int64_t most_page = 100;

Field next_token_field();

/// The part of a list that a call asks for, by its PageSize and either its NextToken or the number of the
/// page, which the action calls `page_field`. Errors: invalid_field.
result<void> set_page(const Call& call, std::string_view page_field, store::Query& query);

}  // namespace camfleet::api
