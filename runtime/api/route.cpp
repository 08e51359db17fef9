#include "runtime/api/route.hpp"

#include <algorithm>
#include <memory>

#include "runtime/api/caller.hpp"
#include "runtime/api/digest.hpp"

namespace camfleet::api {
namespace {

constexpr std::string_view reading[] = {"GET", "HEAD"};

std::string in_a_row(const std::vector<std::string_view>& methods) {
  std::string text;
  for (const std::string_view method : methods) text.append(text.empty() ? "" : ", ").append(method);
  return text;
}

/// Whether a list of tags, or "*", names this one. A weak one is as good: the bytes are what is compared.
bool names(std::string_view list, std::string_view tag) {
  while (!list.empty()) {
    const std::size_t comma = std::min(list.find(','), list.size());
    std::string_view one = list.substr(0, comma);
    list.remove_prefix(std::min(comma + 1, list.size()));
    while (one.starts_with(' ') || one.starts_with('\t')) one.remove_prefix(1);
    while (one.ends_with(' ') || one.ends_with('\t')) one.remove_suffix(1);
    if (one.starts_with("W/")) one.remove_prefix(2);
    if (one == "*" || one == tag) return true;
  }
  return false;
}

}  // namespace

api_result<const Route*> Routes::find(const Request& request) const {
  const auto found = std::ranges::find(routes_, request.path, &Route::path);
  // Nobody from elsewhere is told which paths there are; the strictest rule is that of all of them.
  const bool is_strict =
      std::ranges::any_of(routes_, [](const Route& route) { return route.callers == Callers::this_machine; });
  const bool loopback_alone = found == routes_.end() ? is_strict : found->callers == Callers::this_machine;
  CAMFLEET_CHECK(check_caller(request, loopback_alone));
  if (found == routes_.end()) return refuse(404, "InvalidApi.NotFound", unknown_);
  const auto& methods = found->methods;
  if (!methods.empty() && std::ranges::find(methods, request.method) == methods.end())
    return refuse(405, "UnsupportedHTTPMethod", "This path is asked for by " + in_a_row(methods) + ".",
                  in_a_row(methods));
  return &*found;
}

api_result<std::size_t> Routes::body_limit(const Request& start) const {
  const auto route = find(start);
  if (!route.has_value()) return pass(route.error());
  if (route.value()->body_limit) return route.value()->body_limit(start);
  return refuse(413, "RequestEntityTooLarge", "This path takes no body.");
}

Route static_route(std::string_view path, Callers callers, std::string content_type, std::string bytes) {
  const std::string tag = '"' + sha256_hex(bytes).substr(0, 32) + '"';
  const auto shared = std::make_shared<const std::string>(std::move(bytes));
  const auto answer = [tag, shared, type = std::move(content_type)](const Request& request,
                                                                    const Route::Respond& respond) {
    // A cache asks each time whether they are still the same: another version may have been started.
    Reply reply{.status = 200, .content_type = type, .body = {}};
    reply.headers = {{"ETag", tag}, {"Cache-Control", "no-cache"}};
    // Several lines of it are one list (RFC 9110, section 5.3).
    const bool is_known = std::ranges::any_of(request.headers, [&](const auto& header) {
      return header.first == "if-none-match" && names(header.second, tag);
    });
    if (is_known) {
      reply.status = 304;
      reply.content_type.clear();
    } else {
      reply.bytes = shared;
    }
    respond(std::move(reply));
  };
  return {path, {std::begin(reading), std::end(reading)}, callers, answer};
}

}  // namespace camfleet::api
