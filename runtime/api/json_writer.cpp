#include "runtime/api/json_writer.hpp"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "actors/base/text.hpp"

namespace camfleet::api {
namespace {

bool is_plain(char c) {
  return c >= 0x20 && c < 0x7F && c != '"' && c != '\\';
}

}  // namespace

void JsonWriter::number(std::int64_t value) {
  append_int(out_, value);
}

void JsonWriter::text(std::string_view value) {
  if (!std::ranges::all_of(value, is_plain)) {
    out_ += nlohmann::json(value).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    return;
  }
  out_ += '"';
  out_ += value;
  out_ += '"';
}

}  // namespace camfleet::api
