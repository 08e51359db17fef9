#include "runtime/media/rtsp_relay.hpp"

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstring>
#include <optional>
#include <system_error>
#include <utility>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "actors/base/text.hpp"

namespace camfleet::media {
namespace {

/// Of a message without its body; and of what waits for a side that does not take it.
constexpr std::size_t most_head = 64U << 10U;
constexpr std::size_t most_waiting = 4U << 20U;

constexpr int last_looks = 4;

/// Of one request: a challenge, and one more when it was out of date.
constexpr int most_tries = 2;

constexpr std::string_view head_end = "\r\n\r\n";

/// Where the value of a header stands in a message; an empty span where there is none.
std::pair<std::size_t, std::size_t> find_header(std::string_view message, std::string_view name) {
  std::size_t line = message.find("\r\n");
  const std::size_t end = message.find(head_end);
  while (line != std::string_view::npos && line < end) {
    line += 2;
    const std::string_view start = message.substr(line, name.size());
    const bool same = std::ranges::equal(start, name, [](char a, char b) {
      return std::tolower(static_cast<unsigned char>(a)) == std::tolower(static_cast<unsigned char>(b));
    });
    if (same && message.substr(line + name.size(), 1) == ":") {
      const std::size_t value = message.find_first_not_of(" \t", line + name.size() + 1);
      return {value, message.find("\r\n", value)};
    }
    line = message.find("\r\n", line);
  }
  return {0, 0};
}

std::int64_t number_in(std::string_view message, std::string_view name) {
  const auto [from, to] = find_header(message, name);
  return from == to ? 0 : parse_int(message.substr(from, to - from)).value_or(0);
}

void add_to_number(std::string& message, std::string_view name, std::int64_t more) {
  const auto [from, to] = find_header(message, name);
  if (from == to || more == 0) return;
  const auto number = parse_int(std::string_view(message).substr(from, to - from));
  if (number) message.replace(from, to - from, std::to_string(*number + more));
}

/// Bytes of the next message of a dialogue: a frame of media, or a head with its body. 0: it has not all
/// come; 1 for what is neither, which is passed on as it is. None for one that is too long.
std::optional<std::size_t> next_length(std::string_view text, bool is_message) {
  if (text.empty()) return 0;
  if (text[0] == '$') {
    if (text.size() < 4) return 0;
    const std::size_t length =
        4 + (static_cast<unsigned char>(text[2]) << 8U) + static_cast<unsigned char>(text[3]);
    return text.size() < length ? 0 : length;
  }
  if (!is_message) return 1;
  const std::size_t end = text.substr(0, most_head).find(head_end);
  if (end == std::string_view::npos)
    return text.size() < most_head ? std::optional<std::size_t>(0) : std::nullopt;
  const std::int64_t body = number_in(text, "Content-Length");
  if (body < 0 || body > most_rtsp_body) return std::nullopt;
  const std::size_t length = end + head_end.size() + static_cast<std::size_t>(body);
  return text.size() < length ? 0 : length;
}

void replace_all(std::string& text, std::string_view what, std::string_view by) {
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + by.size()))
    text.replace(at, what.size(), by);
}

}  // namespace

RtspRelay::RtspRelay(const RtspAddress& address)
    : login_(address.user, address.password),
      has_password_(address.has_password),
      camera_base_(address.base),
      rest_(address.rest) {}

result<std::unique_ptr<RtspRelay>> RtspRelay::start(const SourceUrl& url, const Limits& limits,
                                                    const Interrupt& interrupt) {
  const RtspAddress address = rtsp_address(url);
  std::unique_ptr<RtspRelay> relay(new RtspRelay(address));
  CAMFLEET_TRY(relay->camera_.socket, connect_to(address, url.text, limits.open_deadline, interrupt));
  CAMFLEET_CHECK(relay->listen(url.text));
  try {
    relay->thread_ = std::thread([self = relay.get()] { self->run(); });
  } catch (const std::system_error& error) {
    return fail(Errc::limit, url.text, std::string("no thread to answer its login: ") + error.what());
  }
  return relay;
}

RtspRelay::~RtspRelay() {
  stopping_ = true;
  if (thread_.joinable()) thread_.join();
}

std::string RtspRelay::methods() const {
  const std::lock_guard lock(mutex_);
  return methods_;
}

