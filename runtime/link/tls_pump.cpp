#include "runtime/link/tls_pump.hpp"

#include <cerrno>
#include <cstring>
#include <string_view>

#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>
#include <sys/socket.h>
#include <unistd.h>

namespace camfleet::link {

TlsPump::TlsPump(LinkStream stream, Side side, LinkLimits limits, Ended ended)
    : stream_(std::move(stream)),
      own_(stream_.get_executor()),
      limits_(limits),
      ended_(std::move(ended)),
      filter_(side, limits.frame_bytes) {}

result<int> TlsPump::start(std::string_view early) {
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0)
    return fail(Errc::io, "socketpair", std::strerror(errno));
  error_code error;
  own_.assign(boost::asio::local::stream_protocol(), ends[0], error);
  if (error) {
    ::close(ends[0]);
    ::close(ends[1]);
    return fail(Errc::io, "socketpair", error.message());
  }
  pass_on(early);
  read_own();
  return ends[1];
}

void TlsPump::end(const std::string& why) {
  if (std::exchange(has_ended_, true)) return;
  error_code ignored;
  own_.close(ignored);
  stream_.socket().close(ignored);
  ended_(why);
}

void TlsPump::read_peer() {
  stream_.async_read_some(boost::asio::buffer(from_peer_),
                          [self = shared_from_this()](const error_code& error, std::size_t count) {
                            if (self->has_ended_) return;
                            if (error) return self->end("the connection has ended: " + error.message());
                            self->pass_on({self->from_peer_.data(), count});
                          });
}

void TlsPump::pass_on(std::string_view bytes) {
  passed_.clear();
  if (!filter_.take(bytes, passed_)) return end(filter_.why());
  if (passed_.empty()) return read_peer();
  // What CAF does not read waits with the peer.
  boost::asio::async_write(own_, boost::asio::buffer(passed_),
                           [self = shared_from_this()](const error_code& error, std::size_t /*count*/) {
                             if (self->has_ended_) return;
                             if (error) return self->end("it was closed here");
                             self->read_peer();
                           });
}

void TlsPump::read_own() {
  own_.async_read_some(boost::asio::buffer(from_own_), [self = shared_from_this()](const error_code& error,
                                                                                   std::size_t count) {
    if (self->has_ended_) return;
    if (error) return self->end("it was closed here");
    self->waiting_.append(self->from_own_.data(), count);
    if (self->waiting_.size() + self->writing_.size() > self->limits_.waiting_bytes)
      return self->end("more than " + std::to_string(self->limits_.waiting_bytes >> 20U) +
                       " MiB waited for it, as it does not read");
    self->write_peer();
    self->read_own();
  });
}

void TlsPump::write_peer() {
  if (!writing_.empty() || waiting_.empty()) return;
  writing_.swap(waiting_);
  boost::asio::async_write(stream_, boost::asio::buffer(writing_),
                           [self = shared_from_this()](const error_code& error, std::size_t /*count*/) {
                             if (self->has_ended_) return;
                             if (error) return self->end("the connection has ended: " + error.message());
                             self->writing_.clear();
                             if (self->writing_.capacity() > most_kept) self->writing_.shrink_to_fit();
                             self->write_peer();
                           });
}

}  // namespace camfleet::link
