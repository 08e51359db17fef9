#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include <boost/beast/core/error.hpp>
#include <boost/beast/http/parser.hpp>

#include "runtime/api/http_body.hpp"
#include "runtime/api/http_request.hpp"
#include "runtime/api/http_server.hpp"

namespace camfleet::api {

using HttpParser = boost::beast::http::request_parser<HttpBody>;
using HttpMessage = HttpParser::value_type;

ApiError fault_of_parameter(const Error& error);
ApiError fault_of_body(std::size_t most_bytes);

/// How a request is refused that could not be parsed; none: the connection is just closed.
std::optional<ApiError> fault_of(const boost::system::error_code& error,
                                 const HttpServer::Settings& settings);

/// What is wrong with a header that Beast lets pass (RFC 9112, sections 3.2 and 6.1); none: nothing.
std::optional<ApiError> fault_of_header(const HttpMessage& message);

/// What the request line and the fields of a message take.
std::size_t header_bytes(const HttpMessage& message);

/// Errors: those of the other request_of.
result<Request> request_of(HttpMessage message);

/// Of a message of which the header and a part of the body have come.
result<Request> start_of_request(const HttpMessage& message);

/// An answer as it is sent, but for bytes that are shared and for what is streamed. `version`: 10 or 11, that
/// of the request.
std::string response_text(const Reply& reply, unsigned version, bool keep_alive, bool with_body);

/// A piece of a body whose length is not known, as a chunk (RFC 9112, section 7.1); of nothing: the last one.
std::string chunk_text(std::string_view piece);

}  // namespace camfleet::api
