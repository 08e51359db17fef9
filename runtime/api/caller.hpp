#pragma once

#include <string_view>

#include "runtime/api/action.hpp"
#include "runtime/api/api_error.hpp"
#include "runtime/api/request.hpp"

namespace camfleet::api {

/// Refuses with 403 what the page of another site made a browser send: an Origin that is not the Host, a
/// Sec-Fetch-Site other than none and same-origin (Fetch Metadata, W3C). Where no signature is asked for,
/// `is_unsigned`, the Host must be a loopback address, or localhost: any other name may be that of a site
/// whose address was changed to ours (DNS rebinding).
api_result<void> check_caller(const Request& request, bool is_unsigned);

/// Refuses with 405 a change that a browser sends otherwise than by POST: links and pictures are GET.
api_result<void> check_method(const Request& request, const Action& action);

/// Of a Host header, a port after it or not.
bool is_loopback_host(std::string_view host);

}  // namespace camfleet::api
