#include "runtime/media/rtsp_redirects.hpp"

#include <utility>

#include "actors/base/text.hpp"
#include "runtime/media/http_input.hpp"
#include "runtime/media/rtsp_connect.hpp"
#include "runtime/media/source_url.hpp"

namespace camfleet::media {
namespace {

constexpr int most_redirects = 4;

net::HostPort host_of(const RtspAddress& address) {
  return {address.host, static_cast<std::uint16_t>(parse_int(address.port).value_or(0))};
}

}  // namespace

result<RtspRedirects> RtspRedirects::of(const SourceUrl& url) {
  CAMFLEET_TRY(auto named, named_hosts(url));
  RtspAddress own = rtsp_address(url);
  net::Reach reach(host_of(own), std::move(named));
  return RtspRedirects(url, std::move(own), std::move(reach));
}

result<SourceUrl> RtspRedirects::follow(const std::string& led_to) {
  if (++followed_ > most_redirects) return fail(Errc::unreachable, where_, "leads elsewhere again and again");
  auto url = parse_source_url(led_to);
  if (!url.has_value() || (url.value().scheme != "rtsp" && url.value().scheme != "rtsps"))
    return fail(Errc::unreachable, where_, "leads to what is neither rtsp:// nor rtsps://");
  const RtspAddress address = rtsp_address(url.value());
  auto found = net::resolve_within(reach_, host_of(address));
  if (!found.has_value()) return fail(Errc::unreachable, where_, found.error().what);
  const bool is_own = address.host == own_.host && url.value().scheme == scheme_;
  const std::string login = address.login.empty() && is_own ? own_.login : address.login;
  const std::string host =
      found.value().find(':') == std::string::npos ? found.value() : "[" + found.value() + "]";
  return parse_source_url(url.value().scheme + "://" + login + host + ":" + address.port + address.rest);
}

}  // namespace camfleet::media
