#include "runtime/plant/reason.hpp"

namespace camfleet::plant {

Reason reason_of(const Error& error) {
  switch (error.code) {
    case Errc::not_found:
    case Errc::forbidden:
    case Errc::timed_out:
    case Errc::unreachable:
      return Reason::camera_offline;
    case Errc::limit:
      return Reason::capacity;
    case Errc::ended:
      return Reason::source_ended;
    default:
      return Reason::stream_corrupt;
  }
}

}  // namespace camfleet::plant
