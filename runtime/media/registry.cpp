#include "runtime/media/registry.hpp"

#include "runtime/media/descriptors.hpp"
#include "runtime/media/file_source.hpp"
#include "runtime/media/http_input.hpp"
#include "runtime/media/http_kind.hpp"
#include "runtime/media/live_input.hpp"
#include "runtime/media/picture_source.hpp"
#include "runtime/media/playback.hpp"
#include "runtime/media/source_url.hpp"

namespace camfleet::media {
namespace {

Scheme always(const SourceTraits& traits, std::string example) {
  Scheme scheme;
  scheme.traits = [traits](const SourceUrl&) { return traits; };
  scheme.example = std::move(example);
  return scheme;
}

result<void> check_hosts(const SourceUrl& url) {
  CAMFLEET_TRY([[maybe_unused]] const auto hosts, named_hosts(url));
  return success();
}

result<void> check_http(const SourceUrl& url) {
  CAMFLEET_CHECK(check_hosts(url));
  CAMFLEET_TRY([[maybe_unused]] const auto kind, said_kind(url));
  return success();
}

}  // namespace

void SourceRegistry::add(std::string name, Scheme scheme) {
  schemes_.insert_or_assign(std::move(name), std::move(scheme));
}

std::string SourceRegistry::examples() const {
  std::string text;
  const Scheme* last = nullptr;
  for (const auto& [name, scheme] : schemes_) {
    if (scheme.example.empty()) continue;
    if (last != nullptr) text.append(text.empty() ? "" : ", ").append(last->example);
    last = &scheme;
  }
  if (last != nullptr) text.append(text.empty() ? "" : " or ").append(last->example);
  return text;
}

std::vector<std::string> SourceRegistry::schemes() const {
  std::vector<std::string> names;
  for (const auto& [name, scheme] : schemes_) names.push_back(name);
  return names;
}

result<SourceTraits> SourceRegistry::traits_of(const SourceUrl& url) const {
  const auto found = schemes_.find(url.scheme);
  if (found != schemes_.end() && found->second.check) CAMFLEET_CHECK(found->second.check(url));
  const auto traits = found == schemes_.end() ? std::nullopt : found->second.traits(url);
  if (traits) return *traits;
  return fail(Errc::unsupported, "", url.text + " cannot be pulled; right would be " + examples());
}

result<SourceTraits> SourceRegistry::ask_server(const SourceUrl& url, const AskOptions& options) const {
  CAMFLEET_TRY(const SourceTraits traits, traits_of(url));
  const auto found = schemes_.find(url.scheme);
  if (!traits.is_guess || !found->second.ask_server) return traits;
  return found->second.ask_server(url, options);
}

result<void> SourceRegistry::ask(const SourceUrl& url, const DeviceSpec& device) const {
  const auto found = schemes_.find(url.scheme);
  if (found == schemes_.end() || !found->second.asked) return success();
  return found->second.asked(url, device);
}

result<std::unique_ptr<Source>> SourceRegistry::open(std::string_view text,
                                                     const OpenOptions& options) const {
  CAMFLEET_TRY(const SourceUrl url, parse_source_url(text));
  const auto found = schemes_.find(url.scheme);
  if (found == schemes_.end() || !found->second.open) {
    std::string known;
    for (const auto& [name, scheme] : schemes_) {
      if (scheme.open) known.append(known.empty() ? "" : ", ").append(name);
    }
    return fail(Errc::unsupported, url.text, "scheme '" + url.scheme + "' is not known; known are: " + known);
  }
  CAMFLEET_CHECK(check_descriptors());
  auto opened = found->second.open(url, options);
  if (!opened.has_value()) CAMFLEET_CHECK(check_descriptors());
  CAMFLEET_TRY(auto source, std::move(opened));
  CAMFLEET_TRY(const Playback playback, playback_of(url));
  return with_playback(std::move(source), playback, url.text);
}

result<std::unique_ptr<PacketSource>> SourceRegistry::connect(const SourceUrl& url,
                                                              const LiveOptions& options) const {
  const auto found = schemes_.find(url.scheme);
  if (found != schemes_.end() && found->second.connect) {
    CAMFLEET_CHECK(check_descriptors());
    auto connected = found->second.connect(url, options);
    // What failed for want of one is not the camera's fault.
    if (!connected.has_value()) CAMFLEET_CHECK(check_descriptors());
    return connected;
  }
  return fail(Errc::unsupported, url.text, "scheme '" + url.scheme + "' has no live streams");
}

void register_file_schemes(SourceRegistry& registry) {
  Scheme file = always({.kind = SourceKind::recorded, .is_here = true}, "file://");
  file.open = open_file_source;
  registry.add("file", std::move(file));
  Scheme pictures = always({.kind = SourceKind::pictures, .is_here = true}, "pictures://");
  pictures.open = open_picture_source;
  registry.add("pictures", std::move(pictures));
}

void register_network_schemes(SourceRegistry& registry) {
  Scheme http;
  http.traits = http_traits;
  http.ask_server = ask_http_server;
  http.open = open_file_source;
  http.connect = open_live_input;
  http.check = check_http;
  http.example = "http(s):// to HLS, FLV, MJPEG or MP4";
  registry.add("http", http);
  http.example.clear();
  registry.add("https", std::move(http));
  for (const char* name : {"rtsp", "rtmp"}) {
    Scheme scheme = always({}, std::string(name) + "://");
    scheme.connect = open_live_input;
    scheme.check = check_hosts;
    registry.add(name, scheme);
    scheme.example.clear();
    registry.add(std::string(name) + "s", std::move(scheme));
  }
}

}  // namespace camfleet::media
