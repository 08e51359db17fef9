#include "runtime/media/source_url.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>

#include "actors/base/text.hpp"
#include "runtime/media/percent.hpp"

namespace camfleet::media {

namespace {

constexpr std::string_view separator = "://";

bool scheme_character(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '+' || c == '-' || c == '.';
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

/// The part of a network URL that has its user, its host and its port.
std::string_view authority_of(std::string_view rest) {
  return rest.substr(0, rest.find_first_of("/?#"));
}

/// False for what is not a port, and above 65535.
bool is_port(std::string_view text) {
  const bool digits = std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
  return digits && !text.empty() && parse_int(text).value_or(65536) <= 65535;
}

/// True for what is hardly a user: an address, a name with its domain, this machine; or a usual port behind
/// it.
bool is_clearly_host(std::string_view name, std::string_view port) {
  constexpr std::array<std::string_view, 7> usual{"554", "8554", "80", "443", "8080", "1935", "322"};
  if (name.starts_with('[')) return true;
  if (name.find(':') != std::string_view::npos) return false;
  return name.find('.') != std::string_view::npos || lower(name) == "localhost" ||
         std::ranges::find(usual, port) != usual.end();
}

/// True when the authority ends within a user or a password: that would be taken for a host and a path.
bool cuts_user(std::string_view rest) {
  const std::size_t hash = std::min(rest.find('#'), rest.size());
  if (rest.find('@', hash) != std::string_view::npos) return true;
  const std::string_view authority = authority_of(rest);
  const std::size_t colon = authority.rfind(':');
  const std::size_t at = rest.find('@');
  if (at == std::string_view::npos || at < authority.size() || colon == std::string_view::npos) return false;
  const std::string_view port = authority.substr(colon + 1);
  if (!is_port(port)) return true;
  // A password may begin with digits; but a path may have an @ too.
  const bool in_path = at < rest.find_first_of("?#", authority.size() + 1);
  return in_path && !is_clearly_host(authority.substr(0, colon), port);
}

/// Errors: invalid_field; nothing of what follows a # is told.
result<void> check_authority(std::string_view rest, const SourceUrl& url) {
  if (cuts_user(rest))
    return fail(Errc::invalid_field, url.text.substr(0, url.text.find('#')),
                "has a #, / or ? in its user or password; write it as %23, %2F or %3F, and an @ as %40");
  const std::string_view authority = authority_of(rest);
  const std::string_view host = authority.substr(authority.rfind('@') + 1);
  if (host.empty() || host.starts_with(':'))
    return fail(Errc::invalid_field, url.text,
                "has no host; right would be " + url.scheme + "://10.0.0.1/path");
  return success();
}

result<void> parse_query(std::string_view query, SourceUrl& url) {
  while (!query.empty()) {
    const std::size_t end = std::min(query.find('&'), query.size());
    const std::string_view pair = query.substr(0, end);
    query.remove_prefix(std::min(end + 1, query.size()));
    const std::size_t equals = std::min(pair.find('='), pair.size());
    const auto key = percent_decoded(pair.substr(0, equals));
    const auto value = percent_decoded(pair.substr(std::min(equals + 1, pair.size())));
    if (!key || !value) {
      return fail(Errc::invalid_field, url.text,
                  "the query has a broken escape; write a percent sign as %25");
    }
    if (key->empty() || equals == pair.size()) {
      return fail(Errc::invalid_field, url.text, "the query must be key=value pairs joined by &");
    }
    if (!url.query.emplace(*key, *value).second) {
      return fail(Errc::invalid_field, url.text, "the query has twice: " + name_text(redacted(*key)));
    }
  }
  return success();
}

}  // namespace

bool is_network(const SourceUrl& url) {
  constexpr std::array<std::string_view, 6> schemes{"http", "https", "rtsp", "rtsps", "rtmp", "rtmps"};
  return std::find(schemes.begin(), schemes.end(), url.scheme) != schemes.end();
}

std::string address_of(const SourceUrl& url) {
  return is_network(url) ? url.secret_text.substr(0, url.secret_text.find('#')) : url.secret_text;
}

result<SourceUrl> parse_source_url(std::string_view text) {
  if (text.size() > max_url_bytes) {
    return fail(Errc::invalid_field, "source URL",
                "has " + std::to_string(text.size()) + " bytes; at most " + std::to_string(max_url_bytes));
  }
  SourceUrl url;
  url.text = redacted(text);
  url.secret_text = text;
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
  if (std::ranges::any_of(text, is_control)) {
    // It would end the line of a message that names it.
    std::ranges::replace_if(url.text, is_control, '?');
    return fail(Errc::invalid_field, url.text,
                "has a control character, like a line feed; write one that belongs to it as %0A");
  }
  const std::size_t colon = text.find(separator);
  const std::string_view scheme = text.substr(0, std::min(colon, text.size()));
  if (colon == std::string_view::npos || scheme.empty() ||
      !std::all_of(scheme.begin(), scheme.end(), scheme_character)) {
    const std::string where = url.text.empty() ? "source URL" : url.text;
    return fail(Errc::invalid_field, where,
                "has no scheme; a camera is written as rtsp://10.0.0.1/path, a file as "
                "file:///folder/clip.mp4");
  }
  url.scheme = lower(scheme);
  std::string_view rest = text.substr(colon + separator.size());
  if (is_network(url)) {
    CAMFLEET_CHECK(check_authority(rest, url));
    const std::size_t hash = std::min(rest.find('#'), rest.size());
    CAMFLEET_CHECK(parse_query(rest.substr(std::min(hash + 1, rest.size())), url));
    rest = rest.substr(0, hash);
  }
  const std::size_t question = std::min(rest.find('?'), rest.size());
  const auto path = percent_decoded(rest.substr(0, question));
  if (!path) {
    return fail(Errc::invalid_field, url.text, "the path has a broken escape; write a percent sign as %25");
  }
  if (path->empty()) return fail(Errc::invalid_field, url.text, "has no path after " + url.scheme + "://");
  url.path = *path;
  if (!is_network(url)) {
    CAMFLEET_CHECK(parse_query(rest.substr(std::min(question + 1, rest.size())), url));
  }
  return url;
}

std::string file_url(std::string_view absolute_path, std::string_view scheme) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  constexpr std::string_view plain = "/-._~!$'()*+,;=:@";
  std::string out(scheme);
  out.append(separator);
  for (const char c : absolute_path) {
    const auto byte = static_cast<unsigned char>(c);
    const bool letter = byte < 0x80 && std::isalnum(byte) != 0;
    if (letter || plain.find(c) != std::string_view::npos) {
      out.push_back(c);
    } else {
      out.append({'%', digits[byte >> 4], digits[byte & 15]});
    }
  }
  return out;
}

result<void> check_query(const SourceUrl& url, std::initializer_list<std::string_view> allowed) {
  for (const auto& [key, value] : url.query) {
    if (std::find(allowed.begin(), allowed.end(), key) != allowed.end()) continue;
    std::string names;
    for (const std::string_view name : allowed) names.append(names.empty() ? "" : ", ").append(name);
    return fail(
        Errc::invalid_field, url.text,
        std::string("unknown query key '").append(redacted(key)).append("'; allowed are: ").append(names));
  }
  return success();
}

result<Duration> parse_decimal_seconds(std::string_view text, const std::string& where) {
  const auto wrong = [&] {
    return fail(Errc::invalid_field, where,
                std::string("'")
                    .append(redacted(text))
                    .append("' is not a number of seconds; right would be 5 or 0.25 (0 to 999999999)"));
  };
  const std::size_t point = std::min(text.find('.'), text.size());
  const std::string_view whole = text.substr(0, point);
  const std::string_view places = text.substr(std::min(point + 1, text.size()));
  const auto digits_only = [](std::string_view part) {
    return !part.empty() && part.size() <= 9 &&
           std::all_of(part.begin(), part.end(), [](char c) { return c >= '0' && c <= '9'; });
  };
  if (!digits_only(whole) || (point < text.size() && !digits_only(places))) return wrong();
  std::int64_t value = 0;
  std::from_chars(whole.data(), whole.data() + whole.size(), value);
  std::int64_t scale = 1'000'000'000;
  std::int64_t total = value * scale;
  for (const char c : places) total += (c - '0') * (scale /= 10);
  return Duration(total);
}

}  // namespace camfleet::media
