#include "runtime/media/http_kind.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <string>
#include <utility>

#include "actors/base/text.hpp"
#include "runtime/media/http_input.hpp"
#include "runtime/media/secrets.hpp"
#include "runtime/net/http_transfer.hpp"

namespace camfleet::media {
namespace {

constexpr std::size_t looked_at_bytes = 32;
constexpr std::string_view right_kinds =
    "right would be HLS, FLV, MJPEG or MP4, or rtsp:// of the same camera";

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
constexpr std::array<std::string_view, 13> first_boxes{"ftyp", "styp", "moov", "moof", "mdat", "free", "skip",
                                                       "wide", "sidx", "emsg", "prft", "uuid", "pnot"};
/// An MP4 that may go on and on says so within its first bytes.
constexpr std::size_t most_of_mp4 = 64U << 10U;

template <std::size_t count>
std::optional<HttpKind> find_name(const std::array<Names, count>& names, std::string_view name) {
  const auto found = std::ranges::find(names, name, &Names::first);
  return found == names.end() ? std::nullopt : std::optional(found->second);
}

SourceTraits traits_of_kind(HttpKind kind) {
  return {.kind = kind == HttpKind::mp4 ? SourceKind::recorded : SourceKind::live};
}

/// Only recordings are begun somewhere, or again.
bool is_played_as_recorded(const SourceUrl& url) {
  return url.query.contains("loop") || url.query.contains("start");
}

/// Other recordings than MP4: Matroska and WebM, AVI, Ogg.
bool is_other_recording(std::string_view bytes) {
  return bytes.starts_with("\x1A\x45\xDF\xA3") || bytes.starts_with("OggS") ||
         (bytes.starts_with("RIFF") && bytes.size() >= 12 && bytes.substr(8, 4) == "AVI ");
}

/// "a page", "a picture", or nothing, of what is no video.
std::string_view no_video(std::string_view bytes, std::string_view content_type) {
  const std::string type = to_lower(content_type.substr(0, content_type.find(';')));
  const std::string begin = to_lower(bytes.substr(0, 14));
  if (begin.starts_with("<!doctype html") || begin.starts_with("<html") || type == "text/html")
    return "a page";
  const bool is_picture = bytes.starts_with("\xFF\xD8\xFF") || bytes.starts_with("\x89PNG");
  return is_picture ? "a picture" : "";
}

/// The first bytes of an answer.
class Beginning {
 public:
  explicit Beginning(net::HttpTransfer& transfer) : transfer_(&transfer) {}

  /// Reads until there are so many, or no more come.
  std::string_view up_to(std::size_t count) {
    std::array<std::uint8_t, 4096> part{};
    while (bytes_.size() < count && !is_over_) {
      const auto got = transfer_->read(std::span(part).first(std::min(part.size(), count - bytes_.size())));
      ended_ = got.has_value() && got.value() == 0;
      is_over_ = ended_ || !got.has_value();
      if (!is_over_) bytes_.append(part.begin(), part.begin() + static_cast<std::ptrdiff_t>(got.value()));
    }
    return bytes_;
  }
  /// All of it has come.
  [[nodiscard]] bool ended() const { return ended_; }

 private:
  net::HttpTransfer* transfer_;
  std::string bytes_;
  bool is_over_ = false;
  bool ended_ = false;
};

/// Whether an MP4 whose length nobody says goes on and on; none: it has not shown by the deadline.
std::optional<bool> is_endless(Beginning& beginning) {
  for (std::size_t count = looked_at_bytes;; count = std::min(count * 2, most_of_mp4)) {
    const std::string_view bytes = beginning.up_to(count);
    // A file of fragments, which says so in its index, and one that begins within it.
    if (bytes.find("mvex") != std::string_view::npos || bytes.find("moof") != std::string_view::npos)
      return true;
    if (bytes.find("mdat") != std::string_view::npos || beginning.ended() || bytes.size() >= most_of_mp4)
      return false;
    if (bytes.size() < count) return std::nullopt;
  }
}

}  // namespace

result<std::optional<HttpKind>> said_kind(const SourceUrl& url) {
  const auto found = url.query.find("kind");
  if (found == url.query.end()) return std::optional<HttpKind>();
  const auto kind = find_name(kinds, to_lower(found->second));
  if (kind && *kind != HttpKind::mp4 && is_played_as_recorded(url))
    return fail(Errc::invalid_field, url.text,
                "loop and start are of recorded footage, and kind " + quote(found->second) + " is live");
  if (kind) return kind;
  return fail(Errc::invalid_field, url.text,
              "kind is " + quote(redacted(found->second)) + "; right would be hls, flv, mp4 or mjpeg");
}

std::optional<HttpKind> kind_by_ending(const SourceUrl& url) {
  const std::string path = to_lower(url.path);
  const std::size_t dot = path.rfind('.');
  return dot == std::string::npos ? std::nullopt : find_name(endings, std::string_view(path).substr(dot));
}

std::optional<HttpKind> kind_by_answer(std::string_view bytes, std::string_view content_type) {
  if (bytes.starts_with("#EXTM3U") || bytes.starts_with("\xEF\xBB\xBF#EXTM3U")) return HttpKind::hls;
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
  if (is_played_as_recorded(url)) return traits_of_kind(HttpKind::mp4);
  const auto ending = kind_by_ending(url);
  SourceTraits traits = ending ? traits_of_kind(*ending) : SourceTraits{};
  traits.is_guess = !ending || *ending == HttpKind::mp4;
  return traits;
}

result<SourceTraits> ask_http_server(const SourceUrl& url, const AskOptions& options) {
  const auto until = std::chrono::steady_clock::now() + options.limit;
  const auto must_stop = [&options, until] {
    return std::chrono::steady_clock::now() >= until || (options.must_stop && options.must_stop());
  };
  CAMFLEET_TRY(auto client, http_client_of(url, must_stop));
  net::HttpTransfer transfer(*client);
  const auto with_url = [&](const Error& error) { return Error{error.code, url.text, error.what}; };
  const auto opened =
      transfer.open(address_of(url), {.first = 0, .end = std::nullopt, .is_asked = true, .unpacks = false});
  if (!opened.has_value()) return pass(with_url(opened.error()));
  const net::HttpHead& head = transfer.head();
  Beginning beginning(transfer);
  // A playlist may be shorter than that; who sends a head and nothing else has said what it is.
  const std::string_view bytes = head.is_encoded() ? std::string_view() : beginning.up_to(looked_at_bytes);
  if (const auto what = no_video(bytes, head.content_type()); !what.empty())
    return fail(Errc::unsupported, url.text,
                "is " + std::string(what) + ", and no video; " + std::string(right_kinds));
  if (is_other_recording(bytes)) return traits_of_kind(HttpKind::mp4);
  const auto kind = kind_by_answer(bytes, head.content_type());
  if (kind != HttpKind::mp4 || head.size() || head.is_encoded())
    return kind ? traits_of_kind(*kind) : SourceTraits{};
  const auto endless = is_endless(beginning);
  if (!endless) return fail(Errc::timed_out, url.text, "does not say whether it has an end");
  return *endless ? SourceTraits{} : traits_of_kind(HttpKind::mp4);
}

}  // namespace camfleet::media
