#include "runtime/api/http_session.hpp"

#include <string_view>
#include <vector>

#include <boost/beast/core/error.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/status.hpp>
#include <fmt/core.h>

#include "actors/text.hpp"

namespace camfleet::api {

namespace beast = boost::beast;
namespace http = beast::http;

std::optional<ApiError> fault_of(const boost::system::error_code& error,
                                 const HttpServer::Settings& settings) {
  if (error == http::error::body_limit)
    return ApiError{413, "RequestEntityTooLarge",
                    fmt::format("The body is larger than {} MiB.", settings.body_bytes >> 20U)};
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
  std::vector<std::pair<std::string, std::string>> headers;
  for (const auto& field : message) {
    std::string name(field.name_string());
    for (char& c : name) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    headers.emplace_back(std::move(name), std::string(field.value()));
  }
  const auto target = message.target();
  return request_of(std::string(message.method_string()), {target.data(), target.size()}, std::move(headers),
                    std::move(message.body()));
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
  text += "Content-Length: ";
  append_int(text, static_cast<std::int64_t>(reply.body.size()));
  text += "\r\n\r\n";
  if (with_body) text += reply.body;
  return text;
}

}  // namespace camfleet::api
