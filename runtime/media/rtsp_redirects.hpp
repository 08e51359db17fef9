#pragma once

#include <string>
#include <utility>

#include "actors/base/error.hpp"
#include "runtime/media/rtsp_connect.hpp"
#include "runtime/media/source.hpp"
#include "runtime/net/reach.hpp"

namespace camfleet::media {

/// Where a camera leads who asks it for its pictures over RTSP, one connection attempt after the other.
class RtspRedirects {
 public:
  /// Errors: invalid_field (its hosts).
  static result<RtspRedirects> of(const SourceUrl& url);

  /// What to connect to for `led_to`, at most four times: its host is replaced by the address that was found
  /// within reach. The camera's login goes along as far as to its own host. Errors, with the camera's URL:
  /// unreachable.
  result<SourceUrl> follow(const std::string& led_to);

 private:
  RtspRedirects(const SourceUrl& url, RtspAddress own, net::Reach reach)
      : where_(url.text), scheme_(url.scheme), own_(std::move(own)), reach_(std::move(reach)) {}

  std::string where_;
  std::string scheme_;
  RtspAddress own_;
  net::Reach reach_;
  int followed_ = 0;
};

}  // namespace camfleet::media
