#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "actors/base/error.hpp"
#include "actors/base/time.hpp"
#include "runtime/vision/engine.hpp"

namespace camfleet::cluster {

/// A sample in which a node has found something, by names that hold in every life of the scheduler.
struct Finding {
  std::string instance;
  std::string device;
  Instant due_at{};  ///< of its slice
  Instant at{};      ///< of the sample
  Instant frame_at{};
  std::string algorithm;
  std::uint32_t sample = 0;
  std::uint32_t width = 0;  ///< of its frame, in pixels
  std::uint32_t height = 0;
  Duration media_time{0};  ///< of its frame
  std::string file;        ///< of a set of pictures: the name of this one's file
  std::vector<vision::Box> boxes;
};

/// What is sent and spooled of it.
std::string write_finding(const Finding& finding);
/// Errors: corrupt.
result<Finding> read_finding(std::string_view bytes);

/// What a node keeps for the scheduler.
struct Result {
  std::uint64_t number = 0;  ///< grows from one to the next
  std::string record;
  std::vector<std::uint8_t> picture;  ///< a JPEG; empty: none
};

}  // namespace camfleet::cluster
