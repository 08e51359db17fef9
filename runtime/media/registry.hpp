#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "actors/base/error.hpp"
#include "actors/spec/spec.hpp"
#include "runtime/media/packet_source.hpp"
#include "runtime/media/source.hpp"

namespace camfleet::media {

/// How a server is asked what it sends.
struct AskOptions {
  Duration limit = seconds(2);
  std::function<bool()> must_stop{};  ///< asked at least each 100 ms; true ends it. Empty: never
};

/// What is known of a URL scheme, all in one place.
struct Scheme {
  /// What its sources are; none: such a URL of the scheme is not read.
  std::function<std::optional<SourceTraits>(const SourceUrl&)> traits;
  /// Opens recorded sources and sets of pictures; empty: it has none.
  std::function<result<std::unique_ptr<Source>>(const SourceUrl&, const OpenOptions&)> open;
  /// Connects to live streams; empty: it has none.
  std::function<result<std::unique_ptr<PacketSource>>(const SourceUrl&, const LiveOptions&)> connect;
  /// Whether a URL of the scheme can be read at all; empty: it is not known before it is opened. Errors: with
  /// the URL as their place.
  std::function<result<void>(const SourceUrl&)> check;
  /// Asks the server of a URL whose traits are a guess; empty: there is none to ask. Errors: it does not say.
  std::function<result<SourceTraits>(const SourceUrl&, const AskOptions&)> ask_server;
  /// An instance names a device of the scheme, and what it asks of it; empty: it makes no difference. Errors:
  /// it cannot be had.
  std::function<result<void>(const SourceUrl&, const DeviceSpec&)> asked;
  std::string example;  ///< what to write, for who wrote something else: "rtsp://"; empty: not told
};

/// Which scheme is opened by what. The tools register further schemes; a lookup never climbs a floor.
class SourceRegistry {
 public:
  /// Replaces an earlier scheme of that name, which is in small letters.
  void add(std::string name, Scheme scheme);

  /// In the order of the alphabet.
  [[nodiscard]] std::vector<std::string> schemes() const;

  /// What a source is by its URL. Errors: unsupported, with what would be right; those of the scheme's check.
  [[nodiscard]] result<SourceTraits> traits_of(const SourceUrl& url) const;

  /// What its server says that it is, where its traits are a guess; else these. Errors: those of traits_of;
  /// it does not say.
  [[nodiscard]] result<SourceTraits> ask_server(const SourceUrl& url, const AskOptions& options) const;

  /// An instance names a device of this URL. Errors: what it asks cannot be had.
  [[nodiscard]] result<void> ask(const SourceUrl& url, const DeviceSpec& device) const;

  /// Opens recorded media or pictures; `?loop=1` and `?start=SECONDS` are handled here for every scheme.
  /// Errors carry the URL as their place: invalid_field (URL, query), unsupported (scheme, codec), not_found,
  /// forbidden (no right to read it), unreadable, too_large, corrupt (opens, but is not decodable media),
  /// timed_out. At "this machine": limit (no descriptor is left).
  [[nodiscard]] result<std::unique_ptr<Source>> open(std::string_view url, const OpenOptions& options) const;

  /// Connects to a live stream. Errors, with the URL without its secrets: unsupported (it is not live),
  /// unreachable, timed_out, corrupt, too_large, invalid_field; limit, at "this machine".
  [[nodiscard]] result<std::unique_ptr<PacketSource>> connect(const SourceUrl& url,
                                                              const LiveOptions& options) const;

 private:
  [[nodiscard]] std::string examples() const;

  std::map<std::string, Scheme, std::less<>> schemes_;
};

/// Adds `file://` and `pictures://`.
void register_file_schemes(SourceRegistry& registry);

/// Adds `rtsp://`, `rtmp://` and `http://`, and each of them over TLS.
void register_network_schemes(SourceRegistry& registry);

}  // namespace camfleet::media
