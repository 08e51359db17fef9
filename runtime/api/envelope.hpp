#pragma once

#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

#include "runtime/api/api_error.hpp"
#include "runtime/api/reply.hpp"

namespace camfleet::api {

enum class Format { json, xml };

/// A fine answer: `body`, the text of a JSON object, as it is, or as XML under <ActionName>Response: objects
/// are elements, an array is an element around one element per entry, named as the array without its last "s"
/// (Items → Item; where there is none, "Item"). application/json;charset=utf-8, application/xml.
Reply answer(Format format, std::string_view action, std::string body);

/// The shortest text of a value; what is not UTF-8 is replaced.
std::string json_text(const nlohmann::ordered_json& value);

/// An error of the gateway, with Retry-After where that helps and Allow where a method is wrong: RequestId,
/// HostId, Code, Message, Recommend, as JSON or under <Error> (text/xml;charset=utf-8, exactly so: the
/// vendor's clients compare it).
Reply gateway_error(Format format, const ApiError& error, std::string_view request_id, std::string_view host);

/// An error of an action: Code, Message, RequestId, Success = false, under <ActionName>Response in XML, with
/// the content types of gateway_error.
Reply action_error(Format format, std::string_view action, const ApiError& error,
                   std::string_view request_id);

/// Characters that XML 1.0 cannot have are replaced by U+FFFD.
std::string xml_text(std::string_view text);

}  // namespace camfleet::api
