#include "runtime/vision/text.hpp"

#include <algorithm>

namespace camfleet::vision {
namespace {

constexpr std::size_t longest_quote = 80;

bool is_control(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte < 0x20 || byte == 0x7F;
}

}  // namespace

void add_item(std::string& list, std::string_view item, std::string_view between) {
  if (!list.empty()) list += between;
  list += item;
}

std::string in_quotes(std::string_view text) {
  std::string shown = "\"";
  shown += text.substr(0, longest_quote);
  std::replace_if(shown.begin(), shown.end(), is_control, ' ');
  shown += text.size() > longest_quote ? "…\"" : "\"";
  return shown;
}

bool has_control_character(std::string_view text) {
  return std::any_of(text.begin(), text.end(), is_control);
}

}  // namespace camfleet::vision
