#pragma once

#include <optional>
#include <string_view>

#include "actors/base/error.hpp"
#include "actors/base/time.hpp"
#include "runtime/media/registry.hpp"
#include "runtime/media/source.hpp"

/// What an http URL leads to: a recording, or a stream that is live. Its own words come first, then its
/// server's, then its ending.
namespace camfleet::media {

enum class HttpKind { hls, flv, mp4, mjpeg };

/// What `#kind=` says; none: nothing. Errors: invalid_field.
result<std::optional<HttpKind>> said_kind(const SourceUrl& url);

/// What the ending of its path says, in any case: .m3u8, .m3u, .flv, .mp4, .m4v, .mov, .mjpg, .mjpeg; none:
/// nothing.
std::optional<HttpKind> kind_by_ending(const SourceUrl& url);

/// What an answer is by its first bytes, else by its Content-Type; none: nothing of these.
std::optional<HttpKind> kind_by_answer(std::string_view first_bytes, std::string_view content_type);

/// By `#kind=`, else recorded where it has `#loop=` or `#start=`, else by the ending, else live. Where that
/// leaves open what it is, is_guess is set: an MP4 may be without end, and what has no ending anything.
SourceTraits http_traits(const SourceUrl& url);

/// What the server says that it is. An MP4 without a length that goes on in fragments is
/// live, one with a length recorded. Errors, with the URL without its secrets: unreachable, timed_out,
/// invalid_field, limit: it is not known; unsupported: it is a page or a picture.
result<SourceTraits> ask_http_server(const SourceUrl& url, const AskOptions& options);

}  // namespace camfleet::media