result<void> RtspRelay::listen(const std::string& where) {
  listener_ = Descriptor(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* const any = reinterpret_cast<sockaddr*>(&address);
  if (!listener_.is_open() || ::bind(listener_.number(), any, size) != 0 ||
      ::listen(listener_.number(), 1) != 0 || ::getsockname(listener_.number(), any, &size) != 0)
    return fail(Errc::limit, where, std::string("no socket to answer its login: ") + std::strerror(errno));
  constexpr std::size_t secret_bytes = 16;
  base_ = "rtsp://127.0.0.1:" + std::to_string(ntohs(address.sin_port)) + "/" + random_hex(secret_bytes);
  address_ = base_ + rest_;
  return success();
}

void RtspRelay::run() {
  forward();
  // FFmpeg and the camera see the end at once, not when the relay is taken down.
  for (Descriptor* const one : {&client_.socket, &camera_.socket, &listener_}) *one = Descriptor();
}

void RtspRelay::forward() {
  int looks = 0;
  while (!client_.socket.is_open()) {
    if (stopping_) return;
    if (!accept_client()) return;
  }
  listener_ = Descriptor();
  while (looks < last_looks) {
    if (stopping_) ++looks;
    if (!exchange()) return;
  }
}

bool RtspRelay::accept_client() {
  pollfd waits{listener_.number(), POLLIN, 0};
  if (::poll(&waits, 1, look_ms) <= 0) return true;
  client_.socket = Descriptor(::accept4(listener_.number(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
  return client_.socket.is_open() || errno == EAGAIN || errno == ECONNABORTED;
}

bool RtspRelay::exchange() {
  pollfd waits[2];
  Side* const sides[2] = {&client_, &camera_};
  for (int i = 0; i < 2; ++i) {
    const Side& side = *sides[i];
    const bool reads = !side.ended && sides[1 - i]->out.size() < most_waiting;
    const int events = (reads ? POLLIN : 0) | (side.out.empty() ? 0 : POLLOUT);
    waits[i] = {events == 0 ? -1 : side.socket.number(), static_cast<short>(events), 0};
  }
  if (::poll(waits, 2, look_ms) < 0) return errno == EINTR;
  for (int i = 0; i < 2; ++i) {
    const auto has = [&](int events) { return (waits[i].revents & events) != 0; };
    if (has(POLLIN | POLLHUP | POLLERR) && !sides[i]->ended) sides[i]->ended = !sides[i]->receive();
  }
  take_requests();
  take_responses();
  if (!client_.send() || !camera_.send()) return false;
  const bool is_over = (client_.ended && camera_.out.empty()) || (camera_.ended && client_.out.empty());
  return !is_over;
}

bool RtspRelay::Side::receive() {
  char buffer[65536];
  const ssize_t got = ::recv(socket.number(), buffer, sizeof buffer, 0);
  if (got > 0) in.append(buffer, static_cast<std::size_t>(got));
  return got > 0 || (got < 0 && (errno == EAGAIN || errno == EINTR));
}

bool RtspRelay::Side::send() {
  if (out.empty()) return true;
  const ssize_t sent = ::send(socket.number(), out.data(), out.size(), MSG_NOSIGNAL);
  if (sent < 0) return errno == EAGAIN || errno == EINTR;
  out.erase(0, static_cast<std::size_t>(sent));
  return true;
}

void RtspRelay::take_requests() {
  std::size_t at = 0;
  while (true) {
    const auto length = next_length(std::string_view(client_.in).substr(at), true);
    if (!length) client_.ended = true;
    if (!length || *length == 0) break;
    if (client_.in[at] == '$')
      camera_.out.append(client_.in, at, *length);
    else
      forward_request(client_.in.substr(at, *length));
    at += *length;
  }
  client_.in.erase(0, at);
}

void RtspRelay::take_responses() {
  constexpr std::string_view version = "RTSP/";
  std::size_t at = 0;
  while (true) {
    const std::string_view rest = std::string_view(camera_.in).substr(at);
    const std::size_t shown = std::min(rest.size(), version.size());
    const bool is_message = rest.substr(0, shown) == version.substr(0, shown);
    const auto length = next_length(rest, is_message);
    if (!length) {
      claimed_body_ = number_in(rest, "Content-Length");
      camera_.ended = true;
    }
    if (!length || *length == 0) break;
    if (rest[0] == '$' || !is_message) {
      client_.out.append(rest.substr(0, *length));
    } else if (std::string message(rest.substr(0, *length)); accept_response(message)) {
      add_to_number(message, "CSeq", -added_);
      client_.out.append(message);
    }
    at += *length;
  }
  camera_.in.erase(0, at);
}

void RtspRelay::forward_request(std::string message) {
  known_ = known_ || message.substr(0, message.find("\r\n")).find(base_) != std::string::npos;
  if (!known_) {
    client_.ended = true;
    return;
  }
  replace_all(message, base_, camera_base_);
  request_ = std::move(message);
  answered_ = false;
  tries_ = 0;
  send_request();
}

void RtspRelay::send_request() {
  std::string message = request_;
  add_to_number(message, "CSeq", added_);
  if (login_.has_challenge()) {
    const std::size_t method = message.find(' ');
    const std::size_t uri = message.find(' ', method + 1);
    const std::size_t line = message.find("\r\n");
    if (uri < line) {
      const std::string answer =
          login_.answer(message.substr(0, method), message.substr(method + 1, uri - method - 1));
      message.insert(line + 2, "Authorization: " + answer + "\r\n");
      answered_ = true;
    }
  }
  camera_.out += message;
}

bool RtspRelay::accept_response(const std::string& message) {
  if (!is_unauthorised(message)) return true;
  return !log_in(message.substr(0, message.find(head_end)));
}

bool RtspRelay::log_in(const std::string& head) {
  if (refusal_ != Refusal::none || request_.empty()) return false;
  const std::vector<Challenge> challenges = challenges_of(head);
  const bool is_stale = std::ranges::any_of(challenges, [](const Challenge& one) {
    const std::string stale = one.parameter("stale");
    return stale == "true" || stale == "TRUE" || stale == "True";
  });
  // FFmpeg was sent away with an answer to the same; a further one may lock the user out. Without a password
  // in the URL it gives none.
  const bool tried = !login_.has_challenge() && has_password_ && ffmpeg_answers(challenges);
  if (tried || (answered_ && !is_stale) || tries_ == most_tries) {
    refusal_ = Refusal::wrong_login;
    return false;
  }
  if (!login_.take(challenges)) {
    const std::lock_guard lock(mutex_);
    for (const Challenge& one : challenges) methods_ += (methods_.empty() ? "" : ", ") + one.name();
    refusal_ = Refusal::unknown_method;
    return false;
  }
  ++added_;
  ++tries_;
  send_request();
  return true;
}

}  // namespace camfleet::media
