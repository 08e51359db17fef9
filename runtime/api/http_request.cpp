#include "runtime/api/http_request.hpp"

#include <string_view>

#include "runtime/api/form.hpp"

namespace camfleet::api {

result<Request> request_of(std::string method, std::string_view target,
                           std::vector<std::pair<std::string, std::string>> headers, std::string body) {
  Request request;
  request.method = std::move(method);
  const std::size_t mark = target.find('?');
  request.path = target.substr(0, mark);
  request.headers = std::move(headers);
  if (mark != std::string::npos) {
    auto query = parse_form(target.substr(mark + 1));
    if (!query.has_value()) return BOOST_OUTCOME_V2_NAMESPACE::failure(within("query", query.error()));
    request.query = std::move(query).value();
  }
  const std::string* type = request.header("content-type");
  constexpr std::string_view form_type = "application/x-www-form-urlencoded";
  if (!body.empty() && (type == nullptr || type->compare(0, form_type.size(), form_type) == 0)) {
    auto form = parse_form(body);
    if (!form.has_value()) return BOOST_OUTCOME_V2_NAMESPACE::failure(within("body", form.error()));
    request.form = std::move(form).value();
  }
  request.body = std::move(body);
  return request;
}

}  // namespace camfleet::api
