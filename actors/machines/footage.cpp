#include "actors/machines/footage.hpp"

namespace camfleet {

std::optional<std::string> Footage::wait_of(const CancelSlice& slice) const {
  std::optional<std::string> wait;
  slices_.for_each([&](std::uint32_t /*slot*/, const Slice& one) {
    if (one.is(slice)) wait = one.is_open ? one.wait() : "for its stream to open";
  });
  return wait;
}

}  // namespace camfleet
