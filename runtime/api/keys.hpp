#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "actors/base/error.hpp"

namespace camfleet::api {

/// One access key. It acts in its projects alone; "*" among them: in all.
struct Key {
  std::string id;
  std::string secret;
  std::vector<std::string> projects;
  bool active = true;

  [[nodiscard]] bool may_act_in(std::string_view project) const;
};

/// The keys that a server accepts.
class Keys {
 public:
  static constexpr std::size_t max_keys = 10'000;

  /// From JSON or YAML: {"keys":[{"id","secret","projects":["2"],"active":true}]}; active may be absent.
  /// Errors: not_found, unreadable, missing_field, invalid_field, duplicate_field, limit; no message holds a
  /// secret.
  static result<Keys> load(const std::filesystem::path& file);
  static result<Keys> parse(std::string_view text, std::string_view name);

  [[nodiscard]] const Key* find(std::string_view id) const;
  /// The key that stands first in the file; nullptr when there is none.
  [[nodiscard]] const Key* first() const { return find(first_); }
  [[nodiscard]] std::size_t size() const { return keys_.size(); }

 private:
  std::map<std::string, Key, std::less<>> keys_;
  std::string first_;
};

}  // namespace camfleet::api
