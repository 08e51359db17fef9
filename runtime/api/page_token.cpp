#include "runtime/api/page_token.hpp"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "actors/base/text.hpp"
#include "runtime/api/base64.hpp"

namespace camfleet::api {

using nlohmann::json;

std::string token_of(const store::Cursor& cursor) {
  const json parts = {cursor.is_open, cursor.at, cursor.id, cursor.device};
  // RFC 4648, section 5: for URLs, and without padding.
  std::string token = base64(parts.dump(-1, ' ', false, json::error_handler_t::replace));
  std::ranges::replace(token, '+', '-');
  std::ranges::replace(token, '/', '_');
  token.resize(token.find_last_not_of('=') + 1);
  return token;
}

result<store::Cursor> cursor_of(std::string_view token) {
  std::string text(token);
  std::ranges::replace(text, '-', '+');
  std::ranges::replace(text, '_', '/');
  text.append((4 - text.size() % 4) % 4, '=');
  const json parts = json::parse(from_base64(text).value_or(""), nullptr, false);
  const bool is_token = parts.is_array() && parts.size() == 4 && parts[0].is_boolean() &&
                        parts[1].is_number_integer() && parts[2].is_number_integer() && parts[3].is_string();
  if (!is_token)
    return fail(Errc::invalid_field, "NextToken",
                quote(token) + " is no token; the one that the page before had would be right");
  return store::Cursor{parts[0].get<bool>(), parts[1].get<std::int64_t>(), parts[2].get<std::int64_t>(),
                       parts[3].get<std::string>()};
}

Field next_token_field() {
  return {.name = "NextToken",
          .about = "what the page before had as NextToken: the one after it",
          .longest = 1024};
}

result<void> set_page(const Call& call, std::string_view page_field, store::Query& query) {
  const std::int64_t page = call.whole(page_field, 1);
  query.limit = static_cast<std::size_t>(call.whole("PageSize", 10));
  query.offset = static_cast<std::size_t>(page - 1) * query.limit;
  const std::string token = call.text("NextToken");
  if (token.empty()) return success();
  if (page != 1)
    return fail(Errc::invalid_field, std::string(page_field),
                std::to_string(page) + " goes with no NextToken; give one of them");
  CAMFLEET_TRY(query.after, cursor_of(token));
  return success();
}

}  // namespace camfleet::api
