#include "tools/camfleet/cli/text_width.hpp"

#include <algorithm>
#include <array>

#include "actors/base/text.hpp"

namespace camfleet::cli {
namespace {

struct Range {
  char32_t first;
  char32_t last;
};

/// Unicode's East Asian Width W and F, in blocks.
constexpr std::array<Range, 15> wide{{{0x1100, 0x115F},
                                      {0x231A, 0x231B},
                                      {0x2E80, 0x303E},
                                      {0x3041, 0x33FF},
                                      {0x3400, 0x4DBF},
                                      {0x4E00, 0x9FFF},
                                      {0xA000, 0xA4CF},
                                      {0xA960, 0xA97F},
                                      {0xAC00, 0xD7A3},
                                      {0xF900, 0xFAFF},
                                      {0xFE30, 0xFE6F},
                                      {0xFF00, 0xFF60},
                                      {0xFFE0, 0xFFE6},
                                      {0x1F300, 0x1FAFF},
                                      {0x20000, 0x3FFFD}}};
/// Marks that join the character before them, joiners and variation selectors.
constexpr std::array<Range, 8> narrowless{{{0x0300, 0x036F},
                                           {0x0483, 0x0489},
                                           {0x1AB0, 0x1AFF},
                                           {0x1DC0, 0x1DFF},
                                           {0x200B, 0x200F},
                                           {0x20D0, 0x20FF},
                                           {0xFE00, 0xFE0F},
                                           {0xFE20, 0xFE2F}}};

template <std::size_t size>
bool is_in(const std::array<Range, size>& ranges, char32_t code) {
  return std::ranges::any_of(ranges,
                             [&](const Range& range) { return range.first <= code && code <= range.last; });
}

/// One character of text: its bytes, and its columns. A byte that is not UTF-8 and a control character are
/// '?'.
struct Glyph {
  std::string_view bytes;
  std::size_t width;
};

Glyph take(std::string_view& text) {
  const auto first = static_cast<unsigned char>(text.front());
  const std::size_t length = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
  const std::string_view bytes = text.substr(0, length);
  if (bytes.size() < length || !is_plain_utf8(bytes) || utf8_length(bytes) != 1) {
    text.remove_prefix(1);
    return {"?", 1};
  }
  text.remove_prefix(length);
  if (length == 1) return {bytes, 1};
  char32_t code = first & (0xFFU >> (length + 1));
  for (const char c : bytes.substr(1)) code = (code << 6U) | (static_cast<unsigned char>(c) & 0x3FU);
  return {bytes, is_in(narrowless, code) ? 0U : is_in(wide, code) ? 2U : 1U};
}

/// Most text is: it needs no decoding.
bool is_plain_ascii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~'; });
}

}  // namespace

std::size_t display_width(std::string_view text) {
  if (is_plain_ascii(text)) return text.size();
  std::size_t width = 0;
  while (!text.empty()) width += take(text).width;
  return width;
}

std::string printable(std::string_view text) {
  if (is_plain_ascii(text)) return std::string(text);
  std::string out;
  while (!text.empty()) out += take(text).bytes;
  return out;
}

std::string fit(std::string_view text, std::size_t width) {
  if (display_width(text) <= width) return printable(text);
  if (width == 0) return "";
  std::string out;
  std::size_t used = 0;
  for (Glyph glyph = take(text); used + glyph.width <= width - 1; glyph = take(text)) {
    out += glyph.bytes;
    used += glyph.width;
  }
  return out + "…";
}

}  // namespace camfleet::cli
