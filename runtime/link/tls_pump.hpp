#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include <boost/asio/local/stream_protocol.hpp>

#include "runtime/link/basp_filter.hpp"
#include "runtime/link/link_stream.hpp"

namespace camfleet::link {

/// What a connection may take.
struct LinkLimits {
  std::size_t frame_bytes = std::size_t{256} << 10U;   ///< the payload of a frame
  std::size_t waiting_bytes = std::size_t{16} << 20U;  ///< for a peer that does not read
};

/// Carries what CAF says between a peer and one end of a socket pair, whose other end CAF has.
/// What comes from the peer is looked at, see BaspFilter; a peer that reads less than it is sent is closed
/// when as much waits for it as may. On the one thread of the stream's context; keeps itself alive until it
/// has ended.
class TlsPump : public std::enable_shared_from_this<TlsPump> {
 public:
  /// Told once, why it has ended.
  using Ended = std::function<void(const std::string& why)>;

  TlsPump(LinkStream stream, Side side, LinkLimits limits, Ended ended);

  /// Begins with what has come already; the answer is the end of the pair that is not its own, which is the
  /// caller's to close. Errors: io.
  result<int> start(std::string_view early = {});
  void end(const std::string& why);
  /// See BaspFilter.
  void allow(std::uint64_t actor) { filter_.allow(actor); }
  [[nodiscard]] std::uint64_t dropped_frames() const { return filter_.dropped(); }

 private:
  static constexpr std::size_t piece = std::size_t{16} << 10U;
  /// Of memory for what was on its way once.
  static constexpr std::size_t most_kept = std::size_t{1} << 20U;
  using error_code = boost::system::error_code;

  void read_peer();
  void pass_on(std::string_view bytes);
  void read_own();
  void write_peer();

  LinkStream stream_;
  boost::asio::local::stream_protocol::socket own_;
  LinkLimits limits_;
  Ended ended_;
  BaspFilter filter_;
  std::array<char, piece> from_peer_{};
  std::string passed_;  ///< of it, on its way to CAF
  std::array<char, piece> from_own_{};
  std::string waiting_;  ///< of it, for the peer …
  std::string writing_;  ///< … and on its way there
  bool has_ended_ = false;
};

}  // namespace camfleet::link
