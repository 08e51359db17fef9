#include "runtime/media/secrets.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <vector>

#include "runtime/media/percent.hpp"

namespace camfleet::media {
namespace {

constexpr std::string_view stars = "***";

/// A character of the decoded text and where it stands in the text as it is.
struct Character {
  char value;
  std::size_t from;
  std::size_t to;
};
using Characters = std::vector<Character>;

/// One level of percent-encoding less; broken escapes stay as they are. False when there was none.
bool decode_once(Characters& text) {
  Characters out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool may = text[i].value == '%' && i + 2 < text.size();
    const int high = may ? hex_value(text[i + 1].value) : -1;
    const int low = may ? hex_value(text[i + 2].value) : -1;
    if (high < 0 || low < 0) {
      out.push_back(text[i]);
      continue;
    }
    out.push_back({static_cast<char>(high * 16 + low), text[i].from, text[i + 2].to});
    i += 2;
  }
  const bool changed = out.size() != text.size();
  text = std::move(out);
  return changed;
}

Characters decoded_wholly(std::string_view text) {
  Characters out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) out.push_back({text[i], i, i + 1});
  // A URL within a URL within a URL: each level makes what was encoded shorter, so that this ends.
  while (decode_once(out)) {
  }
  return out;
}

char lower_letter(char c) {
  return static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
}

bool is_one_of(char c, std::string_view set) {
  return set.find(c) != std::string_view::npos;
}

bool is_name(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || is_one_of(c, "_-.~$[]+");
}

bool names_a_secret(std::string_view key) {
  constexpr std::array<std::string_view, 7> parts = {"pass", "pwd", "token", "auth", "key", "secret", "sig"};
  constexpr std::array<std::string_view, 4> users = {"user", "username", "usr", "login"};
  // "a=1_user=b": what stands before the last line belongs to the key before.
  const std::string_view last = key.substr(key.rfind('_') + 1);
  return std::ranges::any_of(
             parts, [&](std::string_view part) { return key.find(part) != std::string_view::npos; }) ||
         std::ranges::find(users, key) != users.end() || std::ranges::find(users, last) != users.end();
}

class Redactor {
 public:
  Redactor(std::string_view text, bool is_message)
      : text_(text), is_message_(is_message), characters_(decoded_wholly(text)) {
    for (const Character& one : characters_) plain_.push_back(one.value);
  }

  std::string run() {
    hide_passwords_of_users();
    for (std::size_t i = plain_.find('='); i != std::string::npos; i = plain_.find('=', i + 1)) hide_value(i);
    return shown();
  }

 private:
  /// Where what begins at `from` ends at the latest.
  [[nodiscard]] std::size_t end_of(std::size_t from) const {
    return is_message_ ? std::min(plain_.find_first_of(" \t\r\n\"'<>", from), plain_.size()) : plain_.size();
  }

  void hide(std::size_t from, std::size_t to) {
    if (from == to && from == characters_.size()) return hidden_.push_back({text_.size(), text_.size()});
    const std::size_t first = characters_[from].from;
    hidden_.push_back({first, from == to ? first : characters_[to - 1].to});
  }

  void hide_passwords_of_users() {
    constexpr std::string_view separator = "://";
    std::size_t found = plain_.find(separator);
    if (found == std::string::npos && !is_message_) hide_password(0);
    for (; found != std::string::npos; found = plain_.find(separator, found + 1)) {
      const std::size_t after = found + separator.size();
      const std::size_t from = std::min(plain_.find_first_not_of('/', after), plain_.size());
      if (from == after || !has_paths_alone(found)) hide_password(from);
    }
  }

  /// True when the scheme that ends at `end` names no host, so that a path follows its slashes.
  [[nodiscard]] bool has_paths_alone(std::size_t end) const {
    std::size_t begin = end;
    while (begin > 0 && (std::isalnum(static_cast<unsigned char>(plain_[begin - 1])) != 0 ||
                         is_one_of(plain_[begin - 1], "+-.")))
      --begin;
    std::string scheme = plain_.substr(begin, end - begin);
    std::ranges::transform(scheme, scheme.begin(), lower_letter);
    return scheme == "file" || scheme == "pictures";
  }

  /// Of an authority that begins at `from`. A password that is not encoded as it should be may have anything.
  void hide_password(std::size_t from) {
    const std::size_t at = plain_.substr(0, end_of(from)).rfind('@');
    const std::size_t colon = plain_.find(':', from);
    if (at != std::string::npos && colon < at) hide(colon + 1, at);
  }

  void hide_value(std::size_t equals) {
    std::size_t name = equals;
    while (name > 0 && is_name(plain_[name - 1])) --name;
    std::string key = plain_.substr(name, equals - name);
    std::ranges::transform(key, key.begin(), lower_letter);
    if (!names_a_secret(key)) return;
    const std::size_t end = end_of(equals + 1);
    std::size_t to = equals + 1;
    while (to < end && !begins_key(to, end)) ++to;
    hide(equals + 1, to);
  }

  /// True for a separator that a further key and its value follow. What follows may else be of the secret.
  [[nodiscard]] bool begins_key(std::size_t at, std::size_t end) const {
    if (!is_one_of(plain_[at], "&;?#/_,")) return false;
    const bool splits_names = is_one_of(plain_[at], "&;?#");
    std::size_t i = at + 1;
    while (i < end && is_name(plain_[i]) && (splits_names || plain_[i] != '_')) ++i;
    const bool has_key = i > at + 1 && i + 1 < end && plain_[i] == '=';
    // Padding of a secret in base64 looks like a key without a value.
    return has_key && !is_one_of(plain_[i + 1], "=&;#");
  }

  std::string shown() {
    std::ranges::sort(hidden_);
    std::string out;
    std::size_t at = 0;
    for (const auto& [from, to] : hidden_) {
      if (from < at) {
        at = std::max(at, to);
        continue;
      }
      out.append(text_.substr(at, from - at)).append(stars);
      at = to;
    }
    return out.append(text_.substr(at));
  }

  std::string_view text_;
  bool is_message_;
  Characters characters_;
  std::string plain_;                                        ///< the values of characters_
  std::vector<std::pair<std::size_t, std::size_t>> hidden_;  ///< of text_
};

}  // namespace

std::string redacted(std::string_view url) {
  return Redactor(url, false).run();
}

std::string redacted_message(std::string_view message) {
  return Redactor(message, true).run();
}

}  // namespace camfleet::media
