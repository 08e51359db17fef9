#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace camfleet::net {

/// What the head of an answer says of its body.
class HttpHead {
 public:
  /// One line of it, as it came; a status line begins a new head.
  void take(std::string_view line);

  [[nodiscard]] int status() const { return status_; }  ///< 0: no answer has come
  [[nodiscard]] const std::string& reason() const { return reason_; }
  [[nodiscard]] const std::string& content_type() const { return content_type_; }  ///< "": it says none
  /// Bytes of the whole resource, wherever in it the body begins.
  [[nodiscard]] std::optional<std::int64_t> size() const { return total_ ? total_ : length_; }
  /// A part of the resource can be asked for.
  [[nodiscard]] bool gives_parts() const { return status_ == 206 || accepts_ranges_; }

 private:
  int status_ = 0;
  std::string reason_;
  std::string content_type_;
  std::optional<std::int64_t> length_;
  std::optional<std::int64_t> total_;
  bool accepts_ranges_ = false;
};

}  // namespace camfleet::net
