#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace camfleet::net {

/// What the head of an answer says of its body.
class HttpHead {
 public:
  /// One line of it, as it came; a status line begins a new head, an empty one ends it.
  void take(std::string_view line);

  [[nodiscard]] int status() const { return status_; }  ///< 0: no answer has come
  [[nodiscard]] const std::string& reason() const { return reason_; }
  /// All of it has come.
  [[nodiscard]] bool is_whole() const { return is_whole_; }
  [[nodiscard]] const std::string& location() const { return location_; }          ///< "": it leads nowhere
  [[nodiscard]] const std::string& content_type() const { return content_type_; }  ///< "": it says none
  /// Bytes of the whole resource, wherever in it the body begins; none: it does not say, or sends them
  /// encoded.
  [[nodiscard]] std::optional<std::int64_t> size() const;
  /// Its body is packed.
  [[nodiscard]] bool is_encoded() const { return is_encoded_; }
  /// By what, where that is neither gzip nor deflate: a few bytes of others may become very many.
  [[nodiscard]] const std::string& strange_encoding() const { return strange_encoding_; }
  /// A part of the resource can be asked for.
  [[nodiscard]] bool gives_parts() const { return !is_encoded_ && (status_ == 206 || accepts_ranges_); }
  /// Where in the resource the body begins.
  [[nodiscard]] std::int64_t first() const { return status_ == 206 ? first_ : 0; }

 private:
  void take_encoding(std::string_view value);

  int status_ = 0;
  std::string reason_;
  std::string location_;
  std::string content_type_;
  std::optional<std::int64_t> length_;
  std::optional<std::int64_t> total_;
  std::int64_t first_ = 0;
  bool accepts_ranges_ = false;
  bool is_encoded_ = false;
  std::string strange_encoding_;
  bool is_whole_ = false;
};

}  // namespace camfleet::net
