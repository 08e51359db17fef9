#pragma once

#include <string>
#include <string_view>

#include "actors/base/error.hpp"
#include "actors/spec/spec.hpp"

namespace camfleet::api {

/// RFC 3986 as the vendor signs it: A–Z a–z 0–9 - _ . ~ as they are, all other bytes as %XX, upper case.
std::string percent_encode(std::string_view text);

/// The pairs of a query or of an application/x-www-form-urlencoded body, in order, decoded; "+" is a space;
/// a name without "=" has an empty value; empty pairs are skipped. Errors: invalid_field at the name: a
/// broken %XX, a NUL, bytes that are not UTF-8; limit: more than 100,000 pairs.
result<Parameters> parse_form(std::string_view text);

}  // namespace camfleet::api
