#include "runtime/media/rtsp_connect.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <memory>

#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "runtime/media/percent.hpp"

namespace camfleet::media {
namespace {

/// 0, or the error number for which one address does not answer.
int connect_one(const Descriptor& socket, const addrinfo& one, std::chrono::steady_clock::time_point until,
                const Interrupt& interrupt) {
  if (::connect(socket.number(), one.ai_addr, one.ai_addrlen) == 0) return 0;
  if (errno != EINPROGRESS) return errno;
  while (!interrupt.stopped() && std::chrono::steady_clock::now() < until) {
    pollfd waits{socket.number(), POLLOUT, 0};
    if (::poll(&waits, 1, look_ms) <= 0) continue;
    int code = 0;
    socklen_t size = sizeof code;
    return ::getsockopt(socket.number(), SOL_SOCKET, SO_ERROR, &code, &size) == 0 ? code : errno;
  }
  return ETIMEDOUT;
}

}  // namespace

Descriptor::~Descriptor() {
  if (number_ >= 0) ::close(number_);
}

Error large_body_error(const std::string& where, std::int64_t claimed) {
  return {Errc::corrupt, where,
          "answers with a description of " + std::to_string(claimed) + " bytes; at most " +
              std::to_string(most_rtsp_body) + " are read"};
}

RtspAddress rtsp_address(const SourceUrl& url) {
  RtspAddress address;
  const std::string text = address_of(url);
  const std::size_t begin = text.find("://") + 3;
  const std::size_t end = std::min(text.find_first_of("/?", begin), text.size());
  address.rest = text.substr(end);
  std::string host = text.substr(begin, end - begin);
  if (const std::size_t at = host.rfind('@'); at != std::string::npos) {
    const std::string login = host.substr(0, at);
    address.login = login + "@";
    const std::size_t colon = std::min(login.find(':'), login.size());
    const auto plain = [](const std::string& part) { return percent_decoded(part).value_or(part); };
    address.has_password = colon < login.size();
    address.user = plain(login.substr(0, colon));
    address.password = plain(login.substr(std::min(colon + 1, login.size())));
    host.erase(0, at + 1);
  }
  address.base = "rtsp://" + host;
  if (url.scheme == "rtsps") address.port = "322";
  const std::size_t bracket = host.find(']');
  const std::size_t colon = host.find(':', bracket == std::string::npos ? 0 : bracket);
  if (colon != std::string::npos) {
    if (colon + 1 < host.size()) address.port = host.substr(colon + 1);
    host.resize(colon);
  }
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  address.host = host;
  return address;
}

result<Descriptor> connect_to(const RtspAddress& address, const std::string& where, Duration deadline,
                              const Interrupt& interrupt) {
  const auto until = std::chrono::steady_clock::now() + deadline;
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (const int code = ::getaddrinfo(address.host.c_str(), address.port.c_str(), &hints, &found); code != 0)
    return fail(Errc::unreachable, where, std::string("cannot be reached: ") + ::gai_strerror(code));
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(found, &::freeaddrinfo);
  int code = 0;
  for (const addrinfo* one = found; one != nullptr; one = one->ai_next) {
    Descriptor socket(::socket(one->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!socket.is_open()) return fail(Errc::limit, where, std::string("no socket: ") + std::strerror(errno));
    code = connect_one(socket, *one, until, interrupt);
    if (code == 0) return socket;
    if (interrupt.stopped()) return fail(Errc::ended, where, "was closed while it was opened");
  }
  return fail(code == ETIMEDOUT ? Errc::timed_out : Errc::unreachable, where,
              std::string("cannot be reached: ") + std::strerror(code));
}

}  // namespace camfleet::media
