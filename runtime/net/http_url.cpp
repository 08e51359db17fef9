#include "runtime/net/http_url.hpp"

#include <algorithm>
#include <cctype>
#include <optional>

#include "actors/base/text.hpp"
#include "runtime/net/http_handles.hpp"

namespace camfleet::net {
namespace {

constexpr unsigned lenient = CURLU_URLENCODE | CURLU_ALLOW_SPACE | CURLU_NON_SUPPORT_SCHEME;

std::optional<std::string> part_of(CURLU* url, CURLUPart part, unsigned flags = 0) {
  char* text = nullptr;
  if (curl_url_get(url, part, &text, flags) != CURLUE_OK) return std::nullopt;
  return std::string(CurlPtr<char>(text).get());
}

}  // namespace

result<HttpUrl> parse_http_url(const std::string& text, const std::string& base) {
  const CurlPtr<CURLU> parts(curl_url());
  if (parts == nullptr) return fail(Errc::limit, "", "no memory for a URL");
  const bool has_base =
      base.empty() || curl_url_set(parts.get(), CURLUPART_URL, base.c_str(), lenient) == CURLUE_OK;
  if (!has_base || curl_url_set(parts.get(), CURLUPART_URL, text.c_str(), lenient) != CURLUE_OK)
    return fail(Errc::unreachable, "", "leads to what is no URL");
  const auto scheme = part_of(parts.get(), CURLUPART_SCHEME);
  if (scheme != "http" && scheme != "https")
    return fail(Errc::unsupported, "", "leads to what is neither http:// nor https://");
  HttpUrl url;
  url.user = part_of(parts.get(), CURLUPART_USER, CURLU_URLDECODE).value_or("");
  url.password = part_of(parts.get(), CURLUPART_PASSWORD, CURLU_URLDECODE).value_or("");
  url.host.host = part_of(parts.get(), CURLUPART_HOST).value_or("");
  const auto port = parse_int(part_of(parts.get(), CURLUPART_PORT, CURLU_DEFAULT_PORT).value_or(""));
  for (const CURLUPart login : {CURLUPART_USER, CURLUPART_PASSWORD})
    curl_url_set(parts.get(), login, nullptr, 0);
  const auto plain = part_of(parts.get(), CURLUPART_URL);
  if (url.host.host.empty() || !port || !plain) return fail(Errc::unreachable, "", "leads to what is no URL");
  url.text = *plain;
  url.host.port = static_cast<std::uint16_t>(*port);
  std::ranges::transform(url.host.host, url.host.host.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  url.origin = *scheme + "://" + url.host.host + ":" + std::to_string(url.host.port);
  if (url.host.host.starts_with('[')) url.host.host = url.host.host.substr(1, url.host.host.size() - 2);
  return url;
}

}  // namespace camfleet::net
