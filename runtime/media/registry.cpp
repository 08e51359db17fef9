#include "runtime/media/file_source.hpp"
#include "runtime/media/picture_source.hpp"
#include "runtime/media/playback.hpp"
#include "runtime/media/source.hpp"
#include "runtime/media/source_url.hpp"

namespace camfleet::media {

void SourceRegistry::add(std::string scheme, Factory factory) {
  factories_.insert_or_assign(std::move(scheme), std::move(factory));
}

result<std::unique_ptr<Source>> SourceRegistry::open(std::string_view text,
                                                     const OpenOptions& options) const {
  CAMFLEET_TRY(const SourceUrl url, parse_source_url(text));
  const auto found = factories_.find(url.scheme);
  if (found == factories_.end()) {
    std::string known;
    for (const auto& [scheme, factory] : factories_) known += (known.empty() ? "" : ", ") + scheme;
    return fail(Errc::unsupported, url.text, "scheme '" + url.scheme + "' is not known; known are: " + known);
  }
  CAMFLEET_TRY(auto source, found->second(url, options));
  if (source->info().kind == SourceKind::live) return source;
  CAMFLEET_TRY(const Playback playback, playback_of(url));
  return with_playback(std::move(source), playback, url.text);
}

void register_file_schemes(SourceRegistry& registry) {
  registry.add("file", open_file_source);
  registry.add("pictures", open_picture_source);
}

void register_network_schemes(SourceRegistry& registry) {
  registry.add("http", open_file_source);
  registry.add("https", open_file_source);
}

}  // namespace camfleet::media
