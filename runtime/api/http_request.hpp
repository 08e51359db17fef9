#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "actors/base/error.hpp"
#include "runtime/api/request.hpp"

namespace camfleet::api {

/// A request with the parameters of its query and of its body: a form, where the content type says so or says
/// nothing, or a JSON object. Errors: those of parse_form and parse_json_body; `where` tells query and body
/// apart.
result<Request> request_of(std::string method, std::string_view target,
                           std::vector<std::pair<std::string, std::string>> headers, std::string body);

/// The same of a request of which `begun` has come of the body: of a form the parameters that are whole.
result<Request> start_of_request(std::string method, std::string_view target,
                                 std::vector<std::pair<std::string, std::string>> headers,
                                 std::string_view begun);

}  // namespace camfleet::api
