#include "runtime/api/http_intake.hpp"

namespace camfleet::api {

std::optional<ApiError> BodyIntake::fault_so_far(const HttpParser& parser) {
  if (!parser.is_header_done()) return std::nullopt;
  const HttpMessage& message = parser.get();
  if (auto fault = fault_of_header(message)) return fault;
  const std::uint64_t size = message.body().size();
  // Text grows by doubling.
  const std::uint64_t held = message.body().capacity();
  const std::uint64_t more = held - held_bytes_;
  held_bytes_ = held;
  const std::uint64_t all = all_->body_bytes.fetch_add(more) + more;
  // Small ones have their room by the number of connections.
  if (size <= all_->settings.small_body_bytes) return std::nullopt;
  if (more > 0 && all > all_->settings.all_body_bytes)
    return ApiError{503, "ServiceUnavailable", "The bodies of other requests take all the room there is."};
  if (!most_body_) {
    const auto start = start_of_request(message);
    if (!start.has_value()) return fault_of_parameter(start.error());
    const auto limit = all_->hooks.body_limit(start.value());
    if (!limit.has_value()) return limit.error();
    most_body_ = limit.value();
  }
  return size > *most_body_ ? fault_of_body(*most_body_) : std::optional<ApiError>();
}
}  // namespace camfleet::api
