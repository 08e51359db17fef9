#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/api/reply_stream.hpp"

namespace camfleet::api {

/// An HTTP answer.
struct Reply {
  unsigned status = 200;
  std::string content_type;
  std::string body;
  /// Further ones than Server, Content-Type, Content-Length, Transfer-Encoding and Connection.
  std::vector<std::pair<std::string_view, std::string>> headers{};
  std::shared_ptr<const std::string> bytes{};  ///< instead of `body`, where many answers share it
  std::shared_ptr<ReplyStream> stream{};       ///< instead of both: it comes in pieces

  /// Null: it has none of that name, which is matched as it is spelled.
  [[nodiscard]] const std::string* header(std::string_view name) const {
    for (const auto& [key, value] : headers) {
      if (key == name) return &value;
    }
    return nullptr;
  }
};

}  // namespace camfleet::api
