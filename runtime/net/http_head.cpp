#include "runtime/net/http_head.hpp"

#include <algorithm>
#include <cctype>

#include "actors/base/text.hpp"

namespace camfleet::net {
namespace {

constexpr std::size_t most_text = 256;
constexpr std::size_t most_location = 8192;

std::string_view trimmed(std::string_view text) {
  const auto is_blank = [](char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; };
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

bool same_name(std::string_view a, std::string_view b) {
  return std::ranges::equal(
      a, b, [](unsigned char x, unsigned char y) { return std::tolower(x) == std::tolower(y); });
}

std::optional<std::int64_t> bytes_of(std::string_view text) {
  const auto number = parse_int(text);
  return number && *number >= 0 ? std::optional<std::int64_t>(*number) : std::nullopt;
}

}  // namespace

std::optional<std::int64_t> HttpHead::size() const {
  if (is_encoded_) return std::nullopt;
  return total_ ? total_ : length_;
}

void HttpHead::take_encoding(std::string_view value) {
  is_encoded_ = !same_name(value, "identity");
  const bool is_usual = same_name(value, "gzip") || same_name(value, "x-gzip") || same_name(value, "deflate");
  if (is_encoded_ && !is_usual) strange_encoding_ = value.substr(0, most_text);
}

void HttpHead::take(std::string_view line) {
  // What speaks ICY is a server of web radio (SHOUTcast), and HTTP but for its first word.
  if (line.starts_with("HTTP/") || line.starts_with("ICY ")) {
    *this = HttpHead();
    const std::string_view rest = trimmed(line.substr(std::min(line.find(' '), line.size())));
    const std::size_t blank = std::min(rest.find(' '), rest.size());
    status_ = static_cast<int>(parse_int(rest.substr(0, blank)).value_or(0));
    reason_ = trimmed(rest.substr(blank)).substr(0, most_text);
    return;
  }
  if (trimmed(line).empty()) {
    is_whole_ = status_ >= 200;
    return;
  }
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return;
  const std::string_view name = line.substr(0, colon);
  const std::string_view value = trimmed(line.substr(colon + 1));
  if (same_name(name, "Location")) location_ = value.substr(0, most_location);
  if (same_name(name, "Content-Type")) content_type_ = value.substr(0, most_text);
  if (same_name(name, "Content-Length")) length_ = bytes_of(value);
  if (same_name(name, "Content-Encoding")) take_encoding(value);
  if (same_name(name, "Accept-Ranges")) accepts_ranges_ = same_name(value, "bytes");
  if (same_name(name, "Content-Range")) {
    const std::size_t slash = std::min(value.find('/'), value.size());
    const std::string_view range = value.substr(0, slash);
    total_ = bytes_of(value.substr(std::min(slash + 1, value.size())));
    const std::size_t from = std::min(range.find_last_of(" =") + 1, range.size());
    first_ = bytes_of(range.substr(from, range.find('-', from) - from)).value_or(0);
  }
}

}  // namespace camfleet::net
