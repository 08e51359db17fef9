#pragma once

#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

#include "actors/base/error.hpp"
#include "actors/spec/spec.hpp"
#include "runtime/api/http_client.hpp"

namespace camfleet::api {

/// A caller of the API, of this program or of the vendor.
struct ApiClient {
  Endpoint endpoint;
  std::string key_id;  ///< empty: calls are not signed
  std::string secret;
  HttpClientSettings http;

  /// Calls an action: a form body, JSON asked for, signed by RPC 1.0 with the machine's time and a nonce of
  /// its own. The answer is whole: Code, Message, RequestId and Data. Errors: those of http_request and
  /// read_answer.
  [[nodiscard]] result<nlohmann::ordered_json> call(std::string_view action, Parameters parameters) const;
};

/// The form body of `parameters`.
std::string form_body(const Parameters& parameters);

/// The answer of an action as JSON. Errors: corrupt at `place`: not the API's; at the Code, with its Message,
/// where that is neither 0 nor 200: unknown_id (HTTP 404), invalid_field (another 4xx, and RequestFailed),
/// io.
result<nlohmann::ordered_json> read_answer(const HttpAnswer& answer, const std::string& place);

}  // namespace camfleet::api
