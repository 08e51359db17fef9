#include "runtime/media/http_kind.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <string>
#include <utility>

#include "actors/text.hpp"
#include "runtime/media/http_input.hpp"
#include "runtime/media/secrets.hpp"
#include "runtime/net/http_transfer.hpp"

namespace camfleet::media {
namespace {

constexpr std::size_t looked_at_bytes = 32;

using Names = std::pair<std::string_view, HttpKind>;
constexpr std::array<Names, 4> kinds{
    {{"hls", HttpKind::hls}, {"flv", HttpKind::flv}, {"mp4", HttpKind::mp4}, {"mjpeg", HttpKind::mjpeg}}};
constexpr std::array<Names, 8> endings{{{".m3u8", HttpKind::hls},
                                        {".m3u", HttpKind::hls},
                                        {".flv", HttpKind::flv},
                                        {".mp4", HttpKind::mp4},
                                        {".m4v", HttpKind::mp4},
                                        {".mov", HttpKind::mp4},
                                        {".mjpg", HttpKind::mjpeg},
                                        {".mjpeg", HttpKind::mjpeg}}};
/// IANA's media types, and those that cameras and servers use instead.
constexpr std::array<Names, 9> types{{{"application/vnd.apple.mpegurl", HttpKind::hls},
                                      {"application/x-mpegurl", HttpKind::hls},
                                      {"audio/mpegurl", HttpKind::hls},
                                      {"audio/x-mpegurl", HttpKind::hls},
                                      {"video/x-flv", HttpKind::flv},
                                      {"video/mp4", HttpKind::mp4},
                                      {"application/mp4", HttpKind::mp4},
                                      {"video/quicktime", HttpKind::mp4},
                                      {"multipart/x-mixed-replace", HttpKind::mjpeg}}};
/// The boxes that an MP4 file begins with (ISO/IEC 14496-12), their sizes before them.
constexpr std::array<std::string_view, 8> first_boxes{"ftyp", "styp", "moov", "moof",
                                                      "mdat", "free", "skip", "wide"};

template <std::size_t count>
std::optional<HttpKind> find_name(const std::array<Names, count>& names, std::string_view name) {
  const auto found = std::ranges::find(names, name, &Names::first);
  return found == names.end() ? std::nullopt : std::optional(found->second);
}

SourceTraits traits_of_kind(HttpKind kind) {
  return {.kind = kind == HttpKind::mp4 ? SourceKind::recorded : SourceKind::live};
}

}  // namespace

result<std::optional<HttpKind>> said_kind(const SourceUrl& url) {
  const auto found = url.query.find("kind");
  if (found == url.query.end()) return std::optional<HttpKind>();
  if (const auto kind = find_name(kinds, found->second)) return kind;
  return fail(Errc::invalid_field, url.text,
              "kind is " + quote(redacted(found->second)) + "; right would be hls, flv, mp4 or mjpeg");
}

std::optional<HttpKind> kind_by_ending(const SourceUrl& url) {
  const std::string path = to_lower(url.path);
  const std::size_t dot = path.rfind('.');
  return dot == std::string::npos ? std::nullopt : find_name(endings, std::string_view(path).substr(dot));
}

std::optional<HttpKind> kind_by_answer(std::span<const std::uint8_t> first_bytes,
                                       std::string_view content_type) {
  const std::string_view bytes(reinterpret_cast<const char*>(first_bytes.data()), first_bytes.size());
  if (bytes.starts_with("#EXTM3U")) return HttpKind::hls;
  if (bytes.starts_with("FLV")) return HttpKind::flv;
  if (bytes.size() >= 8 && std::ranges::find(first_boxes, bytes.substr(4, 4)) != first_boxes.end())
    return HttpKind::mp4;
  std::string_view type = content_type.substr(0, content_type.find(';'));
  while (type.ends_with(' ')) type.remove_suffix(1);
  return find_name(types, to_lower(type));
}

SourceTraits http_traits(const SourceUrl& url) {
  const auto said = said_kind(url);
  if (said.has_value() && said.value()) return traits_of_kind(*said.value());
  const auto ending = kind_by_ending(url);
  SourceTraits traits = ending ? traits_of_kind(*ending) : SourceTraits{};
  traits.is_guess = !ending || *ending == HttpKind::mp4;
  return traits;
}

result<SourceTraits> ask_http_server(const SourceUrl& url, Duration limit) {
  const auto until = std::chrono::steady_clock::now() + limit;
  const auto must_stop = [until] { return std::chrono::steady_clock::now() >= until; };
  CAMFLEET_TRY(auto client, http_client_of(url, must_stop));
  net::HttpTransfer transfer(*client);
  const auto with_url = [&](const Error& error) { return Error{error.code, url.text, error.what}; };
  const auto opened = transfer.open(address_of(url), {.first = 0, .end = std::nullopt, .is_asked = true});
  if (!opened.has_value()) return BOOST_OUTCOME_V2_NAMESPACE::failure(with_url(opened.error()));
  std::array<std::uint8_t, looked_at_bytes> bytes{};
  std::size_t count = 0;
  while (count < bytes.size()) {
    const auto got = transfer.read(std::span(bytes).subspan(count));
    // A playlist may be shorter than that; who sends a head and nothing else has said what it is.
    if (!got.has_value() || got.value() == 0) break;
    count += got.value();
  }
  const auto kind = kind_by_answer(std::span(bytes).first(count), transfer.head().content_type());
  if (kind != HttpKind::mp4 || transfer.head().size()) return kind ? traits_of_kind(*kind) : SourceTraits{};
  return SourceTraits{};
}

}  // namespace camfleet::media
