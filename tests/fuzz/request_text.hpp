#pragma once

#include <string_view>

#include "runtime/api/keys.hpp"
#include "runtime/api/request.hpp"

namespace camfleet::fuzz {

/// How a request is let in.
enum class Admission {
  open,  ///< no signature is asked for
  text,  ///< not at all: its body is what an answer says
  sent,  ///< as it was signed by the input itself
  rpc,   ///< signed here, RPC 1.0
  acs3,  ///< signed here, ACS3-HMAC-SHA256
};

/// The text of an input in its parts, as the HTTP server takes them apart.
struct RawRequest {
  Admission admission = Admission::open;
  std::string method;
  std::string target;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
};

/// The first line is "open", "text", "sent", "rpc" or "acs3" (its first letter counts), the next "METHOD
/// TARGET", then headers to an empty line, then the body. What HTTP itself refuses is left out.
RawRequest read_request(std::string_view text);

/// Puts a fine signature in the place of what the request says of its own.
api::Request signed_rpc(api::Request request, const api::Key& key);
api::Request signed_acs3(api::Request request, const api::Key& key);

/// The same request, asking for JSON or XML.
api::Request asking_for(api::Request request, std::string_view format);

}  // namespace camfleet::fuzz
