#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "runtime/media/interrupt.hpp"
#include "runtime/media/rtsp_connect.hpp"
#include "runtime/media/rtsp_login.hpp"
#include "runtime/media/source.hpp"

namespace camfleet::media {

/// Stands between FFmpeg and a camera that asks for a login which FFmpeg cannot answer, and answers it:
/// forwards one connection of rtsp:// from a port of the loopback, on a thread of its own, and adds what the
/// camera asked for to each request. Nothing else is changed, so that the dialogue and the pictures stay
/// FFmpeg's work.
class RtspRelay {
 public:
  /// Why the camera let nobody in.
  enum class Refusal { none, wrong_login, unknown_method };

  /// Connects to the camera of `url`, which has a user, within `limits.open_deadline`. Errors, with the URL
  /// without its secrets: unreachable, timed_out, limit (descriptors, threads).
  static result<std::unique_ptr<RtspRelay>> start(const SourceUrl& url, const Limits& limits,
                                                  const Interrupt& interrupt);
  ~RtspRelay();
  RtspRelay(const RtspRelay&) = delete;
  RtspRelay& operator=(const RtspRelay&) = delete;

  /// What FFmpeg opens in the camera's place. It has no login in it, and a part that nobody else knows: who
  /// connects without that is not forwarded.
  [[nodiscard]] const std::string& address() const { return address_; }

  [[nodiscard]] Refusal refusal() const { return refusal_; }
  /// Of unknown_method: what the camera asks for, "SHA-1024"; empty: it does not say.
  [[nodiscard]] std::string methods() const;
  /// Bytes of a body that was not forwarded, as nobody takes so many; 0: there was none.
  [[nodiscard]] std::int64_t claimed_body() const { return claimed_body_; }

 private:
  /// One side of it: what was read and not understood yet, and what is to be written.
  struct Side {
    Descriptor socket;
    std::string in;
    std::string out;
    bool ended = false;

    /// False when the other end is gone.
    bool receive();
    bool send();
  };

  explicit RtspRelay(const RtspAddress& address);

  result<void> listen(const std::string& where);
  void run();
  void forward();
  bool accept_client();
  bool exchange();
  void take_requests();
  void take_responses();
  void forward_request(std::string message);
  /// True when it is for FFmpeg.
  bool accept_response(const std::string& message);
  bool log_in(const std::string& head);
  void send_request();

  RtspLogin login_;
  bool has_password_;        ///< in the URL, even an empty one
  std::string camera_base_;  ///< "rtsp://host:554": with which the camera's URLs begin
  std::string rest_;         ///< of the URL, from the path on
  std::string base_;         ///< with which FFmpeg's URLs begin
  std::string address_;
  Descriptor listener_;
  Side client_;
  Side camera_;
  bool known_ = false;     ///< the client has named what nobody else knows
  std::string request_;    ///< the last one, as FFmpeg sent it
  bool answered_ = false;  ///< it carried an answer to a challenge
  int tries_ = 0;          ///< to log in for it
  int added_ = 0;          ///< requests that FFmpeg knows nothing of
  std::atomic<Refusal> refusal_ = Refusal::none;
  std::atomic<std::int64_t> claimed_body_ = 0;
  mutable std::mutex mutex_;
  std::string methods_;
  std::atomic<bool> stopping_ = false;
  std::thread thread_;
};

}  // namespace camfleet::media
