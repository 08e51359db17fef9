#include "runtime/api/http_message.hpp"

#include <algorithm>
#include <iterator>
#include <string_view>
#include <vector>

#include <boost/beast/core/error.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/status.hpp>
#include <fmt/core.h>

#include "actors/base/text.hpp"

namespace camfleet::api {

namespace beast = boost::beast;
namespace http = beast::http;

namespace {

/// Whose length is that of what the client has (RFC 9110, section 8.6).
constexpr unsigned not_modified = 304;

std::vector<std::pair<std::string, std::string>> headers_of(const HttpMessage& message) {
  std::vector<std::pair<std::string, std::string>> headers;
  for (const auto& field : message)
    headers.emplace_back(to_lower({field.name_string().data(), field.name_string().size()}),
                         std::string(field.value()));
  return headers;
}

std::string_view target_of(const HttpMessage& message) {
  return {message.target().data(), message.target().size()};
}

/// uri-host [":" port] (RFC 9112, section 3.2).
bool is_host(beast::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    const bool is_word = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    return is_word || std::string_view("-._~:[]%!$&'()*+;=").find(c) != std::string_view::npos;
  });
}

}  // namespace

ApiError fault_of_parameter(const Error& error) {
  return {400, "InvalidParameter", "Specified parameter " + error.line()};
}

ApiError fault_of_body(std::size_t most_bytes) {
  return {413, "RequestEntityTooLarge", fmt::format("The body is larger than {} MiB.", most_bytes >> 20U)};
}

std::optional<ApiError> fault_of_header(const HttpMessage& message) {
  const auto fault = [](std::string text) {
    return ApiError{400, "InvalidRequest", "This is not HTTP/1.1: " + std::move(text)};
  };
  const auto hosts = message.equal_range(http::field::host);
  const auto count = std::distance(hosts.first, hosts.second);
  if (count > 1 || (count == 0 && message.version() >= 11))
    return fault(fmt::format("it has {} Host fields; one would be right.", count));
  if (count == 1 && !is_host(hosts.first->value()))
    return fault("its Host is no name or address, with a port or without.");
  const auto codings = message.equal_range(http::field::transfer_encoding);
  if (codings.first == codings.second) return std::nullopt;
  if (message.version() >= 11 && std::next(codings.first) == codings.second &&
      beast::iequals(codings.first->value(), "chunked"))
    return std::nullopt;
  return fault("its Transfer-Encoding is not chunked, the only one that is taken here.");
}

std::optional<ApiError> fault_of(const boost::system::error_code& error,
                                 const HttpServer::Settings& settings) {
  if (error == http::error::body_limit) return fault_of_body(settings.body_bytes);
  if (error == http::error::header_limit || error == http::error::buffer_overflow)
    return ApiError{431, "RequestHeaderTooLarge",
                    fmt::format("The header is larger than {} KiB.", settings.header_bytes >> 10U)};
  if (error == beast::error::timeout)
    return ApiError{
        408, "RequestTimeout",
        fmt::format("The request did not come whole within {} s.", to_seconds(settings.request_time))};
  if (error.category() == make_error_code(http::error::bad_method).category())
    return ApiError{400, "InvalidRequest", "This is not HTTP/1.1: " + error.message() + "."};
  return std::nullopt;
}

std::size_t header_bytes(const HttpMessage& message) {
  std::size_t size = message.target().size();
  for (const auto& field : message) size += field.name_string().size() + field.value().size() + 4;
  return size;
}

result<Request> request_of(HttpMessage message) {
  return request_of(std::string(message.method_string()), target_of(message), headers_of(message),
                    std::move(message.body()));
}

result<Request> start_of_request(const HttpMessage& message) {
  return start_of_request(std::string(message.method_string()), target_of(message), headers_of(message),
                          message.body());
}

std::string response_text(const Reply& reply, unsigned version, bool keep_alive, bool with_body) {
  std::string text;
  text.reserve(256 + reply.content_type.size() + reply.body.size());
  text += version == 10 ? "HTTP/1.0 " : "HTTP/1.1 ";
  append_int(text, reply.status);
  text += ' ';
  const auto reason = http::obsolete_reason(http::int_to_status(reply.status));
  text.append(reason.data(), reason.size());
  text += "\r\nServer: camfleet\r\n";
  if (!reply.content_type.empty()) text += "Content-Type: " + reply.content_type + "\r\n";
  if (version == 10 && keep_alive) text += "Connection: keep-alive\r\n";
  if (version != 10 && !keep_alive) text += "Connection: close\r\n";
  for (const auto& [name, value] : reply.headers) text.append(name).append(": ").append(value).append("\r\n");
  if (reply.stream == nullptr && reply.status != not_modified) {
    text += "Content-Length: ";
    append_int(text, static_cast<std::int64_t>(reply.bytes ? reply.bytes->size() : reply.body.size()));
    text += "\r\n";
  } else if (reply.stream != nullptr && version != 10) {
    text += "Transfer-Encoding: chunked\r\n";
  }
  text += "\r\n";
  if (with_body) text += reply.body;
  return text;
}

std::string chunk_text(std::string_view piece) {
  std::string text = fmt::format("{:x}\r\n", piece.size());
  text.append(piece).append("\r\n");
  return text;
}

}  // namespace camfleet::api
