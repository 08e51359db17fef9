#include "tools/camfleet/commands/answer_text.hpp"

#include "tools/camfleet/cli/text_width.hpp"

namespace camfleet::cli {

using nlohmann::ordered_json;

std::string text_of(const ordered_json& object, const char* name) {
  const auto found = object.find(name);
  if (found == object.end() || found->is_null() || found->is_structured()) return "-";
  const std::string text = found->is_string() ? found->get<std::string>() : found->dump();
  return text.empty() ? "-" : printable(text);
}

ordered_json object_of(const ordered_json& object, const char* name) {
  const auto found = object.find(name);
  return found == object.end() || !found->is_object() ? ordered_json::object() : *found;
}

ordered_json list_of(const ordered_json& object, const char* name) {
  const auto found = object.find(name);
  return found == object.end() || !found->is_array() ? ordered_json::array() : *found;
}

void write_json(const ordered_json& answer, Output& out) {
  out.write(answer.dump(2, ' ', false, ordered_json::error_handler_t::replace) + "\n");
}

}  // namespace camfleet::cli
