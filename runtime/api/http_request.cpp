#include "runtime/api/http_request.hpp"

#include <algorithm>
#include <string_view>

#include "actors/base/text.hpp"
#include "runtime/api/form.hpp"
#include "runtime/api/json_body.hpp"

namespace camfleet::api {
namespace {

const std::string form_type = "application/x-www-form-urlencoded";
constexpr std::string_view json_body_type = "application/json";

/// Without its parameters. Types have no case (RFC 9110, 8.3.1).
std::string media_type(std::string_view header) {
  constexpr std::string_view blanks = " \t";
  header = header.substr(0, header.find(';'));
  const std::size_t begin = std::min(header.find_first_not_of(blanks), header.size());
  return to_lower(header.substr(begin, header.find_last_not_of(blanks) + 1 - begin));
}

/// A target in absolute form names the server as well (RFC 9112, section 3.2.2).
std::string_view without_authority(std::string_view target) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (!to_lower(target.substr(0, scheme.size())).starts_with(scheme)) continue;
    const std::size_t path = target.find('/', scheme.size());
    return path == std::string_view::npos ? "/" : target.substr(path);
  }
  return target;
}

}  // namespace

result<Request> request_of(std::string method, std::string_view target,
                           std::vector<std::pair<std::string, std::string>> headers, std::string body) {
  Request request;
  request.method = std::move(method);
  target = without_authority(target);
  const std::size_t mark = target.find('?');
  request.path = target.substr(0, mark);
  request.headers = std::move(headers);
  if (mark != std::string::npos) {
    auto query = parse_form(target.substr(mark + 1));
    if (!query.has_value()) return pass(within("query", query.error()));
    request.query = std::move(query).value();
  }
  const std::string* header = request.header("content-type");
  const std::string type = header == nullptr ? form_type : media_type(*header);
  request.is_json = type == json_body_type;
  if (!body.empty() && (request.is_json || type == form_type)) {
    auto form = request.is_json ? parse_json_body(body) : parse_form(body);
    if (!form.has_value()) return pass(within("body", form.error()));
    request.form = std::move(form).value();
  }
  request.body = std::move(body);
  return request;
}

result<Request> start_of_request(std::string method, std::string_view target,
                                 std::vector<std::pair<std::string, std::string>> headers,
                                 std::string_view begun) {
  CAMFLEET_TRY(Request start, request_of(std::move(method), target, std::move(headers), ""));
  if (start.is_json) return start;
  auto form = parse_form(begun.substr(0, std::min(begun.rfind('&'), begun.size())));
  // What cannot be read is said once all of it is there.
  if (form.has_value()) start.form = std::move(form).value();
  return start;
}

}  // namespace camfleet::api
