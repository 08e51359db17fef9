#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "actors/base/error.hpp"
#include "actors/base/time.hpp"
#include "runtime/media/interrupt.hpp"
#include "runtime/media/source.hpp"

namespace camfleet::media {

/// A socket that is closed with its owner.
class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor();
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  [[nodiscard]] int number() const { return number_; }
  [[nodiscard]] bool is_open() const { return number_ >= 0; }

 private:
  int number_ = -1;
};

/// Bytes of the body of one answer over RTSP, an SDP most of all; those of cameras have some KiB, and FFmpeg
/// makes up to 10 KiB of each line in it.
constexpr std::int64_t most_rtsp_body = 64 << 10;

/// The error for a camera that claims more.
Error large_body_error(const std::string& where, std::int64_t claimed);

/// The URL of a camera in the parts that a connection needs.
struct RtspAddress {
  std::string user;           ///< decoded; empty: none is given
  std::string password;       ///< decoded
  bool has_password = false;  ///< one is given, even an empty one
  std::string login;          ///< "user:password@" as the URL has it, or ""
  std::string host;           ///< without the brackets of IPv6
  std::string port = "554";
  std::string base;  ///< "rtsp://host:port", as the URL has them; of rtsps too
  std::string rest;  ///< from the path on, "" or "/path?query"
};

/// Of a URL whose scheme is rtsp or rtsps.
RtspAddress rtsp_address(const SourceUrl& url);

/// A TCP connection to it, which does not block. Errors, with `where`: unreachable, timed_out, ended
/// (interrupted), limit.
result<Descriptor> connect_to(const RtspAddress& address, const std::string& where, Duration deadline,
                              const Interrupt& interrupt);

}  // namespace camfleet::media
