#pragma once

#include <string>

#include "actors/error.hpp"
#include "runtime/media/source.hpp"
#include "runtime/net/reach.hpp"

namespace camfleet::media {

/// Where a camera leads who asks it for its pictures over RTSP, one connection attempt after the other.
class RtspRedirects {
 public:
  /// Errors: invalid_field (its hosts).
  static result<RtspRedirects> of(const SourceUrl& url);

  /// What to connect to for `led_to`, at most four times: its host is replaced by the address that was found
  /// within reach. Errors, with the camera's URL: unreachable.
  result<std::string> follow(const std::string& led_to);

 private:
  RtspRedirects(std::string where, net::Reach reach) : where_(std::move(where)), reach_(std::move(reach)) {}

  std::string where_;
  net::Reach reach_;
  int followed_ = 0;
};

}  // namespace camfleet::media
