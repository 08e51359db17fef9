#include "runtime/media/source_url.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <optional>

#include "actors/text.hpp"

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

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

/// Nothing when an escape is not %XX or stands for a zero byte.
std::optional<std::string> decoded(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out.push_back(text[i]);
      continue;
    }
    if (i + 2 >= text.size()) return std::nullopt;
    const int high = hex_value(text[i + 1]);
    const int low = hex_value(text[i + 2]);
    if (high < 0 || low < 0 || high + low == 0) return std::nullopt;
    out.push_back(static_cast<char>(high * 16 + low));
    i += 2;
  }
  return out;
}

bool names_a_secret(std::string_view key) {
  constexpr std::array<std::string_view, 6> names = {"password", "passwd", "pwd", "pass", "token", "secret"};
  return std::find(names.begin(), names.end(), lower(key)) != names.end();
}

void append_redacted_query(std::string& out, std::string_view query) {
  while (true) {
    const std::size_t end = std::min(query.find('&'), query.size());
    const std::string_view pair = query.substr(0, end);
    const std::size_t equals = pair.find('=');
    if (equals != std::string_view::npos && names_a_secret(pair.substr(0, equals))) {
      out.append(pair.substr(0, equals + 1)).append("***");
    } else {
      out.append(pair);
    }
    if (end == query.size()) return;
    out.push_back('&');
    query.remove_prefix(end + 1);
  }
}

result<void> parse_query(std::string_view query, SourceUrl& url) {
  while (!query.empty()) {
    const std::size_t end = std::min(query.find('&'), query.size());
    const std::string_view pair = query.substr(0, end);
    query.remove_prefix(std::min(end + 1, query.size()));
    const std::size_t equals = std::min(pair.find('='), pair.size());
    const auto key = decoded(pair.substr(0, equals));
    const auto value = decoded(pair.substr(std::min(equals + 1, pair.size())));
    if (!key || !value) {
      return fail(Errc::invalid_field, url.text,
                  "the query has a broken escape; write a percent sign as %25");
    }
    if (key->empty() || equals == pair.size()) {
      return fail(Errc::invalid_field, url.text, "the query must be key=value pairs joined by &");
    }
    if (!url.query.emplace(*key, *value).second) {
      return fail(Errc::invalid_field, url.text, "the query has twice: " + name_text(*key));
    }
  }
  return success();
}

}  // namespace

std::string redacted(std::string_view text) {
  const std::size_t found = text.find(separator);
  const std::size_t start = found == std::string_view::npos ? 0 : found + separator.size();
  std::string out(text.substr(0, start));
  std::string_view rest = text.substr(start);
  const bool has_authority = found != std::string_view::npos && !rest.starts_with('/');
  const std::size_t at = rest.rfind('@');
  if (has_authority && at != std::string_view::npos) {
    const std::size_t colon = rest.find(':');
    if (colon < at) {
      out.append(rest.substr(0, colon)).append(":***");
      rest.remove_prefix(at);
    }
  }
  const std::size_t question = rest.find('?');
  if (question == std::string_view::npos) return out.append(rest);
  out.append(rest.substr(0, question + 1));
  append_redacted_query(out, rest.substr(question + 1));
  return out;
}

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
  const std::size_t colon = text.find(separator);
  const std::string_view scheme = text.substr(0, std::min(colon, text.size()));
  if (colon == std::string_view::npos || scheme.empty() ||
      !std::all_of(scheme.begin(), scheme.end(), scheme_character)) {
    const std::string where = url.text.empty() ? "source URL" : url.text;
    return fail(Errc::invalid_field, where, "has no scheme; a file is written as file:///folder/clip.mp4");
  }
  url.scheme = lower(scheme);
  std::string_view rest = text.substr(colon + separator.size());
  if (is_network(url)) {
    const std::size_t hash = std::min(rest.find('#'), rest.size());
    CAMFLEET_CHECK(parse_query(rest.substr(std::min(hash + 1, rest.size())), url));
    rest = rest.substr(0, hash);
  }
  const std::size_t question = std::min(rest.find('?'), rest.size());
  const auto path = decoded(rest.substr(0, question));
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
    return fail(Errc::invalid_field, url.text,
                std::string("unknown query key '").append(key).append("'; allowed are: ").append(names));
  }
  return success();
}

result<Duration> parse_decimal_seconds(std::string_view text, const std::string& where) {
  const auto wrong = [&] {
    return fail(Errc::invalid_field, where,
                std::string("'").append(text).append(
                    "' is not a number of seconds; right would be 5 or 0.25 (0 to 999999999)"));
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

Arrival arrival_of(const SourceUrl& url) {
  constexpr std::array<std::string_view, 4> streams{"rtsp", "rtsps", "rtmp", "rtmps"};
  if (url.scheme == "file" || url.scheme == "pictures") return Arrival::recorded;
  if (std::ranges::find(streams, url.scheme) != streams.end()) return Arrival::live;
  if (url.scheme != "http" && url.scheme != "https") return Arrival::unknown;
  if (url.path.ends_with(".mp4")) return Arrival::recorded;
  if (url.path.ends_with(".m3u8") || url.path.ends_with(".flv")) return Arrival::live;
  return Arrival::unknown;
}

result<void> check_pulled(const SourceUrl& url) {
  if (arrival_of(url) != Arrival::unknown) return success();
  return fail(Errc::unsupported, "",
              url.text +
                  " cannot be pulled; right would be rtsp://, rtmp://, http(s):// to .m3u8, .flv or .mp4, "
                  "file:// or pictures://");
}

}  // namespace camfleet::media
