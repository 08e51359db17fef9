#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

#include "actors/base/error.hpp"
#include "actors/base/time.hpp"
#include "runtime/media/secrets.hpp"
#include "runtime/media/source.hpp"

namespace camfleet::media {

inline constexpr std::size_t max_url_bytes = 8192;

/// Errors: invalid_field, with the allowed keys, when the query has any other.
result<void> check_query(const SourceUrl& url, std::initializer_list<std::string_view> allowed);

/// "12", "0.5": seconds ≥ 0 as a decimal of at most 9 places, below 10⁹. Errors: invalid_field with `where`.
result<Duration> parse_decimal_seconds(std::string_view text, const std::string& where);

}  // namespace camfleet::media
