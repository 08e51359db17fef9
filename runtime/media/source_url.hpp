#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

#include "actors/error.hpp"
#include "actors/time.hpp"
#include "runtime/media/secrets.hpp"
#include "runtime/media/source.hpp"

namespace camfleet::media {

inline constexpr std::size_t max_url_bytes = 8192;

/// Errors: invalid_field, with the allowed keys, when the query has any other.
result<void> check_query(const SourceUrl& url, std::initializer_list<std::string_view> allowed);

/// "12", "0.5": seconds ≥ 0 as a decimal of at most 9 places, below 10⁹. Errors: invalid_field with `where`.
result<Duration> parse_decimal_seconds(std::string_view text, const std::string& where);

/// What a URL's scheme and path say of how its footage comes.
enum class Arrival { recorded, live, unknown };

/// file, pictures and http(s) to .mp4 are recorded; rtsp(s), rtmp(s), http(s) to .m3u8 and .flv are live.
Arrival arrival_of(const SourceUrl& url);

/// Errors: unsupported: nothing here reads such a URL.
result<void> check_pulled(const SourceUrl& url);

}  // namespace camfleet::media
