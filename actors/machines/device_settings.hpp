#pragma once

#include <cstdint>

#include "actors/base/time.hpp"

namespace camfleet {

/// How a device treats its streams.
struct DeviceSettings {
  Duration retry_first = seconds(1);    ///< pause before the first reconnect; doubles with each failure …
  Duration retry_most = seconds(30);    ///< … up to this; a quarter of jitter either way
  Duration answer_grace = seconds(10);  ///< live: a slice waits this long after its end for open samples
  Duration linger = seconds(10);        ///< live: a prepared stream is kept this long after the slice was due
  /// Live, of one connection: from when a stream is to be closed until another node may open one. A thread
  /// that waits for packets looks every tenth of a second whether it is to end.
  Duration hang_up = milliseconds(250);
  std::uint32_t credit = 2;           ///< live: samples of one slice that may wait for analysis at once
  std::uint32_t recorded_credit = 1;  ///< the same of recorded footage and pictures
};

inline constexpr DeviceSettings usual_device_settings;

}  // namespace camfleet
