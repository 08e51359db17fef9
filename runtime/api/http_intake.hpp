#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>

#include "runtime/api/http_connections.hpp"
#include "runtime/api/http_message.hpp"

namespace camfleet::api {

/// The body of the request that a connection takes, within the bounds of its path and of all connections.
class BodyIntake {
 public:
  explicit BodyIntake(Connections& all) : all_(&all) {}
  ~BodyIntake() { forget(); }
  BodyIntake(const BodyIntake&) = delete;
  BodyIntake& operator=(const BodyIntake&) = delete;

  /// Of a request of which something has come; none: it may go on.
  std::optional<ApiError> fault_so_far(const HttpParser& parser);
  /// It is no longer in memory; another may come.
  void forget() {
    all_->body_bytes -= std::exchange(held_bytes_, 0);
    most_body_.reset();
  }

 private:
  Connections* all_;
  std::uint64_t held_bytes_ = 0;          ///< counted in all_
  std::optional<std::size_t> most_body_;  ///< none: nobody was asked yet
};

}  // namespace camfleet::api
